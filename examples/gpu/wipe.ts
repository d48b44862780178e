/** A wipe from one picture to another: a shader with two inputs, and a uniform that is set while it runs. */
import { LockstepClock, stopAll } from "@streamlib/core";
import { DownloadActor, ShaderEffectActor, UploadActor } from "@streamlib/gpu";
import { TestPatternActor } from "@streamlib/video";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { PngWriterActor } from "./png_writer_actor.ts";

const clock = new LockstepClock();
const size = { width: 480, height: 270, fps: 30, clock };
const bars = new TestPatternActor(size).pipe(new UploadActor());
const plate = new TestPatternActor({ ...size, pattern: "zone-plate" }).pipe(new UploadActor());
const wipe = new ShaderEffectActor({ file: fileURLToPath(new URL("./wipe.glsl", import.meta.url)) });
bars.outputs.video.pipe(wipe.inputs.video);
plate.outputs.video.pipe(wipe.inputs.image.at("next"));
const png = new PngWriterActor({ path: process.argv[2] ?? "wipe.png" });
wipe.pipe(new DownloadActor({ alpha: "opaque" })).pipe(png);

await Promise.all([bars.ready, plate.ready, wipe.ready, png.ready]);
for (const place of [0, 0.2, 0.4]) {
  await wipe.set({ place });
  await clock.run({ seconds: 0.2 });
}
console.log(`${wipe.stats.outputs.video.committed} pictures, ${wipe.stats.inputs["image.next"].unaligned} unaligned`);
await stopAll();
