/** From the GPU onto the network: packed on the device into pixel groups of ST 2110-20, sent, and received again. */
import { stopAll, tap } from "@streamlib/core";
import { DownloadActor, ShaderEffectActor, UploadActor } from "@streamlib/gpu";
import { VideoRtpReceiveActor, VideoRtpSendActor } from "@streamlib/st2110";
import { TestPatternActor } from "@streamlib/video";
import { fileURLToPath } from "node:url";

const bars = new TestPatternActor({ width: 320, height: 180, fps: 25 });
const ripple = new ShaderEffectActor({ file: fileURLToPath(new URL("./ripple.glsl", import.meta.url)) });
const packed = new DownloadActor({ pixelFormat: "pgroup/YCbCr-4:2:2/10" });
const sender = new VideoRtpSendActor({ address: "127.0.0.1", port: 5114 });
bars.pipe(new UploadActor()).pipe(ripple).pipe(packed).pipe(sender);

const monitor = new VideoRtpReceiveActor({ sdp: await sender.sdp() });
let pictures = 0;
tap(monitor.outputs.video, () => pictures++);
await new Promise((resolve) => setTimeout(resolve, 2000));

await stopAll();
const { inputs, outputs } = packed.stats;
const bytes = inputs.video.bytesCopied / outputs.video.committed;
console.log(`${bytes} bytes from the device for each picture; ${pictures > 0 ? "received" : "nothing received"}`);
