/**
 * What every clock must do, whatever it follows.
 *
 * @module
 */
import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Clock, TimedTick } from "../../core/time/clock.ts";
import { monotonicNowNs, monotonicOf } from "../../core/time/now.ts";
import { frameAt, instantOf, periodNs } from "../../core/time/rate.ts";
import { Inapplicable } from "../../testing/conform/check.ts";
import { clockChecks } from "../../testing/conform/clock_checks.ts";

/** A clock to be tested. */
export interface ClockCase {
  /** The clock. */
  readonly clock: Clock;
  /** Moves virtual time on when somebody has asked for a beat; clocks of real time have none. */
  readonly move?: () => void;
  /** Beats are at the starts of TAI frames; otherwise less than a period from the start of the frame they name. */
  readonly isOnFrames: boolean;
  /** Ends what the clock needs. */
  readonly close?: () => void;
}

/** Makes a clock of one kind at 60 beats per second, ready to be asked. */
export type ClockMaker = () => ClockCase | Promise<ClockCase>;

const timeout = 60_000;

/** Keeps the event loop from turning. */
export function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

/** Somebody who asks a clock for one beat after another, as an actor does. */
export class Listener {
  /** What it got. */
  readonly ticks: TimedTick[] = [];
  readonly #case: ClockCase;
  readonly #stop = new AbortController();

  constructor(one: ClockCase) {
    this.#case = one;
  }

  /** Waits for the next `count` beats and returns them. */
  async take(count: number): Promise<TimedTick[]> {
    const { clock, move } = this.#case;
    for (let i = 0; i < count; i++) {
      const asked = clock.nextTick(this.ticks.at(-1), this.#stop.signal);
      move?.();
      this.ticks.push(await asked);
      if (!move) assert.ok(monotonicNowNs() >= monotonicOf(this.ticks.at(-1)!.timestampNs), "a beat came early");
    }
    return this.ticks.slice(-count);
  }

  /** Asks no more. */
  stop(): void {
    this.#stop.abort(new Error("stopped"));
  }
}

/** What must hold of the ticks that one listener got, in their order. */
export function checkTicks(ticks: readonly TimedTick[], one: ClockCase): void {
  const { clock, isOnFrames } = one;
  const lengthNs = periodNs(clock.rate);
  ticks.forEach((tick, i) => {
    assert.equal(tick.clockId, clock.clockId);
    assert.ok(tick.latenessNs >= 0 && tick.missed >= 0 && Number.isSafeInteger(tick.missed));
    const afterNs = Number(tick.timestampNs - instantOf(tick.taiFrame, clock.rate));
    assert.ok(Math.abs(afterNs) < lengthNs, `beat ${i} is ${afterNs} ns from the start of its frame`);
    if (isOnFrames) assert.deepEqual([afterNs, frameAt(tick.timestampNs, clock.rate)], [0, tick.taiFrame]);
    const previous = ticks[i - 1];
    if (!previous) {
      assert.deepEqual([tick.frameNumber, tick.missed, tick.discontinuity], [0, 0, false]);
      return;
    }
    assert.equal(tick.frameNumber, previous.frameNumber + tick.missed + 1);
    const periods = Number(tick.timestampNs - previous.timestampNs) / lengthNs;
    const offPeriods = Math.abs(periods - tick.missed - 1);
    assert.ok(offPeriods <= (tick.discontinuity ? 0.5 : 0.2), `beat ${i}: ${periods} periods, ${tick.missed} missed`);
    const frames = Number(tick.taiFrame - previous.taiFrame);
    assert.ok(Math.abs(frames - tick.missed - 1) <= (isOnFrames && !tick.discontinuity ? 0 : 1), `${frames} frames`);
    assert.ok(frames >= 0);
  });
}

/**
 * Adds the suite for clocks that `make` makes: the checks of `streamlib conform`, and where the beats lie. `name` is what
 * is tested, for example `SoftwareClock`.
 */
export function describeClock(name: string, make: ClockMaker): void {
  describe(`${name}, one clock`, () => {
    const cases: ClockCase[] = [];

    async function open(): Promise<ClockCase> {
      const one = await make();
      cases.push(one);
      return one;
    }

    afterEach(() => {
      for (const one of cases.splice(0)) one.close?.();
    });

    for (const { id, title, run } of clockChecks) {
      it(`${id}: ${title}`, { timeout }, async (): Promise<void> => {
        const { clock, move } = await open();
        try {
          await run({ make: () => clock, ...(move ? { move } : {}) });
        } catch (thrown) {
          if (!(thrown instanceof Inapplicable)) throw thrown;
        }
      });
    }

    it("beats where it says that frames lie", { timeout }, async () => {
      const one = await open();
      const listener = new Listener(one);
      await listener.take(20);
      listener.stop();
      checkTicks(listener.ticks, one);
    });
  });
}
