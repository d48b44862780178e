/**
 * How punctual 60 Hz ticks are on an event loop: idle, and with 5 ms of work in each tick.
 *
 * @module
 */
import { loadNative, monotonicNowNs, SoftwareClock, type TimedTick } from "@streamlib/core";
import { percentile, report } from "./figure.ts";

const RATE = 60;
const SECONDS = 20;
const WARM_UP_TICKS = 30;

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

await loadNative();
monotonicNowNs();
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
