/** A camera and a monitor in one program: bars and a tone leave as ST 2110 and come back as pictures and sound. */
import { AudioGeneratorActor } from "@streamlib/audio";
import { stopAll, tap } from "@streamlib/core";
import { AudioRtpReceiveActor, AudioRtpSendActor, VideoRtpReceiveActor, VideoRtpSendActor } from "@streamlib/st2110";
import { TestPatternActor } from "@streamlib/video";

const bars = new TestPatternActor({ width: 1280, height: 720, fps: 50, pixelFormat: "yuv422p10le" });
const tone = new AudioGeneratorActor({ fps: 50 });
const pictures = new VideoRtpSendActor({ address: "127.0.0.1", port: 5104 });
const sound = new AudioRtpSendActor({ address: "127.0.0.1", port: 5108 });
bars.pipe(pictures);
tone.pipe(sound);

const description = await pictures.sdp();
console.log(description);
const monitor = new VideoRtpReceiveActor({ sdp: description });
const speaker = new AudioRtpReceiveActor({ sdp: await sound.sdp() });
let frames = 0;
let blocks = 0;
tap(monitor.outputs.video, () => frames++);
tap(speaker.outputs.audio, () => blocks++);

await new Promise((resolve) => setTimeout(resolve, 2000));
const { packetsLost = 0, itemsIncomplete = 0 } = monitor.stats.counters;
await stopAll();
console.log(
  `${frames} pictures, ${blocks} blocks of sound; ${packetsLost} packets lost, ${itemsIncomplete} incomplete`,
);
