import { type Clock, LockstepClock, ManualClock, SoftwareClock, type TimedTick } from "@streamlib/core";
import { describe, it } from "@std/testing/bdd";
import { clockChecks } from "./clock_checks.ts";
import type { ClockConformance } from "./conformance.ts";
import { mustCatch, mustPass, type Mutant } from "./testdata/mutants.ts";

const timeout = 60_000;
const FPS = 100;
type Asked = Parameters<Clock["nextTick"]>;

/** A clock whose beats are changed. */
class BrokenClock extends SoftwareClock {
  readonly #change: (tick: TimedTick, beat: number) => Partial<TimedTick>;
  #beats = 0;

  constructor(change: (tick: TimedTick, beat: number) => Partial<TimedTick>) {
    super(FPS);
    this.#change = change;
  }

  override async nextTick(...asked: Asked): Promise<TimedTick> {
    const tick = await super.nextTick(...asked);
    return { ...tick, ...this.#change(tick, this.#beats++) };
  }
}

function beating(
  change: (tick: TimedTick, beat: number) => Partial<TimedTick>,
  says: RegExp,
): Mutant<ClockConformance> {
  return { subject: { make: () => new BrokenClock(change) }, says };
}

/** A clock with other methods and properties. */
function mutant(change: (good: SoftwareClock) => Partial<Clock>, says: RegExp): Mutant<ClockConformance> {
  const make = (): Clock => {
    const good = new SoftwareClock(FPS);
    const whole: Clock = {
      rate: good.rate,
      clockId: good.clockId,
      locked: good.locked,
      now: () => good.now(),
      nextTick: (...asked) => good.nextTick(...asked),
      stats: () => good.stats(),
    };
    return { ...whole, ...change(good) };
  };
  return { subject: { make }, says };
}

let goesBack = 0n;
let lastNs = 0n;

const mutants: Readonly<Record<string, Mutant<ClockConformance>>> = {
  "clock-rate": mutant(() => ({ rate: { num: 200, den: 2 } }), /the rate is 200\/2, which can be reduced/),
  "clock-now": mutant((good) => ({ now: () => good.now() - 10_000_000n * ++goesBack }), /now\(\) has gone back/),
  "clock-early": beating(
    ({ timestampNs }) => ({ timestampNs: timestampNs + 1_000_000_000n }),
    /beat 0 came before its instant/,
  ),
  "clock-numbers": beating(() => ({ frameNumber: 7 }), /the first is 7/),
  "clock-apart": beating(
    ({ timestampNs }, beat) => ({ timestampNs: timestampNs + BigInt(beat) * 4_000_000n }),
    /periods after the one before, with \d+ missed/,
  ),
  "clock-ticks": beating(() => ({ latenessNs: -1 }), /beat 0 is -1 ns late; 0 or more is right/),
  "clock-frames": beating(() => ({ taiFrame: 0n }), /ns from the start of frame 0/),
  "clock-many": beating(
    ({ timestampNs }, beat) => ({ timestampNs: timestampNs + BigInt(beat) }),
    /0 of 10 beats are the same/,
  ),
  "clock-stats": mutant((good) => ({
    stats: () => ({ ...good.stats(), ticks: Math.min(1, good.stats().ticks) }),
  }), /it counts 1 and \d+ missed; 10 and \d+ are right/),
  "clock-abort": mutant((good) => ({
    nextTick: (previous) => good.nextTick(previous),
  }), /it gave up with undefined/),
  "clock-from-any": mutant((good) => {
    let own: TimedTick | undefined;
    return { nextTick: async (_previous, signal) => own = await good.nextTick(own, signal) };
  }, /after beat 1000 comes \d+, with \d+ missed/),
  "clock-standstill": mutant((good) => ({
    // Catches up: no beat is ever left out.
    nextTick: async (previous, signal) => {
      const tick = await good.nextTick(previous, signal);
      lastNs = previous ? lastNs + 10_000_000n : tick.timestampNs;
      const frameNumber = previous ? previous.frameNumber + 1 : 0;
      return { ...tick, timestampNs: lastNs, frameNumber, missed: 0 };
    },
  }), /a beat is of the past, \d+ ns old/),
  "clock-listener": mutant((good) => ({
    nextTick: (previous, signal) => {
      signal?.addEventListener("abort", () => {});
      return good.nextTick(previous, signal);
    },
  }), /1 listeners stay on the signal/),
};

describe("checks of clocks", () => {
  it("find nothing wrong with a software clock", { timeout }, async () => {
    await mustPass(clockChecks, { make: () => new SoftwareClock(FPS) });
  });

  it("move clocks of virtual time", { timeout }, async () => {
    const moved = new WeakMap<Clock, Promise<void>>();
    const move = (clock: Clock): void => {
      const before = moved.get(clock) ?? Promise.resolve();
      moved.set(clock, before.then(() => (clock as ManualClock).advance(1)));
    };
    await mustPass(clockChecks, { make: () => new ManualClock(FPS), move });
    const running = new WeakSet<Clock>();
    const run = async (clock: Clock): Promise<void> => {
      if (running.has(clock)) return;
      running.add(clock);
      await (clock as LockstepClock).run();
      running.delete(clock);
    };
    await mustPass(clockChecks, { make: () => new LockstepClock(FPS), move: (clock) => void run(clock) });
  });

  it("each catch a broken one, and say what is wrong", { timeout }, () => mustCatch(clockChecks, mutants));
});
