/**
 * From the commit of a 1080p frame in one place to the beginning of `process` in another, at 60 Hz; beside it the bare
 * waits of the kernel in native code, and `postMessage`. Ours and the bare ones run on the same cores.
 *
 * @module
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import {
  type Dispatcher,
  loadNative,
  monotonicNowNs,
  ProcessPoolDispatcher,
  SoftwareClock,
  ThreadPoolDispatcher,
  type TimedTick,
} from "@streamlib/core";
import { type BareHop, bareHopUs, buildBareWaits } from "./bare_waits.ts";
import { FeedActor, HopActor } from "./bench_actors.ts";
import { pin, unpin } from "./cores.ts";
import { median, percentile, report } from "./figure.ts";
import { OtherRuntimeDispatcher } from "./other_runtime_dispatcher.ts";
import type { FrameReport, PostedFrame } from "./post_worker.ts";

const RATE = 60;
const PEERS: Readonly<Record<BareHop, string>> = {
  "hop-thread": "Zig, futex between threads",
  "hop-process": "Zig, futex between processes",
  "hop-loop": "Zig, eventfd and epoll",
};
const BYTES = 1920 * 1080 * 4;
/** The runtimes translate code that runs often: at 60 Hz alone that would take minutes. */
const WARM_UP_RATE = 500;
const WARM_UP_MS = 1500;
const SETTLE_MS = 200;
const MEASURED_MS = 2000;
const BARE_WAKES = 50;
const POSTED_FRAMES = 120;

/** Whether writer and reader each have a core. */
type Cores = "two cores" | "one core";

interface Hop {
  readonly name: string;
  readonly from: Dispatcher | undefined;
  readonly to: Dispatcher | undefined;
  /** The wait that the kernel offers for it. */
  readonly bare: BareHop;
  /** What is measured one after the other: machines have fast and slow minutes. */
  readonly turns: readonly Cores[];
}

interface HopFigures {
  readonly latenciesUs: number[];
  readonly bareUs: number[];
}

/** Lets frames hop for a while, in turns with the bare wait. */
async function run({ from, to, bare, turns }: Hop): Promise<Map<Cores, HopFigures>> {
  // A pool gives the place with the fewest actors: one after the other, they get two.
  const feed = new FeedActor(from ? { dispatcher: from } : {});
  await feed.ready;
  const hop = new HopActor(to ? { dispatcher: to } : {});
  await hop.ready;
  feed.outputs.video.pipe(hop.inputs.video);
  const reach = bare === "hop-process" ? "process" : "thread";
  const [feedThread, hopThread] = [await feed.thread(), await hop.thread()];
  await feed.setRate({ fps: WARM_UP_RATE });
  await sleep(WARM_UP_MS);
  const figures = new Map<Cores, HopFigures>();
  for (const cores of turns) {
    if (!figures.has(cores)) figures.set(cores, { latenciesUs: [], bareUs: [] });
    const { latenciesUs, bareUs } = figures.get(cores)!;
    const readerCore = cores === "one core" ? 0 : 1;
    await feed.setRate({ fps: 1 });
    bareUs.push(await bareHopUs(BARE_WAKES, bare, 0, readerCore));
    pin(feedThread, 0, reach);
    pin(hopThread, readerCore, reach);
    await feed.setRate({ fps: RATE });
    await sleep(SETTLE_MS);
    await hop.takeLatenciesNs();
    await sleep(MEASURED_MS);
    latenciesUs.push(...(await hop.takeLatenciesNs()).map((ns) => ns / 1000));
  }
  for (const thread of [feedThread, hopThread]) unpin(thread, reach);
  await feed.stop();
  await hop.stop();
  return figures;
}

/** The same way by `postMessage`, to a worker. */
async function post(isTransferred: boolean): Promise<number[]> {
  const worker = new Worker(new URL("./post_worker.ts", import.meta.url));
  let arrived: (report: FrameReport) => void = () => {};
  const ready = new Promise<unknown>((resolve) => worker.once("message", resolve));
  await ready;
  worker.on("message", (message) => arrived(message as FrameReport));
  const clock = new SoftwareClock(RATE);
  let pixels = new ArrayBuffer(BYTES);
  let tick: TimedTick | undefined;
  const latenciesUs: number[] = [];
  for (let i = 0; i < POSTED_FRAMES; i++) {
    tick = await clock.nextTick(tick);
    new Uint32Array(pixels, 0, 16).fill(i);
    const answer = new Promise<FrameReport>((resolve) => arrived = resolve);
    const frame: PostedFrame = { sentNs: monotonicNowNs(), pixels, isTransferred };
    worker.postMessage(frame, isTransferred ? [pixels] : []);
    const { latencyNs, pixels: back } = await answer;
    pixels = back ?? pixels;
    if (i >= POSTED_FRAMES / 6) latenciesUs.push(latencyNs / 1000);
  }
  await worker.terminate();
  return latenciesUs;
}

await loadNative();
buildBareWaits();
const threads = new ThreadPoolDispatcher({ workers: 2 });
const processes = new ProcessPoolDispatcher({ workers: 2 });
const other = new OtherRuntimeDispatcher();
const [own, foreign] = process.versions.bun ? ["Bun", "Deno"] : ["Deno", "Bun"];
const twice: readonly Cores[] = ["two cores", "two cores"];
const both: readonly Cores[] = ["two cores", "one core", "two cores"];
const hops: Hop[] = [
  { name: "loop to thread", from: undefined, to: threads, bare: "hop-loop", turns: twice },
  { name: "thread to loop", from: threads, to: undefined, bare: "hop-loop", turns: twice },
  { name: "thread to thread", from: threads, to: threads, bare: "hop-loop", turns: both },
  { name: "process to process", from: processes, to: processes, bare: "hop-process", turns: both },
  { name: `process, ${own} to ${foreign}`, from: processes, to: other, bare: "hop-process", turns: twice },
];
const bench = "hop";
const unit = "us";
let firstUs = 0;
for (const hop of hops) {
  for (const [cores, { latenciesUs, bareUs }] of await run(hop)) {
    const name = `${hop.name}, ${cores}`;
    const peer = PEERS[hop.bare];
    const middleUs = median(latenciesUs);
    const latestUs = percentile(latenciesUs, 99);
    const bareMiddleUs = bareUs.reduce((sum, us) => sum + us) / bareUs.length;
    const ratio = bareMiddleUs / middleUs;
    firstUs ||= middleUs;
    // On one core the bare wait needs no other core to be woken: stated, not promised.
    const isPromised = cores === "two cores";
    const promise = isPromised ? { limit: 0.5, ok: ratio >= 0.5 } : {};
    report({ bench, case: `${name}: median`, value: middleUs, unit, peer, ratio, ...promise });
    const lastPromise = isPromised ? { limit: 1000, ok: latestUs < 1000 } : {};
    report({ bench, case: `${name}: P99`, value: latestUs, unit, ...lastPromise });
    report({ bench, case: `${name}: bare wait, median`, value: bareMiddleUs, unit });
  }
}
for (const pool of [threads, processes, other]) await pool.close();
for (const [name, isTransferred] of [["copy", false], ["transfer", true]] as const) {
  const latenciesUs = await post(isTransferred);
  const middleUs = median(latenciesUs);
  report({
    bench,
    case: `postMessage, ${name}: median`,
    value: middleUs,
    unit,
    peer: "loop to thread",
    ratio: firstUs / middleUs,
  });
  report({ bench, case: `postMessage, ${name}: P99`, value: percentile(latenciesUs, 99), unit });
}
process.exit(0);
