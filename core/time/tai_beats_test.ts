import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ManualTai } from "../testdata/tai_machine.ts";
import type { TimedTick } from "./clock.ts";
import { instantOf, periodNs, type Rate } from "./rate.ts";
import { TaiBeats } from "./tai_beats.ts";
import { TaiSteps } from "./tai_time.ts";

const RATE: Rate = { num: 50, den: 1 };
const PERIOD_NS = 20_000_000n;
const S = 1_000_000_000n;

interface Bench {
  readonly time: ManualTai;
  readonly beats: TaiBeats;
  readonly ticks: TimedTick[];
  beat(count?: number): Promise<TimedTick>;
}

function bench(rate: Rate = RATE): Bench {
  const time = new ManualTai();
  const beats = new TaiBeats("test/50/1", rate, time, new TaiSteps(time));
  const ticks: TimedTick[] = [];
  const beat = async (count = 1): Promise<TimedTick> => {
    for (let i = 0; i < count; i++) ticks.push(await beats.next(ticks.at(-1)));
    return ticks.at(-1)!;
  };
  return { time, beats, ticks, beat };
}

describe("TaiBeats.next()", () => {
  it("beats at the starts of TAI frames, also of 1001 rates", async () => {
    for (const rate of [RATE, { num: 30000, den: 1001 }]) {
      const { ticks, beat } = bench(rate);
      await beat(50);
      ticks.forEach((tick, i) => {
        assert.equal(tick.timestampNs, instantOf(ticks[0].taiFrame + BigInt(i), rate));
        assert.deepEqual([tick.frameNumber, tick.missed, tick.discontinuity, tick.latenessNs], [i, 0, false, 0]);
      });
    }
  });

  it("is never early when TAI goes slower than was foreseen", async () => {
    const { time, beat } = bench();
    await beat();
    time.pace = 500n;
    for (let i = 0; i < 10; i++) {
      const tick = await beat();
      assert.ok(time.nowNs() >= tick.timestampNs);
      assert.deepEqual([tick.missed, tick.discontinuity], [0, false]);
    }
  });

  it("counts what was missed while nobody asked, and gives the newest beat if it is fresh", async () => {
    const { time, beat, ticks } = bench();
    await beat();
    time.pass(10n * PERIOD_NS + 5_000_000n);
    assert.deepEqual([(await beat()).missed, ticks[1].frameNumber, ticks[1].latenessNs], [9, 10, 5_000_002]);
    time.pass(3n * PERIOD_NS + 8_000_000n);
    assert.equal((await beat()).missed, 3);
  });

  it("flags the first beat after a step; frame numbers go on, what was jumped over was not missed", async () => {
    for (const byNs of [3n * S, 7_000_000n, 37n * S + 1n, 1_000_000_000n * S]) {
      const { time, beat, ticks } = bench();
      await beat(5);
      const before = ticks[4];
      time.step(byNs);
      const steppedNs = time.nowNs();
      const tick = await beat();
      assert.ok(tick.timestampNs > steppedNs);
      assert.ok(tick.timestampNs - steppedNs <= PERIOD_NS);
      assert.deepEqual([tick.discontinuity, tick.frameNumber, tick.missed], [true, before.frameNumber + 1, 0]);
      assert.equal(tick.timestampNs, instantOf(tick.taiFrame, RATE));
      assert.equal((await beat()).discontinuity, false);
      assert.deepEqual([ticks[6].frameNumber, ticks[6].taiFrame], [6, tick.taiFrame + 1n]);
    }
  });

  it("counts what was really missed around a step", async () => {
    const { time, beat } = bench();
    await beat(2);
    time.pass(4n * PERIOD_NS);
    time.step(5n * S);
    time.pass(3n * PERIOD_NS);
    const tick = await beat();
    assert.deepEqual([tick.discontinuity, tick.missed, tick.frameNumber], [true, 7, 9]);
  });

  it("seeks the beat anew when TAI is stepped while it is waited for", async () => {
    const { time, beat, ticks } = bench();
    await beat(3);
    time.duringSleep = () => {
      time.duringSleep = () => {};
      time.pass(1_000_000n);
      time.step(100n * S + 1n);
    };
    const tick = await beat();
    // It wakes when the beat of the time before was due: that one is missed.
    assert.deepEqual([tick.discontinuity, tick.missed, tick.frameNumber, tick.latenessNs], [true, 1, 4, 0]);
    assert.ok(tick.timestampNs > ticks[2].timestampNs + 100n * S);
  });

  it("flags it for each who listens, once, and all have the same beats after it", async () => {
    const { time, beats } = bench();
    const [a, b] = [await beats.next(), await beats.next()];
    time.step(S);
    const [nextA, nextB] = await Promise.all([beats.next(a), beats.next(b)]);
    assert.deepEqual([nextA.discontinuity, nextB.discontinuity], [true, true]);
    assert.equal((await beats.next(nextB)).discontinuity, false);
    const third = await beats.next();
    assert.deepEqual([third.discontinuity, third.frameNumber], [false, 0]);
  });

  it("goes on at half the pace after a step back, and taiFrame never goes back", async () => {
    const { time, beat, ticks } = bench();
    await beat(3);
    const beforeNs = time.monotonic;
    time.step(0n);
    time.pace = 500n;
    await beat(10);
    assert.deepEqual(ticks.map((tick) => tick.discontinuity).indexOf(true), 3);
    for (let i = 1; i < ticks.length; i++) assert.equal(ticks[i].taiFrame, ticks[i - 1].taiFrame + 1n);
    assert.ok(time.monotonic - beforeNs >= 19n * PERIOD_NS);
  });

  it("goes back with TAI in a jump of more than a second: the next beat is the next frame of now", async () => {
    for (const byNs of [-3n * S, -1_499_999_997n, -4000n * S]) {
      const { time, beat, ticks } = bench();
      await beat(5);
      time.pass(3n * PERIOD_NS);
      time.step(byNs);
      const steppedNs = time.nowNs();
      const tick = await beat();
      assert.ok(tick.timestampNs > steppedNs && tick.timestampNs - steppedNs <= PERIOD_NS);
      assert.equal(tick.timestampNs, instantOf(tick.taiFrame, RATE));
      assert.deepEqual([tick.discontinuity, tick.missed, tick.frameNumber], [true, 3, 8]);
      assert.ok(tick.taiFrame < ticks[4].taiFrame);
      const next = await beat();
      assert.deepEqual([next.discontinuity, next.frameNumber, next.taiFrame], [false, 9, tick.taiFrame + 1n]);
    }
  });

  it("seeks the beat anew when TAI jumps back while it is waited for, and there and back again", async () => {
    const { time, beat, ticks } = bench();
    await beat(3);
    const steps = [-3600n * S, 3600n * S];
    time.duringSleep = () => {
      time.pass(1_000_000n);
      const byNs = steps.shift();
      if (byNs !== undefined) time.step(byNs);
    };
    const tick = await beat();
    time.duringSleep = () => {};
    assert.deepEqual([tick.discontinuity, tick.frameNumber], [true, 3 + tick.missed]);
    assert.ok(tick.missed <= 1, `${tick.missed} missed`);
    assert.ok(tick.taiFrame > ticks[2].taiFrame);
    assert.equal((await beat()).discontinuity, false);
  });

  it("does not wait for a beat of an hour to come, of which a place was told that has seen no step", async () => {
    const { time, beats } = bench();
    const own = await beats.next();
    const told = { ...own, timestampNs: own.timestampNs + 3600n * S, taiFrame: own.taiFrame + 180_000n };
    const beforeNs = time.nowNs();
    const tick = await beats.next(told);
    assert.ok(tick.timestampNs - beforeNs <= PERIOD_NS);
    assert.deepEqual([tick.discontinuity, tick.missed, tick.frameNumber], [true, 0, 1]);
  });

  it("gives up when it is told to", async () => {
    const { beats } = bench();
    const stop = new AbortController();
    stop.abort(new Error("enough"));
    await assert.rejects(beats.next(undefined, stop.signal), /^Error: enough$/);
    assert.equal(beats.stats(true).ticks, 0);
  });

  it("stats() has the length of what was missed", async () => {
    const { time, beats } = bench({ num: 25, den: 1 });
    const first = await beats.next();
    time.pass(BigInt(periodNs({ num: 25, den: 1 })) * 4n);
    await beats.next(first);
    assert.deepEqual(beats.stats(false), {
      clockId: "test/50/1",
      rate: { num: 25, den: 1 },
      locked: false,
      ticks: 2,
      missed: 3,
    });
  });
});
