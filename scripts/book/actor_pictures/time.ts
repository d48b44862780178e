/** What changes when items leave: Buffer and Align. */
import { AudioGeneratorActor } from "@streamlib/audio";
import { AlignActor, BufferActor, ManualClock, type Message, type Output, tap } from "@streamlib/core";
import { AudioRtpReceiveActor, AudioRtpSendActor, VideoRtpReceiveActor, VideoRtpSendActor } from "@streamlib/st2110";
import { TestPatternActor } from "@streamlib/video";
import { ready, until } from "./run.ts";
import { INKS, type Mark, Sheet } from "./sheet.ts";

/** Milliseconds shown. */
const TOTAL_MS = 600;
/** About half a minute. */
const BURSTS_MAX = 250;
/** How far from even is even, ms. */
const EVEN_MS = 8;

/** Notes when the items of an output come. */
function log(output: Output<Message>, keyOf: (item: Message) => string): Mark[] {
  const marks: Mark[] = [];
  tap(output, (item) => void marks.push({ ms: performance.now(), key: keyOf(item) }));
  return marks;
}

/** Whether marks are one period apart for the last `totalMs`, so that the picture shows the actor and not the machine. */
function isEven(marks: readonly Mark[], totalMs: number, periodMs: number): boolean {
  const last = marks.slice(-Math.ceil(totalMs / periodMs) - 1);
  return last.length > totalMs / periodMs &&
    last.every(({ ms }, i) => i === 0 || Math.abs(ms - last[i - 1].ms - periodMs) < EVEN_MS);
}

/** Marks by the time since `startMs`. */
function since(startMs: number, marks: readonly Mark[]): Mark[] {
  return marks.map(({ ms, key }) => ({ ms: ms - startMs, key }));
}

/** Three pictures at once every 120 ms in, one every 40 ms out. */
export async function buffer(): Promise<Sheet> {
  const clock = new ManualClock(25);
  const source = new TestPatternActor({ width: 64, height: 36, fps: 25, clock });
  const even = new BufferActor({ fps: 25, prefill: 4 });
  source.outputs.video.pipe(even.inputs.video);
  await ready(source, even);
  const keyOf = ({ timestampNs }: Message): string => String(timestampNs);
  const came = log(source.outputs.video, keyOf);
  const left = log(even.outputs.video, keyOf);
  const bursts: Mark[] = [];
  while (!isEven(left, TOTAL_MS + 120, 40) || !isEven(bursts, TOTAL_MS + 120, 120)) {
    if (bursts.length > BURSTS_MAX) throw new Error("Cannot make the picture: the machine has no undisturbed second");
    const beginMs = performance.now();
    for (let i = 0; i < 3; i++) await clock.advance(1);
    bursts.push({ ms: beginMs, key: "" });
    await new Promise((resolve) => setTimeout(resolve, beginMs + 120 - performance.now()));
  }
  const startMs = bursts.at(-6)!.ms - 20;
  const sheet = new Sheet("Buffer: fps 25, prefill 4");
  const rows = [{ name: "in", marks: came }, { name: "out", marks: left }];
  sheet.timeline(rows.map(({ name, marks }) => ({ name, marks: since(startMs, marks) })), TOTAL_MS);
  return sheet;
}

/** Pictures and sound of one instant come 80 ms apart, and leave together. */
export async function align(): Promise<Sheet> {
  const bars = new TestPatternActor({ width: 64, height: 36, fps: 25, pixelFormat: "yuv422p10le" });
  const tone = new AudioGeneratorActor({ fps: 25 });
  const pictures = new VideoRtpSendActor({ address: "127.0.0.1" });
  const sound = new AudioRtpSendActor({ address: "127.0.0.1", delayMs: 120 });
  bars.pipe(pictures);
  tone.pipe(sound);
  const camera = new VideoRtpReceiveActor({ sdp: await pictures.sdp() });
  const microphone = new AudioRtpReceiveActor({ sdp: await sound.sdp(), blockMs: 40 });
  const together = new AlignActor({ delayNs: 200_000_000 });
  camera.outputs.video.pipe(together.inputs.video);
  microphone.outputs.audio.pipe(together.inputs.audio);
  await ready(camera, microphone, together);
  // A block of sound of 40 ms belongs to the picture in whose 40 ms it begins.
  const keyOf = ({ timestampNs }: Message): string => String((timestampNs + 1_000_000n) / 40_000_000n);
  const rows = [
    { name: "pictures in", marks: log(camera.outputs.video, keyOf) },
    { name: "sound in", marks: log(microphone.outputs.audio, keyOf) },
    { name: "pictures out", marks: log(together.outputs.video, keyOf) },
    { name: "sound out", marks: log(together.outputs.audio, keyOf) },
  ];
  await until(() => rows.every(({ marks }) => isEven(marks, TOTAL_MS + 100, 40)), "an undisturbed stretch of time");
  const startMs = rows[3].marks.at(-16)!.ms - 10;
  const sheet = new Sheet("Align: sound comes 80 ms after its pictures");
  sheet.timeline(
    rows.map(({ name, marks }) => ({ name, marks: since(startMs, marks) })),
    TOTAL_MS,
    ({ key }) => INKS[Number(BigInt(key) % BigInt(INKS.length))],
  );
  return sheet;
}
