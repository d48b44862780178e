/** Looks at an output for a second: how many pictures came, how old they were, how many were lost. */
import { stopAll, tap } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";

const bars = new TestPatternActor({ width: 640, height: 360, fps: 60 });
let pictures = 0;
let missed = 0;
let oldestNs = 0;
tap(bars.outputs.video, (frame) => {
  pictures++;
  missed += frame.missed;
  oldestNs = Math.max(oldestNs, frame.ageNs);
});

await bars.ready;
await new Promise((resolve) => setTimeout(resolve, 1000));
const { slots, memoryBytes, dropped } = bars.outputs.video.stats();
await stopAll();
console.log(
  `${pictures} pictures, ${missed} missed, ${dropped} dropped, the oldest ${(oldestNs / 1e6).toFixed(2)} ms old`,
);
console.log(`${slots} slots, ${(memoryBytes / 1e6).toFixed(1)} MB`);
