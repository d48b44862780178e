import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { checkTicks, Listener } from "../../tests/conformance/clock.ts";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { stopAll } from "../registry/local_registry.ts";
import { MixActor, put, SourceActor, until, valueOf } from "../testdata/actors.ts";
import type { Clock, ClockStats, TimedTick } from "./clock.ts";
import { ClockSelector, type ClockSwitch } from "./clock_selector.ts";
import { GenlockClock } from "./genlock_clock.ts";
import { SimulatedPulse } from "./pulse.ts";
import { frameAt, type Rate } from "./rate.ts";
import { SoftwareClock } from "./software_clock.ts";
import { LockstepClock, ManualClock } from "./virtual_clock.ts";

const timeout = 30_000;
const PERIOD_NS = 20_000_000n;
const S = 1_000_000_000n;

/** A clock on a time that stands still until somebody waits. */
class FakeClock implements Clock {
  static timeNs = 0n;
  /** Whether a beat of a time to come was before a step back; else it is waited for. */
  static isSteppedBack = false;
  readonly rate: Rate = { num: 50, den: 1 };
  readonly clockId: string;
  locked: boolean;
  readonly #phaseNs: bigint;

  constructor(name: string, locked: boolean, phaseNs = 0n) {
    this.clockId = name;
    this.locked = locked;
    this.#phaseNs = phaseNs;
  }

  now(): bigint {
    return FakeClock.timeNs;
  }

