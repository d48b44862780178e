import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { block } from "../../tests/conformance/clock.ts";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { until } from "../testdata/actors.ts";
import { monotonicNowNs, taiOf } from "./now.ts";
import { type Pulse, SimulatedPulse } from "./pulse.ts";
import { frameAt, instantOf } from "./rate.ts";

const timeout = 20_000;

/** Waits for `count` pulses. */
async function hear(pulse: Pulse, count: number): Promise<bigint[]> {
  const pulses: bigint[] = [];
  const stop = pulse.listen((atNs) => {
    assert.ok(atNs <= monotonicNowNs(), "a pulse was told before it came");
    pulses.push(taiOf(atNs));
  });
  await until(() => pulses.length >= count, `${count} pulses`);
  stop();
  const heard = pulses.length;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(pulses.length, heard, "it goes on after the end");
  return pulses;
}

describe("SimulatedPulse", () => {
  it("comes at the starts of TAI frames and its phase", { timeout }, async () => {
    const rate = { num: 60000, den: 1001 };
    for (const atNs of await hear(new SimulatedPulse({ rate: 59.94, phaseNs: 2_000_000 }), 6)) {
      const offNs = Number(atNs - instantOf(frameAt(atNs, rate), rate)) - 2_000_000;
      assert.ok(Math.abs(offNs) <= 2, `off by ${offNs} ns`);
    }
  });

  it("has another rate and jitter when it is told to, within the bounds", { timeout }, async () => {
    const pulses = await hear(new SimulatedPulse({ rate: 100, ppm: 20_000, jitterNs: 300_000, seed: 7 }), 12);
    const periodNs = 1e7 / 1.02;
    const offs = pulses.map((atNs) => {
      const elapsedNs = Number(atNs - pulses[0]);
      return elapsedNs - Math.round(elapsedNs / periodNs) * periodNs;
    });
    assert.ok(offs.every((offNs) => Math.abs(offNs) <= 600_010), offs.join());
    assert.ok(Math.max(...offs) - Math.min(...offs) > 50_000, offs.join());
  });

  it("tells only the newest after a standstill of the event loop, and counts the others", { timeout }, async () => {
    const pulse = new SimulatedPulse({ rate: 100 });
    const pulses: bigint[] = [];
    const stop = pulse.listen((atNs) => void pulses.push(atNs));
    await until(() => pulses.length >= 2, "two pulses");
    const before = pulses.length;
    block(255);
    await until(() => pulses.length > before, "another pulse");
    stop();
    assert.ok(pulses[before] - pulses[before - 1] >= 240_000_000n);
    const { pulses: told, skipped } = pulse.stats();
    assert.equal(told, pulses.length);
    assert.ok(skipped >= 23, `${skipped} skipped`);
    assert.equal(Number(pulses.at(-1)! - pulses[0]) / 1e7, told + skipped - 1);
  });

  it("is lost and comes back, shifted", { timeout }, async () => {
    const pulse = new SimulatedPulse({ rate: 100 });
    const pulses: bigint[] = [];
    const stop = pulse.listen((atNs) => void pulses.push(taiOf(atNs)));
    await until(() => pulses.length >= 2, "two pulses");
    pulse.lose();
    pulse.lose();
    const before = pulses.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(pulses.length, before);
    pulse.restore(4_000_000);
    pulse.restore();
    await until(() => pulses.length >= before + 2, "pulses after the loss");
    stop();
    assert.ok(pulses.slice(0, before).every((atNs) => atNs % 10_000_000n === 0n), pulses.join());
    assert.ok(pulses.slice(before).every((atNs) => atNs % 10_000_000n === 4_000_000n), pulses.join());
  });

  it("refuses what is out of range, naming option, value and range", () => {
    const cases: [object, RegExp][] = [
      [{ jitterNs: -1 }, /^Cannot simulate a pulse: jitterNs is -1; it must be a number from 0 to 5000000$/],
      [{ jitterNs: 5_000_001 }, /jitterNs is 5000001/],
      [{ jitterNs: NaN }, /jitterNs is NaN/],
      [{ phaseNs: Infinity }, /phaseNs is Infinity; it must be a finite number/],
      [{ ppm: 2e5 }, /ppm is 200000; it must be a number from -100000 to 100000/],
      [{ seed: 1.5 }, /seed is 1.5; it must be an integer from 0 to 4294967295/],
      [{ seed: -1 }, /seed is -1/],
    ];
    for (const [options, message] of cases) {
      throwsCode(() => new SimulatedPulse({ rate: 50, ...options }), "clock-invalid", message);
    }
    throwsCode(() => new SimulatedPulse({ rate: 50 }).restore(NaN), "clock-invalid", /shiftNs is NaN/);
    assert.throws(() => new SimulatedPulse({ rate: 0 }), /^RangeError: Cannot use rate 0/);
  });
});
