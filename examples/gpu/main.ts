/** Bars, through a shader of ten lines and two effects, into a PNG: on the GPU from upload to download. */
import { formatGraph, LockstepClock, pipe, readGraph, stopAll } from "@streamlib/core";
import { BlurActor, DownloadActor, ShaderEffectActor, UploadActor, VignetteActor } from "@streamlib/gpu";
import { TestPatternActor } from "@streamlib/video";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { PngWriterActor } from "./png_writer_actor.ts";

const clock = new LockstepClock();
const bars = new TestPatternActor({ width: 480, height: 270, fps: 30, clock });
const upload = new UploadActor();
const ripple = new ShaderEffectActor({ file: fileURLToPath(new URL("./ripple.glsl", import.meta.url)) });
const blur = new BlurActor({ sigma: 1 });
const vignette = new VignetteActor({ amount: 0.8 });
const download = new DownloadActor({ alpha: "opaque" });
const png = new PngWriterActor({ path: process.argv[2] ?? "ripple.png" });
pipe(bars, upload, ripple, blur, vignette, download, png);

await Promise.all([bars, upload, ripple, blur, vignette, download, png].map((actor) => actor.ready));
await clock.run({ seconds: 0.5 });
await ripple.set({ height: 0.02 });
await clock.run({ seconds: 0.5 });

console.log(formatGraph(readGraph(), "text"));
await stopAll();
