/**
 * How punctual 60 Hz ticks are on an event loop: idle, and with 5 ms of work in each tick. With `--load`: in threads and
 * processes, while this loop is busy 5 ms of every 16.
 *
 * @module
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import {
  loadNative,
  monotonicNowNs,
  ProcessPoolDispatcher,
  SoftwareClock,
  ThreadPoolDispatcher,
  type TimedTick,
} from "@streamlib/core";
import { TickerActor } from "./bench_actors.ts";
import { percentile, report } from "./figure.ts";

const RATE = 60;
const SECONDS = 20;
const WARM_UP_TICKS = 30;
const BUSY_MS = 5;
const BUSY_PERIOD_MS = 16;
const LOADED_WARM_UP_MS = 1000;
const LOADED_MS = 10_000;

function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Lateness of each tick of a software clock, µs, and how far its beats drifted from the ideal, µs. */
async function ours(workMs: number): Promise<{ latenessUs: number[]; driftUs: number; missed: number }> {
  const clock = new SoftwareClock(RATE);
  const latenessUs: number[] = [];
  let tick: TimedTick | undefined;
  let first: TimedTick | undefined;
  for (let i = 0; i < RATE * SECONDS + WARM_UP_TICKS; i++) {
    tick = await clock.nextTick(tick);
    if (i >= WARM_UP_TICKS) {
      first ??= tick;
      latenessUs.push(tick.latenessNs / 1000);
    }
    work(workMs);
  }
  const idealNs = (BigInt(tick!.frameNumber - first!.frameNumber) * 1_000_000_000n) / BigInt(RATE);
  const driftUs = Math.abs(Number(tick!.timestampNs - first!.timestampNs - idealNs)) / 1000;
  return { latenessUs, driftUs, missed: clock.stats().missed };
}

/** The same with a timer that corrects its drift. */
async function timer(workMs: number): Promise<number[]> {
  const latenessUs: number[] = [];
  const start = performance.now();
  for (let i = 1; i <= RATE * SECONDS; i++) {
    const due = start + (i * 1000) / RATE;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    latenessUs.push((performance.now() - due) * 1000);
    work(workMs);
  }
  return latenessUs;
}

/** Lateness of the ticks of an actor in another place, µs, while this loop has no peace. */
async function loaded(kind: "thread" | "process", realTime: boolean): Promise<void> {
  const pool = kind === "thread"
    ? new ThreadPoolDispatcher({ workers: 1, realTime })
    : new ProcessPoolDispatcher({ workers: 1, realTime });
  const actor = new TickerActor({ fps: RATE, isRecording: true, dispatcher: pool });
  await actor.ready;
  const isRealTime = await actor.isRealTime();
  const busy = setInterval(() => work(BUSY_MS), BUSY_PERIOD_MS);
  await sleep(LOADED_WARM_UP_MS);
  await actor.takeLatenessesNs();
  const missedBefore = actor.stats.missedTicks;
  await sleep(LOADED_MS);
  const latenessUs = (await actor.takeLatenessesNs()).map((ns) => ns / 1000);
  const missed = actor.stats.missedTicks - missedBefore;
  clearInterval(busy);
  await actor.stop();
  await pool.close();
  const granted = isRealTime ? "SCHED_FIFO" : realTime ? "SCHED_FIFO not permitted" : "SCHED_OTHER";
  const name = `${kind}, ${granted}`;
  const spreadUs = percentile(latenessUs, 99) - percentile(latenessUs, 50);
  const bench = "tick --load";
  // What an ordinary thread gets is a matter of the machine's other load: stated, not promised.
  const promise = realTime ? { limit: 1000, ok: spreadUs < 1000 } : {};
  report({ bench, case: `${name}: P99 - P50`, value: spreadUs, unit: "us", ...promise });
  report({ bench, case: `${name}: P50`, value: percentile(latenessUs, 50), unit: "us" });
  report({ bench, case: `${name}: missed`, value: missed, unit: "ticks" });
}

async function onThisLoop(): Promise<void> {
  for (const [name, workMs] of [["idle", 0], ["5 ms of work", 5]] as const) {
    const { latenessUs, driftUs, missed } = await ours(workMs);
    const peerUs = await timer(workMs);
    const spreadUs = percentile(latenessUs, 99) - percentile(latenessUs, 50);
    const peerSpreadUs = percentile(peerUs, 99) - percentile(peerUs, 50);
    const middleUs = percentile(latenessUs, 50);
    const earliestUs = Math.min(...latenessUs);
    const unit = "us";
    report({
      bench: "tick",
      case: `${name}: P99 - P50`,
      value: spreadUs,
      unit,
      peer: "setTimeout, drift corrected",
      ratio: peerSpreadUs / spreadUs,
    });
    report({ bench: "tick", case: `${name}: P99 - P50`, value: spreadUs, unit, limit: 1000, ok: spreadUs < 1000 });
    report({ bench: "tick", case: `${name}: P50`, value: middleUs, unit, limit: 300, ok: Math.abs(middleUs) < 300 });
    report({ bench: "tick", case: `${name}: earliest`, value: earliestUs, unit, limit: 0, ok: earliestUs >= 0 });
    report({ bench: "tick", case: `${name}: drift over 20 s`, value: driftUs, unit, limit: 1, ok: driftUs <= 1 });
    report({ bench: "tick", case: `${name}: missed`, value: missed, unit: "ticks" });
    report({ bench: "tick", case: `${name}: P50 of the peer`, value: percentile(peerUs, 50), unit });
  }
}

await loadNative();
monotonicNowNs();
if (process.argv.includes("--load")) {
  for (const realTime of [true, false]) {
    for (const kind of ["thread", "process"] as const) await loaded(kind, realTime);
  }
} else await onThisLoop();
