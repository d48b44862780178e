/**
 * 1080p, a base and three RGBA layers with alpha: our compositor's whole tick, and the same pictures in GStreamer's
 * `compositor` and FFmpeg's `overlay`, as CPU time per frame.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import {
  Actor,
  type ActorSpec,
  LockstepClock,
  optionsFrom,
  type Output,
  output,
  registerActor,
  tap,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { CompositorActor } from "@streamlib/video";
import { z } from "zod";
import { median, percentile, report } from "./figure.ts";

const [WIDTH, HEIGHT, RATE] = [1920, 1080, 60];
const LIVE_SECONDS = 10;
const FRAMES = 240;
const ROUNDS = 5;

/** Picture `index`: 0 is the opaque base, 1 to 3 are layers whose alpha changes from pixel to pixel. */
function paint(index: number): Uint8Array {
  const data = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let at = 0, pixel = 0; at < data.length; at += 4, pixel++) {
    const [x, y] = [pixel % WIDTH, Math.floor(pixel / WIDTH)];
    data[at] = (x + index * 40) & 255;
    data[at + 1] = (y * 2 + index * 80) & 255;
    data[at + 2] = (x + y) & 255;
    data[at + 3] = index === 0 ? 255 : (x * index + y) & 255;
  }
  return data;
}

interface StillTypes {
  outputs: { video: Output<VideoFrame> };
  options: { index: number };
}

/** Gives one picture again and again; a slot is painted once, so that its own cost is next to nothing. */
@registerActor({ name: "BenchStill", module: import.meta.url })
class StillActor extends Actor<StillTypes> {
  static readonly spec: ActorSpec<StillTypes> = {
    description: "Gives one picture",
    rate: RATE,
    outputs: { video: output(VideoFrame) },
    options: optionsFrom(z.strictObject({ index: z.int() })),
  };
  #format = videoFormat({
    pixelFormat: "rgba8",
    width: WIDTH,
    height: HEIGHT,
    rate: RATE,
    alpha: this.options.index === 0 ? "opaque" : "straight",
  });
  #picture: Uint8Array | undefined;
  readonly #painted = new Set<number>();

  override process(): void {
    const loan = this.outputs.video.loan(this.#format);
    if (!loan) return;
    if (!this.#painted.has(loan.data.byteOffset)) loan.data.set(this.#picture ??= paint(this.options.index));
    this.#painted.add(loan.data.byteOffset);
    loan.commit();
  }
}

function build(clock: LockstepClock | undefined): { compositor: CompositorActor; actors: Actor[] } {
  const compositor = new CompositorActor();
  const stills = [0, 1, 2, 3].map((index) => new StillActor({ index, ...(clock ? { clock } : {}) }));
  stills.slice(1).forEach((still, i) => still.outputs.video.pipe(compositor.inputs.layer.at(`layer${i + 1}`)));
  stills[0].outputs.video.pipe(compositor.inputs.base);
  return { compositor, actors: [...stills, compositor] };
}

/** Runs live at 60 Hz; milliseconds from the beat's first commit to the composed picture. */
async function live(): Promise<{ frameMs: number[]; processMs: number[]; picture: Uint8Array }> {
  const { compositor, actors } = build(undefined);
  await compositor.ready;
  const frameMs: number[] = [];
  const processMs: number[] = [];
  let picture = new Uint8Array();
  let firstNs = 0n;
  tap(actors[0].outputs.video as Output<VideoFrame>, () => firstNs = process.hrtime.bigint());
  tap(compositor.outputs.video, (frame) => {
    frameMs.push(Number(process.hrtime.bigint() - firstNs) / 1e6);
    processMs.push(compositor.stats.processMs);
    if (frameMs.length === 60) picture = frame.data.slice();
  });
  await new Promise((resolve) => setTimeout(resolve, LIVE_SECONDS * 1000));
  for (const actor of actors) await actor.stop();
  return { frameMs: frameMs.slice(60), processMs: processMs.slice(60), picture };
}

/** CPU milliseconds per frame of the whole program, as fast as it goes. */
async function cpuMs(): Promise<number> {
  const clock = new LockstepClock(RATE);
  const { actors } = build(clock);
  await Promise.all(actors.map((actor) => actor.ready));
  await clock.run({ seconds: 1 });
  const before = process.cpuUsage();
  await clock.run({ seconds: FRAMES / RATE });
  const used = process.cpuUsage(before);
  for (const actor of actors) await actor.stop();
  return (used.user + used.system) / 1000 / FRAMES;
}

/** CPU seconds of a shell command, all its threads. */
function cpuSeconds(command: string): number {
  const done = spawnSync("bash", ["-c", `${command} >/dev/null 2>&1 || exit 1; times`], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`Cannot run the peer: ${command}`);
  const children = done.stdout.trim().split("\n").at(-1)!.split(" ");
  return children.map((text) => /(\d+)m([\d.]+)s/.exec(text)!).reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  );
}

