/**
 * A process that ticks by the TAI of its machine, which another process tells. Its one argument is a
 * {@linkcode TickOrder} as JSON; it prints an array of {@linkcode TickSample} as JSON and ends.
 *
 * @module
 */
import process from "node:process";
import { PTPClock, type TimedTick } from "@streamlib/core";
import { load } from "@streamlib/ffi";
import { INTERFACE } from "./network.ts";

/** What is to be ticked. */
export interface TickOrder {
  readonly fps: number;
  readonly domain: number;
  readonly count: number;
  /** Whether the thread runs before all normal ones. */
  readonly isRealTime: boolean;
}

/** One tick, in monotonic time. */
export interface TickSample {
  readonly taiFrame: number;
  /** When TAI reached the beginning of the frame, as this machine has it. */
  readonly dueNs: number;
  /** When the tick was delivered. */
  readonly deliveredNs: number;
}

const REAL_TIME_PRIORITY = 10;

async function main({ fps, domain, count, isRealTime }: TickOrder): Promise<void> {
  const native = load();
  if (isRealTime && !native.setRealTime(REAL_TIME_PRIORITY)) throw new Error("Cannot tick: no real-time priority here");
  using clock = new PTPClock(fps, { interface: INTERFACE, domain, timescale: "utc" });
  const ticks: TickSample[] = [];
  let tick: TimedTick | undefined;
  while (ticks.length < count) {
    tick = await clock.nextTick(tick);
    const deliveredNs = Number(native.time.monotonicNs());
    const dueNs = Number(native.tai.monotonicOf(tick.timestampNs));
    ticks.push({ taiFrame: Number(tick.taiFrame), dueNs, deliveredNs });
  }
  console.log(JSON.stringify(ticks));
}

if (import.meta.main) await main(JSON.parse(process.argv[2]));
