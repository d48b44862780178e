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

/** Adds the suite for clocks that `make` makes; `name` is what is tested, for example `SoftwareClock`. */
export function describeClock(name: string, make: ClockMaker): void {
  describe(`${name}, one clock`, () => {
    const listeners: Listener[] = [];
    const cases: ClockCase[] = [];

    async function open(): Promise<{ one: ClockCase; clock: Clock; listen: () => Listener }> {
      const one = await make();
      cases.push(one);
      const listen = (): Listener => {
        const listener = new Listener(one);
        listeners.push(listener);
        return listener;
      };
      return { one, clock: one.clock, listen };
    }

    afterEach(() => {
      for (const listener of listeners.splice(0)) listener.stop();
      for (const one of cases.splice(0)) one.close?.();
    });

    it("nextTick() is never early, numbers every beat, and agrees with the rate", { timeout }, async () => {
      const { one, clock, listen } = await open();
      const listener = listen();
      const first = clock.now();
      for (let i = 0; i < 20; i++) {
        const [tick] = await listener.take(1);
        assert.ok(clock.now() >= tick.timestampNs);
        assert.ok(tick.timestampNs >= first);
        assert.equal(tick.freewheel, false);
      }
      checkTicks(listener.ticks, one);
    });

    it("stats() counts beats and what was missed", { timeout }, async () => {
      const { clock, listen } = await open();
      const before = clock.stats();
      assert.deepEqual([before.ticks, before.missed], [0, 0]);
      assert.deepEqual(before.rate, clock.rate);
      assert.deepEqual([before.clockId, before.locked], [clock.clockId, clock.locked]);
      const [a, b] = [listen(), listen()];
      await a.take(3);
      // In virtual time nobody gets a beat while another one is at work.
      a.stop();
      await b.take(2);
      const ticks = [...a.ticks, ...b.ticks];
      const after = clock.stats();
      assert.deepEqual([after.ticks, after.missed], [5, ticks.reduce((sum, tick) => sum + tick.missed, 0)]);
    });

    it("nextTick() gives all who listen the same beats", { timeout }, async () => {
      const { one, listen } = await open();
      const [a, b] = [listen(), listen()];
      await Promise.all([a.take(10), b.take(10)]);
      checkTicks(a.ticks, one);
      checkTicks(b.ticks, one);
      const beats = new Map(a.ticks.map((tick) => [tick.timestampNs, tick.taiFrame]));
      const shared = b.ticks.filter((tick) => beats.has(tick.timestampNs));
      assert.ok(shared.length >= 8, `${shared.length} of 10 beats are the same`);
      for (const tick of shared) assert.equal(tick.taiFrame, beats.get(tick.timestampNs));
    });

    it("nextTick() gives up when it is told to, and leaves nothing behind", { timeout }, async () => {
      const { one, clock } = await open();
      const stop = new AbortController();
      const { signal } = stop;
      const held = new Set<unknown>();
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      signal.addEventListener = (type: string, listener: EventListener, options?: AddEventListenerOptions): void => {
        held.add(listener);
        add(type, listener, options);
      };
      signal.removeEventListener = (type: string, listener: EventListener): void => {
        held.delete(listener);
        remove(type, listener);
      };
      const asked = clock.nextTick(undefined, signal);
      one.move?.();
      const tick = await asked;
      assert.ok(one.move || held.size === 0, "a delivered beat leaves a listener on the signal");
      const waiting = clock.nextTick(tick, signal);
      stop.abort(new Error("enough"));
      await assert.rejects(waiting, /^Error: enough$/);
      await assert.rejects(clock.nextTick(tick, signal), /^Error: enough$/);
      assert.equal(clock.stats().ticks, 1);
      const later = new AbortController();
      const again = clock.nextTick(tick, later.signal);
      one.move?.();
      assert.equal((await again).frameNumber, tick.frameNumber + (await again).missed + 1);
      later.abort();
      assert.equal(clock.stats().ticks, 2);
    });

    it("nextTick() goes on from any beat that it is given", { timeout }, async () => {
      const { clock, one } = await open();
      const listener = new Listener(one);
      listeners.push(listener);
      const [tick] = await listener.take(1);
      listener.ticks.push({ ...tick, frameNumber: 1000 });
      const [next] = await listener.take(1);
      assert.equal(next.frameNumber, 1001 + next.missed);
      assert.ok(next.timestampNs > tick.timestampNs);
      assert.equal(next.clockId, clock.clockId);
    });

    it("nextTick() skips and counts a standstill of one second, without a burst", { timeout }, async () => {
      const { one, clock, listen } = await open();
      const listener = listen();
      await listener.take(3);
      // The second one ends when the newest beat is more than half a period old.
      for (const ms of [1000, 111]) {
        const before = listener.ticks.length;
        const startNs = clock.now();
        block(ms);
        const stoodNs = Number(clock.now() - startNs);
        // The machine may stand still by itself afterwards, which costs beats too.
        let atMostNs = stoodNs;
        for (let i = 0; i < 6; i++) {
          const askedNs = clock.now();
          const [tick] = await listener.take(1);
          if (i === 0) atMostNs = Number(clock.now() - startNs);
          const oldNs = Number(askedNs - tick.timestampNs);
          assert.ok(oldNs <= periodNs(clock.rate) / 2, `a beat of the past, ${oldNs} ns old`);
        }
        // Virtual time does not pass while the event loop stands still.
        const [least, most] = [stoodNs, atMostNs].map((ns) => one.move ? 0 : Math.round(ns / periodNs(clock.rate)));
        assert.ok(one.move || least >= Math.floor((ms * 60) / 1000));
        const { missed } = listener.ticks[before];
        assert.ok(missed >= least - 1 && missed <= most + 1, `missed ${missed} of ${least} to ${most}`);
      }
      checkTicks(listener.ticks, one);
      const sum = listener.ticks.reduce((total, tick) => total + tick.missed, 0);
      assert.deepEqual([clock.stats().missed, listener.ticks[14].frameNumber], [sum, 14 + sum]);
    });
  });
}
