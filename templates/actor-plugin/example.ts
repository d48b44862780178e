/** Bars that go dark and light again. */
import { tap } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";
import { DimActor } from "./mod.ts";

const bars = new TestPatternActor({ width: 640, height: 360, fps: 30, pixelFormat: "rgba8" });
const actor = bars.pipe(new DimActor({ level: 1 }));
let pictures = 0;
tap(actor.outputs.video, () => void pictures++);

await actor.ready;
for (const level of [0.75, 0.5, 0.25, 1]) {
  await actor.setLevel({ level });
  await new Promise((resolve) => setTimeout(resolve, 250));
}
await Promise.all([bars.stop(), actor.stop()]);
console.log(`${pictures} pictures`);
