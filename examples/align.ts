/** Pictures and sound that were made together and came with different delays are brought together again. */
import { AudioGeneratorActor } from "@streamlib/audio";
import { AlignActor, stopAll, taiNowNs, tap } from "@streamlib/core";
import { AudioRtpReceiveActor, AudioRtpSendActor, VideoRtpReceiveActor, VideoRtpSendActor } from "@streamlib/st2110";
import { TestPatternActor } from "@streamlib/video";

const bars = new TestPatternActor({ width: 640, height: 360, fps: 50, pixelFormat: "yuv422p10le" });
const tone = new AudioGeneratorActor({ fps: 50 });
const pictures = new VideoRtpSendActor({ address: "127.0.0.1", port: 5124 });
const sound = new AudioRtpSendActor({ address: "127.0.0.1", port: 5128, delayMs: 80 });
bars.pipe(pictures);
tone.pipe(sound);

const camera = new VideoRtpReceiveActor({ sdp: await pictures.sdp() });
const microphone = new AudioRtpReceiveActor({ sdp: await sound.sdp() });
const align = new AlignActor({ delayNs: 100_000_000 });
camera.outputs.video.pipe(align.inputs.video);
microphone.outputs.audio.pipe(align.inputs.audio);

const latestMs = { pictures: 0, sound: 0 };
const lateMs = (timestampNs: bigint): number => Number(taiNowNs() - timestampNs) / 1e6;
tap(camera.outputs.video, ({ timestampNs }) => latestMs.pictures = lateMs(timestampNs));
tap(microphone.outputs.audio, ({ timestampNs }) => latestMs.sound = lateMs(timestampNs));
const heard = new Set<bigint>();
const seen: bigint[] = [];
tap(align.outputs.audio, ({ timestampNs }) => void heard.add(timestampNs));
tap(align.outputs.video, ({ timestampNs }) => void seen.push(timestampNs));

await new Promise((resolve) => setTimeout(resolve, 2000));
const { "silence.audio": silent = 0 } = align.stats.counters;
await stopAll();
const together = seen.filter((timestampNs) => heard.has(timestampNs)).length;
console.log(`before: pictures are ${latestMs.pictures.toFixed(0)} ms old, sound ${latestMs.sound.toFixed(0)} ms`);
console.log(`after: ${together} of ${seen.length} pictures have the sound of their instant, ${silent} samples silent`);
