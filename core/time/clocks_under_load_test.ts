import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { block } from "../../tests/conformance/clock.ts";
import { stopAll } from "../registry/local_registry.ts";
import { SourceActor, until } from "../testdata/actors.ts";
import type { Clock, TimedTick } from "./clock.ts";
import { ClockSelector } from "./clock_selector.ts";
import { GenlockClock } from "./genlock_clock.ts";
import { taiNowNs } from "./now.ts";
import { SimulatedPulse } from "./pulse.ts";
import { periodNs } from "./rate.ts";
import { SoftwareClock } from "./software_clock.ts";

const timeout = 30_000;

afterEach(() => stopAll());

/** Standstills that are tried: in each the machine may stand still by itself beside, which costs beats too. */
const TRIES = 5;

/** The beats that a standstill costs are those that it lasted, to one: in one try at least, and never fewer. */
async function standStill(clock: Clock): Promise<void> {
  const extra: number[] = [];
  while (extra.length < TRIES && !extra.some((beats) => beats <= 1)) extra.push(await standStillOnce(clock));
  assert.ok(extra.some((beats) => beats <= 1), `beats missed beyond those of the standstill: ${extra}`);
}

/**
 * One actor stands still for a second in its `process`; another one on the same clock only suffers from it.
 *
 * @returns The most beats that one of them missed beyond those of the standstill.
 */
async function standStillOnce(clock: Clock): Promise<number> {
  const ticks: TimedTick[] = [];
  const startedNs: bigint[] = [];
  let stoodNs = 0;
  const busy = new SourceActor({
    clock,
    process: (_, tick) => {
      ticks.push(tick);
      startedNs.push(taiNowNs());
      if (ticks.length !== 5) return;
      const fromNs = taiNowNs();
      block(1000);
      stoodNs = Number(taiNowNs() - fromNs);
    },
  });
  const others: TimedTick[] = [];
  const other = new SourceActor({ clock, process: (_, tick) => void others.push(tick) });
  await until(() => ticks.length >= 15 && others.length >= 15, "fifteen ticks of both");
  await Promise.all([busy.stop(), other.stop()]);

  const lengthNs = periodNs(clock.rate);
  const lost = Math.round(stoodNs / lengthNs);
  assert.ok(lost >= 60);
  let extra = 0;
  for (const list of [ticks, others]) {
    const worst = list.toSorted((a, b) => b.missed - a.missed)[0];
    assert.ok(worst.missed >= lost - 1, `${worst.missed} missed of ${lost}`);
    extra = Math.max(extra, worst.missed - lost);
    const sum = list.reduce((total, tick) => total + tick.missed, 0);
    assert.equal(list.at(-1)!.frameNumber, list.length - 1 + sum);
    const elapsed = Number(list.at(-1)!.timestampNs - list[0].timestampNs) / lengthNs;
    assert.equal(Math.round(elapsed), list.length - 1 + sum);
    for (let i = 1; i < list.length; i++) {
      assert.ok(Number(list[i].timestampNs - list[i - 1].timestampNs) > lengthNs / 2, `tick ${i} comes in a burst`);
    }
  }
  // No tick of the time in which it stood still is made up for.
  const endNs = startedNs[4] + BigInt(stoodNs);
  assert.ok(Number(endNs - ticks[5].timestampNs) <= lengthNs / 2, "a tick of the past");
  assert.equal(busy.stats.missedTicks, ticks.reduce((total, tick) => total + tick.missed, 0));
  assert.equal(busy.stats.ticks, ticks.length);
  const stats = clock.stats();
  assert.ok(stats.missed >= busy.stats.missedTicks + other.stats.missedTicks);
  return extra;
}

describe("a standstill of one second at 60 beats per second costs 60 beats and gives no burst", () => {
  it("with a SoftwareClock", { timeout }, () => standStill(new SoftwareClock(60)));

  it("with a GenlockClock, which stays locked", { timeout }, async () => {
    using clock = new GenlockClock(new SimulatedPulse({ name: "load", rate: 60, phaseNs: 4e6, jitterNs: 50_000 }));
    await until(() => clock.locked, "the clock is locked");
    await standStill(clock);
    assert.deepEqual([clock.locked, clock.stats().losses], [true, 0]);
  });

  it("with a ClockSelector, which stays with its clock", { timeout }, async () => {
    using genlock = new GenlockClock(new SimulatedPulse({ name: "select-load", rate: 60, phaseNs: 4e6 }));
    await until(() => genlock.locked, "the clock is locked");
    const clock = new ClockSelector([genlock, new SoftwareClock(60)]);
    await standStill(clock);
    assert.deepEqual([clock.using, clock.stats().switches], [genlock, 0]);
  });
});
