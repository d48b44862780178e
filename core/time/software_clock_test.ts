import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { TimedTick } from "./clock.ts";
import { atMonotonic } from "./deadlines.ts";
import { monotonicNowNs, monotonicOf, taiNowNs } from "./now.ts";
import { frameAt, instantOf } from "./rate.ts";
import { SoftwareClock } from "./software_clock.ts";

const timeout = 20_000;

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

async function take(clock: SoftwareClock, count: number): Promise<TimedTick[]> {
  const ticks: TimedTick[] = [];
  for (let i = 0; i < count; i++) ticks.push(await clock.nextTick(ticks.at(-1)));
  return ticks;
}

describe("SoftwareClock", () => {
  it("beats at the starts of TAI frames, never early, each number once", { timeout }, async () => {
    const clock = new SoftwareClock(119.88);
    let previous: TimedTick | undefined;
    for (let i = 0; i < 20; i++) {
      const tick = await clock.nextTick(previous);
      assert.ok(monotonicNowNs() >= monotonicOf(tick.timestampNs), "a beat came early");
      assert.equal(tick.timestampNs, instantOf(tick.taiFrame, clock.rate));
      assert.ok(tick.latenessNs >= 0);
      assert.equal(tick.frameNumber, previous ? previous.frameNumber + tick.missed + 1 : 0);
      if (previous) assert.equal(tick.taiFrame, previous.taiFrame + BigInt(tick.missed) + 1n);
      previous = tick;
    }
    assert.equal(clock.stats().ticks, 20);
    assert.equal(clock.clockId, "software/120000/1001");
  });

  it("skips and counts what a blocked loop has missed, without a burst", { timeout }, async () => {
    const clock = new SoftwareClock(100);
    const [first] = await take(clock, 1);
    block(255);
    const second = await clock.nextTick(first);
    const third = await clock.nextTick(second);
    assert.ok(second.missed >= 24, `missed ${second.missed}`);
    assert.equal(second.frameNumber, second.missed + 1);
    assert.ok(third.timestampNs > second.timestampNs);
    const behindNs = Number(taiNowNs() - third.timestampNs);
    assert.ok(third.taiFrame >= second.taiFrame + 1n && behindNs >= 0);
    assert.equal(clock.stats().missed, second.missed + third.missed);
  });

  it("has the same beats as another clock of the same rate", { timeout }, async () => {
    const [a, b] = [new SoftwareClock(60), new SoftwareClock({ num: 120, den: 2 })];
    assert.equal(a.clockId, b.clockId);
    const [ofA, ofB] = await Promise.all([take(a, 8), take(b, 8)]);
    const beats = new Set(ofA.map((tick) => tick.timestampNs));
    assert.ok(ofB.filter((tick) => beats.has(tick.timestampNs)).length >= 6);
    for (const tick of [...ofA, ...ofB]) assert.equal(frameAt(tick.timestampNs, a.rate), tick.taiFrame);
  });

  it("gives up waiting when it is told to, and leaves nothing behind", { timeout }, async () => {
    const clock = new SoftwareClock({ num: 1, den: 3600 });
    const stop = new AbortController();
    const waiting = clock.nextTick(undefined, stop.signal);
    setTimeout(() => stop.abort(new Error("enough")), 5);
    await assert.rejects(waiting, /enough/);
    await assert.rejects(clock.nextTick(undefined, stop.signal), /enough/);
    assert.equal(clock.stats().ticks, 0);
  });

  it("lets the event loop turn although its actor is always late", { timeout }, async () => {
    const clock = new SoftwareClock(100);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    let previous: TimedTick | undefined;
    for (let i = 0; i < 20; i++) {
      previous = await clock.nextTick(previous);
      // Always just after the beat after next: late, but fresh enough to be delivered at once.
      const untilNs = previous.timestampNs + 20_300_000n;
      while (taiNowNs() < untilNs);
    }
    clearInterval(timer);
    assert.ok(turns >= 10, `${turns} timers in 20 beats`);
  });
});

describe("atMonotonic()", () => {
  it("wakes in the order of the deadlines, never early, and not what was taken back", { timeout }, async () => {
    const woken: number[] = [];
    const startNs = monotonicNowNs();
    const delaysMs = [30, 5, 20, 1, 10, 5, 25];
    await new Promise<void>((resolve) => {
      const cancels = delaysMs.map((ms, i) =>
        atMonotonic(startNs + BigInt(ms) * 1_000_000n, () => {
          assert.ok(monotonicNowNs() >= startNs + BigInt(ms) * 1_000_000n);
          woken.push(ms);
          if (ms === 10) cancels[2]();
          if (i === 0) resolve();
        })
      );
      cancels[6]();
    });
    assert.deepEqual(woken, [1, 5, 5, 10, 30]);
  });

  it("does not starve the event loop by deadlines that are past", { timeout }, async () => {
    let wakes = 0;
    let isOver = false;
    const again = (): void => {
      wakes++;
      if (!isOver) atMonotonic(monotonicNowNs() - 1n, again);
    };
    again();
    await new Promise((resolve) => setTimeout(resolve, 20));
    isOver = true;
    assert.ok(wakes >= 2);
  });

  it("keeps ten thousand deadlines in order", { timeout }, async () => {
    const nowNs = monotonicNowNs();
    const woken: number[] = [];
    let cancelled = 0;
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 10_000; i++) {
        const offset = (i * 7919) % 10_007;
        const cancel = atMonotonic(nowNs + BigInt(offset) * 1000n, () => void woken.push(offset));
        if (i % 3 === 0) {
          cancel();
          cancelled++;
        }
      }
      atMonotonic(nowNs + 11_000_000n, resolve);
    });
    assert.equal(woken.length, 10_000 - cancelled);
    assert.deepEqual(woken, woken.toSorted((a, b) => a - b));
  });
});
