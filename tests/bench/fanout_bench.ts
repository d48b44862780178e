/**
 * What a commit costs its writer: with 1 to 16 readers that are awake, with as many asleep, and with bells that nobody
 * has answered yet.
 *
 * @module
 */
import process from "node:process";
import { Worker } from "node:worker_threads";
import { loadNative } from "@streamlib/core";
import { CONTROL, type RingConfig } from "../../core/ring/layout.ts";
import { NativeRing } from "../../core/ring/native_ring.ts";
import { bareWakeUs, buildBareWaits } from "./bare_waits.ts";
import { pin, threadNumber } from "./cores.ts";
import { median, report } from "./figure.ts";
import type { SleeperReady, SleeperTask } from "./ring_sleeper.ts";

const COUNTS = [1, 2, 4, 8, 16];
const BATCH = 2000;
const BATCHES = 101;
const PACE_NS = 3_000_000n;
const PACED_COMMITS = 301;

const { library } = await loadNative();
if (!library) throw new Error("Cannot measure: the native library is missing; run deno task setup");
const native = library.native;

function newRing(): NativeRing {
  const config: RingConfig = {
    slotCount: 4,
    readerMax: 64,
    payloadBytes: 4096,
    metadataBytes: 512,
    generation: 1,
    descriptor: "",
  };
  const ring = NativeRing.create(library!, config);
  ring.openWriter();
  return ring;
}

/** µs per loan and commit, for each of these rings. They take turns, so that a slow minute is everybody's. */
function batchedUs(rings: readonly NativeRing[]): number[] {
  const costsUs: number[][] = rings.map(() => []);
  for (let batch = -10; batch < BATCHES; batch++) {
    for (const [i, ring] of rings.entries()) {
      const startMs = performance.now();
      for (let j = 0; j < BATCH; j++) ring.commit(ring.loan());
      if (batch >= 0) costsUs[i].push(((performance.now() - startMs) * 1000) / BATCH);
    }
  }
  return costsUs.map(median);
}

/** Rings with so many readers, each of which holds an item: the writer has to look at all of them. */
function ringsWithReaders(): NativeRing[] {
  return COUNTS.map((count) => {
    const ring = newRing();
    ring.commit(ring.loan());
    for (let i = 0; i < count; i++) ring.pinLatest(ring.openReader(), 0);
    return ring;
  });
}

/** Rings with so many bells of this thread. It never comes back to its loop meanwhile, so they stay rung. */
function ringsWithBells(): NativeRing[] {
  return COUNTS.map((count) => {
    const ring = newRing();
    for (let i = 0; i < count; i++) ring.addBell(native.openBell(() => {}).handle);
    return ring;
  });
}

/** Starts a reader, on the other core. */
async function startSleeper(task: SleeperTask): Promise<{ worker: Worker; bell: number }> {
  const worker = new Worker(new URL("./ring_sleeper.ts", import.meta.url), { workerData: task });
  const { bell, thread } = await new Promise<SleeperReady>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  pin(thread, 1, "thread");
  return { worker, bell };
}

/** µs per loan and commit, one every 3 ms, of those that found `count` readers asleep in the ring. */
function pacedUs(ring: NativeRing, count: number): number {
  const sleepers = new Uint32Array(ring.memory, CONTROL.sleepers, 1);
  const costsUs: number[] = [];
  let dueNs = native.time.monotonicNs();
  for (let i = 0; i < PACED_COMMITS; i++) {
    dueNs += PACE_NS;
    native.time.sleepUntil(dueNs);
    if (Atomics.load(sleepers, 0) !== count) continue;
    const startNs = native.time.monotonicNs();
    ring.commit(ring.loan());
    costsUs.push(Number(native.time.monotonicNs() - startNs) / 1000);
  }
  if (costsUs.length < PACED_COMMITS / 3) {
    throw new Error(`Cannot measure: ${count} readers were seldom asleep at once`);
  }
  return median(costsUs);
}

/** What one sleeping reader adds to a commit, µs, by the number of sleepers; the bare wake in turns with it. */
async function wake(sleeps: SleeperTask["sleeps"]): Promise<Map<number, { ownUs: number; bareUs: number }>> {
  const ring = newRing();
  const workers: Worker[] = [];
  const idleUs = pacedUs(ring, 0);
  const figures = new Map<number, { ownUs: number; bareUs: number }>();
  const before = await bareWakeUs(PACED_COMMITS, 0, 1);
  for (const count of COUNTS) {
    while (workers.length < count) {
      const { worker, bell } = await startSleeper({ handle: ring.handle, config: ring.config, sleeps });
      workers.push(worker);
      if (sleeps === "on its loop") ring.addBell(bell);
    }
    const costUs = pacedUs(ring, sleeps === "in the ring" ? count : 0);
    figures.set(count, { ownUs: (costUs - idleUs) / count, bareUs: 0 });
  }
  for (const worker of workers) await worker.terminate();
  const after = await bareWakeUs(PACED_COMMITS, 0, 1);
  for (const [count, figure] of figures) {
    const bareUs = [before, after].map((by) => (by.get(count)! - by.get(0)!) / count);
    figure.bareUs = (bareUs[0] + bareUs[1]) / 2;
  }
  return figures;
}

const bench = "fanout";
const unit = "us";
const awakeUs = batchedUs(ringsWithReaders());
for (const [i, count] of COUNTS.entries()) {
  report({ bench, case: `loan and commit, readers awake: ${count}`, value: awakeUs[i], unit });
}
const ratio = Math.max(...awakeUs) / Math.min(...awakeUs);
report({ bench, case: "dearest / cheapest of these", value: ratio, unit: "", limit: 1.2, ok: ratio <= 1.2 });
const pendingUs = batchedUs(ringsWithBells());
for (const [i, count] of COUNTS.entries()) {
  report({ bench, case: `loan and commit, bells pending: ${count}`, value: pendingUs[i], unit });
}
buildBareWaits();
pin(threadNumber(), 0, "thread");
for (const sleeps of ["in the ring", "on its loop"] as const) {
  for (const [count, { ownUs, bareUs }] of await wake(sleeps)) {
    // Loops are woken one by one, by a write each, and not by one futex wake for all: stated, not promised.
    const promise = sleeps === "in the ring" ? { limit: 0.5, ok: bareUs / ownUs >= 0.5 } : {};
    const name = `wake each reader asleep ${sleeps}, of ${count}`;
    report({ bench, case: name, value: ownUs, unit, peer: "Zig, futex wake", ratio: bareUs / ownUs, ...promise });
  }
}
process.exit(0);
