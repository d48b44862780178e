/**
 * Two actors that work 8 ms for every tick: on two threads, and one after the other on the event loop.
 *
 * @module
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { type Dispatcher, loadNative, SoftwareClock, ThreadPoolDispatcher } from "@streamlib/core";
import { type Done, FeedActor, work, WorkActor } from "./bench_actors.ts";
import { median, report } from "./figure.ts";

/** Slow enough that the serial one is done before the next tick. */
const RATE = 30;
const WORK_MS = 8;
const ROUNDS = 3;
const WARM_UP_MS = 1000;
const MEASURED_MS = 4000;

/** How much arithmetic is 8 ms, as of now. */
function calibrate(): number {
  const trial = 1_000_000;
  const timesMs: number[] = [];
  let sum = 0;
  for (let i = 0; i < 200; i++) {
    const startMs = performance.now();
    sum ^= work(trial);
    timesMs.push(performance.now() - startMs);
  }
  // The sum has a part in the result, so that no compiler leaves the work out.
  return Math.round((trial * WORK_MS) / median(timesMs.slice(100))) + (sum & 1);
}

/** Feeds so many workers from one source; what each did. */
async function run(rounds: number, count: number, dispatcher: Dispatcher | undefined): Promise<Done[][]> {
  const feed = new FeedActor({ clock: new SoftwareClock(RATE) });
  const workers: WorkActor[] = [];
  for (let i = 0; i < count; i++) {
    const worker = new WorkActor(dispatcher ? { rounds, dispatcher } : { rounds });
    await worker.ready;
    feed.outputs.video.pipe(worker.inputs.video);
    workers.push(worker);
  }
  await sleep(WARM_UP_MS);
  for (const worker of workers) await worker.takeDone();
  await sleep(MEASURED_MS);
  const done = await Promise.all(workers.map((worker) => worker.takeDone()));
  await feed.stop();
  for (const worker of workers) await worker.stop();
  return done.map((one) => [...one.done]);
}

/** From the tick to the end of the last worker, ms, for the frames that all of them had. */
function allDoneMs(workers: readonly Done[][]): number[] {
  const [first, ...others] = workers.map((done) => new Map(done.map((one) => [one.frameNumber, one.sinceTickNs])));
  return [...first].flatMap(([frame, sinceTickNs]) => {
    const all = [sinceTickNs, ...others.map((one) => one.get(frame))];
    return all.every((ns) => ns !== undefined) ? [Math.max(...all as number[]) / 1e6] : [];
  });
}

await loadNative();
const threads = new ThreadPoolDispatcher({ workers: 2 });
const aloneMs: number[] = [];
const parallelMs: number[] = [];
const serialMs: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const rounds = calibrate();
  const [alone] = await run(rounds, 1, threads);
  aloneMs.push(...alone.map((one) => one.workNs / 1e6));
  parallelMs.push(...allDoneMs(await run(rounds, 2, threads)));
  serialMs.push(...allDoneMs(await run(rounds, 2, undefined)));
}
await threads.close();

const bench = "parallel";
const unit = "ms";
const workMs = median(aloneMs);
const parallel = median(parallelMs) / workMs;
const serial = median(serialMs) / workMs;
report({ bench, case: "work of one actor alone: median", value: workMs, unit });
report({ bench, case: "two threads, tick to both done: median", value: median(parallelMs), unit });
report({ bench, case: "two threads / work", value: parallel, unit: "", limit: 1.25, ok: parallel <= 1.25 });
report({ bench, case: "one loop / work", value: serial, unit: "", peer: "two threads", ratio: parallel / serial });
process.exit(0);
