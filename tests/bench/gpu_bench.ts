/**
 * Pictures that stay on the device: what a chain copies and submits, what effects, layers and the way there and back take,
 * beside the CPU's actors and FFmpeg's filters for Vulkan. What is promised of real GPUs is asked of those alone; a
 * software device is stated.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import {
  Actor,
  GpuDispatcher,
  type GpuFrame,
  LockstepClock,
  type Output,
  PROFILE_SPANS,
  profileRows,
  stopAll,
  tap,
  type VideoFrame,
} from "@streamlib/core";
import { DownloadActor, GpuCompositorActor, UploadActor } from "@streamlib/gpu";
import { CompositorActor } from "@streamlib/video";
import { setProfiling } from "../../core/profile/profile.ts";
import { flip, StillActor, WatchActor, worker } from "./gpu_pictures.ts";
import { type Figure, median, report } from "./figure.ts";

const HD = { width: 1920, height: 1080, fps: 60 } as const;
const UHD = { width: 3840, height: 2160, fps: 60 } as const;
const ROUNDS = 5;

// Streams note the time of the device if somebody profiles when they are opened.
setProfiling(true);
const gpu = new GpuDispatcher({ streams: 4 });
const watch = new WatchActor({ dispatcher: gpu });
const { name, type } = await watch.info();
const isReal = type !== "cpu";
/** Frames of a case: a software device takes some hundred milliseconds for what a real one does in one. */
const FRAMES = isReal ? 600 : 24;

function figure(rest: Omit<Figure, "bench">): void {
  const { limit, ok, ...stated } = rest;
  report({ bench: "gpu", ...(limit === undefined ? stated : { ...stated, limit, ok: ok! }) });
}

/** What is promised of real GPUs alone. */
function promise(limit: number, ok: boolean): { limit: number; ok: boolean } | Record<never, never> {
  return isReal ? { limit, ok } : {};
}

// deno-lint-ignore no-explicit-any
async function run(clock: LockstepClock, frames: number, actors: readonly Actor<any>[]): Promise<number> {
  await Promise.all(actors.map((actor) => actor.ready));
  await clock.run({ seconds: 0.1 });
  const before = process.hrtime.bigint();
  await clock.run({ seconds: frames / 60 });
  return Number(process.hrtime.bigint() - before) / 1e6 / frames;
}

// deno-lint-ignore no-explicit-any
async function stop(actors: readonly Actor<any>[]): Promise<void> {
  for (const actor of actors.toReversed()) await actor.stop();
}

