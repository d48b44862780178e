import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { detectRate } from "./rate.ts";

const NONE = { num: 25, den: 1 };

function grid(count: number, num: number, den: number, resolutionS: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.round(i * den / num / resolutionS) * resolutionS);
}

describe("detectRate", () => {
  const rates = [[24000, 1001], [24, 1], [25, 1], [30000, 1001], [30, 1], [50, 1], [60000, 1001], [60, 1], [
    120000,
    1001,
  ]];
  for (const [num, den] of rates) {
    it(`finds ${num}/${den} in timestamps of 1 ms, of 1/90000 s and of its own unit`, () => {
      for (const resolutionS of [0.001, 1 / 90_000, 1 / num]) {
        assert.deepEqual(detectRate(grid(300, num, den, resolutionS), resolutionS, NONE), {
          rate: { num, den },
          constant: true,
        });
      }
    });
  }

  it("does not mind the order", () => {
    const shuffled = [4, 1, 0, 3, 2, 5].map((i) => i * 1001 / 30000);
    assert.deepEqual(detectRate(shuffled, 1 / 30000, NONE), { rate: { num: 30000, den: 1001 }, constant: true });
  });

  it("says so if a frame is missing, and keeps the rate", () => {
    const times = grid(100, 30, 1, 1 / 90_000).filter((_, i) => i !== 40);
    assert.deepEqual(detectRate(times, 1 / 90_000, NONE), { rate: { num: 30, den: 1 }, constant: false });
  });

  it("turns an unusual rate into a fraction", () => {
    assert.deepEqual(detectRate(grid(300, 17, 2, 1 / 90_000), 1 / 90_000, NONE).rate, { num: 17, den: 2 });
  });

  it("answers the fallback for less than two frames", () => {
    assert.deepEqual(detectRate([0], 0.001, NONE), { rate: NONE, constant: true });
    assert.deepEqual(detectRate([], 0.001, NONE), { rate: NONE, constant: true });
  });
});
