import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { PulseModel } from "./pulse_model.ts";
import { frameAt, type Rate } from "./rate.ts";

describe("PulseModel.shift()", () => {
  const RATE_50: Rate = { num: 50, den: 1 };
  const S = 1_000_000_000n;

  it("puts the beats of a model that was never locked at the TAI frames of the new time", () => {
    const model = new PulseModel(RATE_50, 1000n * S);
    model.shift(-300n * S - 7_000_000n, 700n * S - 7_000_000n);
    const { atNs, index, epoch, sinceNs } = model.reference;
    assert.deepEqual([atNs, index, epoch, sinceNs], [700n * S, 35_000n, 1, 700n * S - 7_000_000n]);
  });

  it("takes the pulses along, and goes on without a loss or a jump", () => {
    for (const byNs of [5_000_000_000n, -40_000_000_003n]) {
      const model = new PulseModel(RATE_50, 1000n * S);
      const pulseNs = (pulse: number): bigint => 1000n * S + 3_000_000n + BigInt(pulse) * 20_000_000n;
      for (let pulse = 0; pulse < 20; pulse++) model.add(pulseNs(pulse));
      assert.equal(model.locked, true);
      model.shift(byNs, pulseNs(19) + byNs);
      for (let pulse = 20; pulse < 40; pulse++) model.add(pulseNs(pulse) + byNs);
      assert.deepEqual([model.locked, model.losses, model.jumps, model.refused], [true, 0, 0, 0]);
      const { atNs, index } = model.reference;
      assert.equal(atNs, pulseNs(39) + byNs);
      assert.equal(index, frameAt(atNs + 10_000_000n, RATE_50));
    }
  });
});