/** Median of the device's time for the commands of an actor, ms. */
function deviceMs(label: string): number {
  const row = profileRows().find(({ actor, span }) => actor === label && span === PROFILE_SPANS.device);
  return (row?.p50Ns ?? NaN) / 1e6;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** CPU time of a command per frame, ms; of twice the frames less once, so that its start does not count. */
function peerMs(command: (frames: number) => string[]): number {
  const [once, twice] = [FRAMES, 2 * FRAMES].map((frames) => {
    const [program, ...words] = command(frames);
    const done = spawnSync("sh", ["-c", `${[program, ...words].join(" ")} >/dev/null 2>&1; times`], {
      encoding: "utf8",
    });
    if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr}`);
    const [, children] = done.stdout.trim().split("\n");
    return children.split(" ").map((word) => /(\d+)m([\d.]+)s/.exec(word)!).reduce(
      (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
      0,
    ) * 1000;
  });
  return (twice - once) / FRAMES;
}

async function chain(): Promise<void> {
  const clock = new LockstepClock(60);
  const still = new StillActor({ ...HD, index: 0, clock });
  const upload = still.pipe(new UploadActor({ dispatcher: gpu }));
  const effects = [flip(gpu, "horizontal"), flip(gpu, "vertical"), flip(gpu, "horizontal"), flip(gpu, "vertical")];
  const download = new DownloadActor({ dispatcher: gpu });
  upload.pipe(effects[0]).pipe(effects[1]).pipe(effects[2]).pipe(effects[3]).pipe(download);
  const actors = [still, upload, ...effects, download];
  await Promise.all(actors.map((actor) => actor.ready));
  await clock.run({ seconds: 0.1 });
  const before = await watch.statistics();
  const committed = download.stats.outputs.video.committed;
  const cpuBefore = cpuMs();
  const frameMs = await run(clock, FRAMES, actors);
  const frames = download.stats.outputs.video.committed - committed;
  const ownMs = (cpuMs() - cpuBefore) / frames;
  const after = await watch.statistics();
  const copied = effects.reduce((sum, effect) => sum + effect.stats.inputs.video.bytesCopied, 0);
  const submits = (after.submits - before.submits) / frames;
  figure({ case: "host bytes between 4 effects", value: copied, unit: "B", limit: 0, ok: copied === 0 });
  figure({ case: "submits per tick of the chain", value: submits, unit: "", limit: 1, ok: submits <= 1.001 });
  figure({ case: `chain of 4, 1080p, there and back, "${name}"`, value: frameMs, unit: "ms/frame" });
  const filters = "format=rgba,hwupload,hflip_vulkan,vflip_vulkan,hflip_vulkan,vflip_vulkan,hwdownload,format=rgba";
  const ffmpegMs = peerMs((frames) => [
    "ffmpeg -v error -init_hw_device vulkan=vk:0 -filter_hw_device vk",
    `-f lavfi -i color=size=${HD.width}x${HD.height}:rate=60 -frames:v ${frames} -vf ${filters} -f null -`,
  ]);
  const ratio = ffmpegMs / ownMs;
  figure({ case: "the same, CPU time", value: ownMs, unit: "ms/frame", peer: "ffmpeg, vulkan filters", ratio });
  for (const effect of effects.slice(0, 1)) {
    const ms = deviceMs(effect.label);
    figure({ case: "one effect, 1080p, device time", value: ms, unit: "ms", ...promise(0.2, ms < 0.2) });
  }
  await stop(actors);
}

/** From the commit of a frame on the host to that of the same frame back on it. */
async function thereAndBack(): Promise<void> {
  const still = new StillActor({ ...HD, fps: isReal ? 60 : 10, index: 0 });
  const download = still.pipe(new UploadActor({ dispatcher: gpu })).pipe(
    new DownloadActor({ dispatcher: gpu, depth: 1 }),
  );
  const sentNs = new Map<number, bigint>();
  const tookMs: number[] = [];
  tap(still.outputs.video, ({ frameNumber }) => void sentNs.set(frameNumber, process.hrtime.bigint()));
  tap(download.outputs.video, ({ frameNumber }) => {
    tookMs.push(Number(process.hrtime.bigint() - sentNs.get(frameNumber)!) / 1e6);
  });
  while (tookMs.length < (isReal ? 300 : 30)) await setTimeout(20);
  const ms = median(tookMs.slice(10));
  figure({ case: "upload and download, 1080p RGBA", value: ms, unit: "ms", ...promise(2, ms < 2) });
  await still.stop();
  await download.stop();
}

/** Layers over a base, on the device or by the CPU; wall time per frame, and the last picture. */
async function composite(size: typeof HD | typeof UHD, layers: number, isGpu: boolean, frames: number) {
  const clock = new LockstepClock(60);
  const placements = Object.fromEntries(
    Array.from({ length: layers }, (_, i) => [`layer${i}`, { x: 40 * i, y: 30 * i, scale: 0.5, opacity: 0.9, z: i }]),
  );
  const stills = Array.from({ length: layers + 1 }, (_, index) => new StillActor({ ...size, index, clock }));
  const actors: Actor[] = stills as unknown as Actor[];
  let result: Output<VideoFrame>;
  let label: string;
  if (isGpu) {
    const compositor = new GpuCompositorActor({ layers: placements, dispatcher: gpu });
    const uploads = stills.map((still) => still.pipe(new UploadActor({ dispatcher: gpu })));
    const base: Output<GpuFrame> = uploads[0].outputs.video;
    uploads.slice(1).forEach((one, i) => one.outputs.video.pipe(compositor.inputs.layer.at(`layer${i}`)));
    base.pipe(compositor.inputs.base);
    const download = compositor.pipe(new DownloadActor({ dispatcher: gpu, alpha: "opaque" }));
    actors.push(...uploads as unknown as Actor[], compositor as unknown as Actor, download as unknown as Actor);
    result = download.outputs.video;
    label = compositor.label;
  } else {
    const compositor = new CompositorActor({ layers: placements });
    stills.slice(1).forEach((one, i) => one.outputs.video.pipe(compositor.inputs.layer.at(`layer${i}`)));
    stills[0].outputs.video.pipe(compositor.inputs.base);
    actors.push(compositor as unknown as Actor);
    result = compositor.outputs.video;
    label = compositor.label;
  }
  let picture = new Uint8Array();
  tap(result, (frame) => {
    if (picture.length === 0) picture = frame.data.slice();
  });
  const frameMs = await run(clock, frames, actors);
  const ms = deviceMs(label);
  await stop(actors);
  return { frameMs, deviceMs: ms, picture };
}

function psnrDb(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum === 0 ? 99 : 10 * Math.log10(255 ** 2 / (sum / a.length));
}

async function composites(): Promise<void> {
  const frames = isReal ? FRAMES : 6;
  const onGpu = await composite(HD, 3, true, frames);
  const onCpu = await composite(HD, 3, false, frames);
  const ratio = onCpu.frameMs / onGpu.frameMs;
  figure({ case: "3 layers, 1080p, device time", value: onGpu.deviceMs, unit: "ms" });
  figure({ case: "the same, there and back", value: onGpu.frameMs, unit: "ms/frame", peer: "CompositorActor", ratio });
  const db = psnrDb(onGpu.picture, onCpu.picture);
  figure({ case: "the same, picture against the CPU's", value: db, unit: "dB", limit: 50, ok: db >= 50 });
  if (!isReal) return;
  const { deviceMs: ms } = await composite(UHD, 8, true, 120);
  figure({ case: "8 layers, 2160p, device time", value: ms, unit: "ms", limit: 1.5, ok: ms < 1.5 });
}

/** Two chains at once against one after the other. Small pictures: a large one fills a device alone. */
async function overlap(): Promise<void> {
  const [side, rounds, frames] = isReal ? [256, 20_000, 200] : [64, 200, 20];
  const one = async (count: number): Promise<number> => {
    const clock = new LockstepClock(60);
    const actors = Array.from({ length: count }, () => {
      const still = new StillActor({ width: 16, height: 16, fps: 60, index: 0, clock });
      const upload = still.pipe(new UploadActor({ dispatcher: gpu }));
      const work = upload.pipe(worker(gpu, side, rounds));
      return [still, upload, work, work.pipe(new DownloadActor({ dispatcher: gpu }))];
    }).flat();
    const ms = await run(clock, frames, actors);
    await stop(actors);
    return ms;
  };
  const ratios: number[] = [];
  for (let i = 0; i < ROUNDS; i++) ratios.push(2 * await one(1) / await one(2));
  const ratio = median(ratios);
  figure({
    case: "two chains at once against one after the other",
    value: ratio,
    unit: "x",
    ...promise(1.5, ratio >= 1.5),
  });
}

/** 2160p60 in real time: made, drawn on and laid over each other on the device, brought back as a pixel group. */
async function sustained(): Promise<void> {
  if (!isReal) return;
  const stills = [0, 1].map((index) => new StillActor({ ...UHD, index }));
  const uploads = stills.map((still) => still.pipe(new UploadActor({ dispatcher: gpu })));
  const compositor = new GpuCompositorActor({ dispatcher: gpu });
  uploads[1].pipe(flip(gpu, "vertical")).outputs.video.pipe(compositor.inputs.layer.at("layer"));
  uploads[0].outputs.video.pipe(compositor.inputs.base);
  const download = compositor.pipe(new DownloadActor({ dispatcher: gpu, pixelFormat: "pgroup/YCbCr-4:2:2/10" }));
  await setTimeout(2000);
  const before = download.stats.outputs.video.committed;
  await setTimeout(10_000);
  const rate = (download.stats.outputs.video.committed - before) / 10;
  figure({ case: "2160p60 end to end, sustained", value: rate, unit: "frames/s", limit: 59.4, ok: rate >= 59.4 });
  await stop([...stills, ...uploads, compositor, download]);
}

async function growth(): Promise<void> {
  const clock = new LockstepClock(60);
  const still = new StillActor({ width: 64, height: 32, fps: 60, index: 0, clock });
  const last = still.pipe(new UploadActor({ dispatcher: gpu })).pipe(flip(gpu, "vertical")).pipe(
    new DownloadActor({ dispatcher: gpu }),
  );
  await run(clock, 100, [still, last]);
  const before = await watch.statistics();
  await run(clock, 10_000, [still, last]);
  const grown = (await watch.statistics()).allocatedBytes - before.allocatedBytes;
  figure({ case: "device memory, 10 000 frames", value: grown, unit: "B", limit: 0, ok: grown <= 0 });
  await still.stop();
  await last.stop();
}

await chain();
await thereAndBack();
await composites();
await overlap();
await sustained();
await growth();
// Actors in the middle of a chain do not end with those around them.
await stopAll();
