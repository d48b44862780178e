/** Bars that go dark and light again. */
import { tap } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";
import { DimActor } from "./mod.ts";

const bars = new TestPatternActor({ width: 640, height: 360, fps: 30, pixelFormat: "rgba8" });
const dim = new DimActor({ level: 1 });
bars.pipe(dim);
let pictures = 0;
tap(dim.outputs.video, () => void pictures++);

await dim.ready;
for (const level of [0.75, 0.5, 0.25, 1]) {
  await dim.setLevel({ level });
  await new Promise((resolve) => setTimeout(resolve, 250));
}
await Promise.all([bars.stop(), dim.stop()]);
console.log(`${pictures} pictures`);