/** CPU milliseconds per frame of a peer: twice as many frames minus once as many, so that its start does not count. */
function peerMs(command: (frames: number, out: string) => string): number {
  const once = cpuSeconds(command(FRAMES / 2, ""));
  const twice = cpuSeconds(command(FRAMES, ""));
  return ((twice - once) * 1000) / (FRAMES / 2);
}

const folder = mkdtempSync(join(tmpdir(), "streamlib-bench-"));
const files = [0, 1, 2, 3].map((index) => join(folder, `${index}.raw`));
files.forEach((file, index) => writeFileSync(file, paint(index)));

function gstreamer(frames: number): string {
  const caps = `format=rgba width=${WIDTH} height=${HEIGHT} framerate=${RATE}/1`;
  const source = (file: string, pad: number): string =>
    `filesrc location=${file} blocksize=${WIDTH * HEIGHT * 4} ! rawvideoparse ${caps} ! ` +
    `imagefreeze num-buffers=${frames} ! c.sink_${pad}`;
  return `gst-launch-1.0 -q compositor name=c background=black ! fakesink ${files.map(source).join(" ")}`;
}

function ffmpeg(frames: number): string {
  const inputs = files.map((file) => `-f rawvideo -pix_fmt rgba -s ${WIDTH}x${HEIGHT} -r ${RATE} -i ${file}`).join(" ");
  const loops = [0, 1, 2, 3].map((i) => `[${i}]loop=loop=${frames - 1}:size=1[l${i}]`).join(";");
  const overlays = "[l0][l1]overlay=format=rgb[a];[a][l2]overlay=format=rgb[b];[b][l3]overlay=format=rgb";
  return `ffmpeg -v error ${inputs} -filter_complex "${loops};${overlays}" -frames:v ${frames} -f null -`;
}

/** One picture that FFmpeg composes of the same files. */
function reference(): Uint8Array {
  const done = spawnSync("bash", ["-c", ffmpeg(1).replace("-f null -", "-pix_fmt rgba -f rawvideo -")], {
    maxBuffer: 1 << 26,
  });
  return new Uint8Array(done.stdout);
}

const { frameMs, processMs, picture } = await live();
const expected = reference();
let largest = 0;
for (let at = 0; at < picture.length; at++) {
  if ((at & 3) !== 3) largest = Math.max(largest, Math.abs(picture[at] - expected[at]));
}
// Machines have fast and slow minutes: each round measures all three, and the ratio is taken within it.
const rounds: { ownMs: number; gstMs: number; ffmpegMs: number }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  rounds.push({ ownMs: await cpuMs(), gstMs: peerMs(gstreamer), ffmpegMs: peerMs(ffmpeg) });
}
rmSync(folder, { recursive: true, force: true });

const p99 = percentile(frameMs, 99);
const p50 = median(frameMs);
report({ bench: "composite", case: "whole tick, P99", value: p99, unit: "ms", limit: 16, ok: p99 < 16 });
report({ bench: "composite", case: "whole tick, median", value: p50, unit: "ms", limit: 6, ok: p50 < 6 });
report({ bench: "composite", case: "compositor alone, median", value: median(processMs), unit: "ms" });
report({
  bench: "composite",
  case: "largest difference to FFmpeg",
  value: largest,
  unit: "codes",
  limit: 3,
  ok: picture.length === expected.length && largest <= 3,
});
const ownMs = median(rounds.map((round) => round.ownMs));
for (const [peer, key, limit] of [["GStreamer compositor", "gstMs", 2], ["FFmpeg overlay", "ffmpegMs", 4]] as const) {
  const peerMs = median(rounds.map((round) => round[key]));
  report({ bench: "composite", case: `CPU per frame of ${peer}`, value: peerMs, unit: "ms" });
  const ratio = median(rounds.map((round) => round[key] / round.ownMs));
  report({
    bench: "composite",
    case: "CPU per frame",
    value: ownMs,
    unit: "ms",
    peer,
    ratio,
    limit,
    ok: ratio >= limit,
  });
}