  nextTick(previous?: TimedTick): Promise<TimedTick> {
    const isOver = FakeClock.isSteppedBack && previous !== undefined && previous.timestampNs > FakeClock.timeNs;
    const lastNs = previous && !isOver ? previous.timestampNs + PERIOD_NS / 2n : FakeClock.timeNs;
    const fromNs = lastNs > FakeClock.timeNs ? lastNs : FakeClock.timeNs;
    const timestampNs = ((fromNs - this.#phaseNs) / PERIOD_NS + 1n) * PERIOD_NS + this.#phaseNs;
    FakeClock.timeNs = timestampNs;
    const missed = previous && !isOver ? Math.round(Number(timestampNs - previous.timestampNs) / 2e7) - 1 : 0;
    return Promise.resolve({
      timestampNs,
      frameNumber: previous ? previous.frameNumber + missed + 1 : 0,
      taiFrame: frameAt(timestampNs, this.rate),
      clockId: this.clockId,
      latenessNs: 0,
      missed,
      freewheel: false,
      discontinuity: false,
    });
  }

  stats(): ClockStats {
    return { clockId: this.clockId, rate: this.rate, locked: this.locked, ticks: 0, missed: 0 };
  }
}

interface Bench {
  readonly clocks: FakeClock[];
  readonly selector: ClockSelector;
  readonly switches: string[];
  readonly ticks: TimedTick[];
  beat(count?: number): Promise<TimedTick>;
}

function bench(locked: boolean[], stableNs?: number): Bench {
  FakeClock.timeNs = 100n * S;
  FakeClock.isSteppedBack = false;
  const clocks = locked.map((is, i) => new FakeClock(`fake${i}`, is, BigInt(i) * 7_000_000n));
  const selector = new ClockSelector(clocks, stableNs === undefined ? {} : { stableNs });
  const switches: string[] = [];
  selector.on("switch", ({ from, to, reason, atNs }: ClockSwitch) => {
    assert.equal(atNs, FakeClock.timeNs);
    switches.push(`${from.clockId} ${to.clockId} ${reason}`);
  });
  const ticks: TimedTick[] = [];
  const beat = async (count = 1): Promise<TimedTick> => {
    for (let i = 0; i < count; i++) ticks.push(await selector.nextTick(ticks.at(-1)));
    return ticks.at(-1)!;
  };
  return { clocks, selector, switches, ticks, beat };
}

afterEach(() => stopAll());

describe("ClockSelector", () => {
  it("begins with the first locked clock, or with the first", () => {
    assert.equal(bench([true, true]).selector.using.clockId, "fake0");
    assert.equal(bench([false, true, true]).selector.using.clockId, "fake1");
    const none = bench([false, false]).selector;
    assert.deepEqual([none.using.clockId, none.locked], ["fake0", false]);
    assert.equal(none.clockId, "selector/fake0+fake1");
  });

  it("leaves a lost clock at its next beat, for the first locked one", { timeout }, async () => {
    const { clocks, selector, switches, ticks, beat } = bench([true, true, true]);
    await beat(5);
    clocks[0].locked = false;
    clocks[1].locked = false;
    const tick = await beat();
    assert.deepEqual(switches, ["fake0 fake2 lost"]);
    assert.deepEqual([tick.discontinuity, tick.clockId, tick.frameNumber], [true, selector.clockId, 5]);
    assert.equal(Number(tick.timestampNs % PERIOD_NS), 14_000_000);
    assert.equal(tick.timestampNs - ticks[4].timestampNs, 14_000_000n);
    assert.equal((await beat()).discontinuity, false);
    assert.equal(selector.stats().using, "fake2");
    assert.equal(selector.locked, true);
  });

  it("goes on when TAI is stepped back", { timeout }, async () => {
    const { clocks, selector, switches, ticks, beat } = bench([false, true], 1e9);
    await beat(10);
    clocks[1].locked = false;
    clocks[0].locked = true;
    await beat(1);
    assert.deepEqual(switches, ["fake1 fake0 lost"]);
    clocks[1].locked = true;
    await beat(10);
    FakeClock.timeNs -= 50n * S;
    // A clock begins anew when it is given a beat of a time to come.
    FakeClock.isSteppedBack = true;
    await beat(1);
    assert.ok(ticks.at(-1)!.timestampNs < ticks[10].timestampNs);
    await beat(10);
    assert.deepEqual(ticks.slice(-10).map((tick) => tick.discontinuity), Array(10).fill(false));
    assert.deepEqual(ticks.map((tick) => tick.frameNumber), ticks.map((_, i) => i));
    clocks[0].locked = false;
    await beat(1);
    assert.equal(selector.using.clockId, "fake1");
    clocks[0].locked = true;
    await beat(60);
    assert.deepEqual(switches, ["fake1 fake0 lost", "fake0 fake1 lost", "fake1 fake0 better"]);
  });

  it("takes a better clock when it has been locked for long enough, without a break", { timeout }, async () => {
    const { clocks, switches, beat } = bench([false, true], 1e9);
    await beat(10);
    clocks[0].locked = true;
    await beat(30);
    clocks[0].locked = false;
    await beat(1);
    clocks[0].locked = true;
    await beat(50);
    assert.deepEqual(switches, []);
    await beat(2);
    assert.deepEqual(switches, ["fake1 fake0 better"]);
  });

  it("prefers clocks that have been locked for long when it has to leave one", { timeout }, async () => {
    const { clocks, switches, beat } = bench([false, true, true], 1e9);
    await beat(10);
    clocks[0].locked = true;
    await beat(3);
    clocks[1].locked = false;
    await beat(1);
    assert.deepEqual(switches, ["fake1 fake2 lost"]);
    clocks[2].locked = false;
    await beat(1);
    assert.deepEqual(switches.slice(1), ["fake2 fake0 lost"]);
    clocks[0].locked = false;
    await beat(5);
    assert.equal(switches.length, 2, "with none locked it stays");
  });

  it(
    "keeps numbers continuous over 2000 random losses and returns, and counts what was skipped",
    { timeout },
    async () => {
      const { clocks, selector, switches, ticks, beat } = bench([true, true, true], 6e7);
      let state = 12345;
      const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
      for (let i = 0; i < 2000; i++) {
        const clock = clocks[Math.floor(random() * 3)];
        clock.locked = random() < 0.6;
        if (random() < 0.1) FakeClock.timeNs += BigInt(Math.floor(random() * 2e8));
        await beat(1 + Math.floor(random() * 4));
      }
      checkTicks(ticks, { clock: selector, isOnFrames: false, move: () => {} });
      assert.ok(switches.length > 300, `${switches.length} switches`);
      assert.equal(ticks.filter((tick) => tick.discontinuity).length, switches.length);
      for (let i = 1; i < ticks.length; i++) {
        assert.ok(ticks[i].timestampNs - ticks[i - 1].timestampNs > PERIOD_NS / 2n, `beat ${i}`);
      }
      const { missed, ticks: count } = selector.stats();
      assert.deepEqual([count, count + missed - 1], [ticks.length, ticks.at(-1)!.frameNumber]);
      assert.ok(missed > 100);
    },
  );

  it("tells listeners of a switch until they are taken away", { timeout }, async () => {
    const { clocks, selector, beat } = bench([true, true]);
    let heard = 0;
    const takeAway = selector.on("switch", () => void heard++);
    await beat();
    clocks[0].locked = false;
    await beat();
    takeAway();
    clocks[0].locked = true;
    clocks[1].locked = false;
    await beat();
    assert.deepEqual([heard, selector.stats().switches], [1, 2]);
    assert.deepEqual(selector.stats().clocks.map((one) => [one.clockId, one.locked]), [["fake0", true], [
      "fake1",
      false,
    ]]);
  });

  it("refuses clocks that do not fit together, naming both", () => {
    throwsCode(
      () => new ClockSelector([]),
      "clock-invalid",
      /^Cannot select a clock: there is no clock; give at least/,
    );
    throwsCode(
      () => new ClockSelector([new SoftwareClock(50), new SoftwareClock(59.94)]),
      "clock-invalid",
      /: software\/50\/1 \(50\/1\) and software\/60000\/1001 \(60000\/1001\) have different rates; all must have the same$/,
    );
    for (const clock of [new ManualClock(50), new LockstepClock(50)]) {
      throwsCode(
        () => new ClockSelector([new SoftwareClock(50), clock]),
        "clock-invalid",
        /: (manual|lockstep)\/50\/1 counts virtual time; give clocks of real time$/,
      );
    }
    const twice = new SoftwareClock(50);
    throwsCode(() => new ClockSelector([twice, twice]), "clock-invalid", /: software\/50\/1 is given twice$/);
    throwsCode(() => new ClockSelector([twice], { stableNs: -1 }), "clock-invalid", /: stableNs is -1; it must be/);
    throwsCode(() => new ClockSelector([twice], { stableNs: NaN }), "clock-invalid", /: stableNs is NaN/);
  });

  it("falls back from a lost genlock and returns to it, numbers going on", { timeout }, async () => {
    const pulse = new SimulatedPulse({ name: "live", rate: 50, phaseNs: 6_000_000 });
    using genlock = new GenlockClock(pulse);
    const selector = new ClockSelector([genlock, new SoftwareClock(50)], { stableNs: 2e8 });
    const used: string[] = [];
    selector.on("switch", ({ to }) => void used.push(to.clockId.split("/")[0]));
    const one = { clock: selector, isOnFrames: false };
    const [a, b] = [new Listener(one), new Listener(one)];
    const takeUntil = async (count: number): Promise<void> => {
      while (used.length < count) await Promise.all([a.take(1), b.take(1)]);
    };
    await takeUntil(1);
    pulse.lose();
    await takeUntil(2);
    pulse.restore(3_000_000);
    await takeUntil(3);
    await Promise.all([a.take(3), b.take(3)]);
    assert.deepEqual(used, ["genlock", "software", "genlock"]);
    for (const { ticks } of [a, b]) {
      checkTicks(ticks, one);
      assert.equal(ticks.filter((tick) => tick.discontinuity).length, 3);
      assert.equal(Math.round(Number(ticks.at(-1)!.timestampNs % PERIOD_NS) / 1e6), 9);
    }
    a.stop();
    b.stop();
  });

  it("lets items of two actors be joined across a switch", { timeout }, async () => {
    const pulse = new SimulatedPulse({ name: "joined", rate: 50, phaseNs: 6_000_000 });
    using genlock = new GenlockClock(pulse);
    await until(() => genlock.locked, "the clock is locked");
    const clock = new ClockSelector([genlock, new SoftwareClock(50)], { stableNs: 1e8 });
    const stamped = {
      process: (body: SourceActor, tick: TimedTick) => void put(body.outputs.video, Number(tick.taiFrame)),
    };
    const [first, second] = [new SourceActor({ clock, ...stamped }), new SourceActor({ clock, ...stamped })];
    let [together, apart] = [0, 0];
    const mix = new MixActor({
      process: (body) => {
        const [one, two] = [body.inputs.first.readLatest(), body.inputs.second.readLatest()];
        if (!one || !two) return;
        if (two.aligned && valueOf(one) === valueOf(two) && one.timestampNs === two.timestampNs) together++;
        else apart++;
      },
    });
    first.outputs.video.pipe(mix.inputs.first);
    second.outputs.video.pipe(mix.inputs.second);
    await until(() => together >= 10, "ten pairs with genlock");
    pulse.lose();
    await until(() => clock.stats().using === "software/50/1", "the fall-back");
    const before = together;
    await until(() => together >= before + 10, "ten pairs after the switch");
    assert.ok(apart * 2 < together, `${apart} of ${together + apart} were not of one beat`);
  });
});
