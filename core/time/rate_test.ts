import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { seeded } from "../../tests/conformance/ring.ts";
import { isoOf } from "./instant.ts";
import { fpsOf, frameAt, instantOf, periodNs, type Rate, sameRate, toRate } from "./rate.ts";

const NS_PER_S = 1_000_000_000n;
const RATES: Rate[] = [
  { num: 24000, den: 1001 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
  { num: 120000, den: 1001 },
  { num: 48000, den: 1 },
  { num: 44100, den: 1024 },
  { num: 1, den: 7 },
];

describe("toRate()", () => {
  it("knows the broadcast rates by their usual numbers", () => {
    const cases: [number, string][] = [
      [23.976, "24000/1001"],
      [23.98, "24000/1001"],
      [29.97, "30000/1001"],
      [47.952, "48000/1001"],
      [59.94, "60000/1001"],
      [119.88, "120000/1001"],
      [25, "25/1"],
      [12.5, "25/2"],
      [0.5, "1/2"],
      [48000, "48000/1"],
    ];
    for (const [fps, want] of cases) {
      const { num, den } = toRate(fps);
      assert.equal(`${num}/${den}`, want);
    }
  });

  it("brings fractions to lowest terms, so that one rate has one clock id", () => {
    assert.deepEqual(toRate({ num: 120, den: 2 }), { num: 60, den: 1 });
    assert.deepEqual(toRate({ num: 30000, den: 1001 }), { num: 30000, den: 1001 });
  });

  it("refuses what is no rate, naming it", () => {
    for (const fps of [0, -1, NaN, Infinity]) {
      assert.throws(() => toRate(fps), {
        name: "RangeError",
        message: `Cannot use rate ${fps}: it must be a number > 0`,
      });
    }
    assert.throws(() => toRate(33.33333), /^RangeError: Cannot use rate 33.33333: give it as a fraction/);
    for (const [num, den] of [[0, 1], [1, 0], [1.5, 1], [-30, 1], [2 ** 54, 1]]) {
      assert.throws(() => toRate({ num, den }), /both must be integers > 0/);
    }
  });

  it("compares and shows rates", () => {
    assert.ok(sameRate({ num: 60, den: 2 }, { num: 30, den: 1 }));
    assert.ok(!sameRate({ num: 30000, den: 1001 }, { num: 30, den: 1 }));
    assert.equal(periodNs({ num: 30000, den: 1001 }), 33_366_667);
    assert.equal(fpsOf({ num: 25, den: 2 }), 12.5);
  });
});

describe("frameAt() and instantOf()", () => {
  it("are exact for 1001 rates over centuries", () => {
    for (const num of [24000, 30000, 60000, 120000]) {
      const rate = { num, den: 1001 };
      for (const cycles of [1n, 86_400n, 3_155_760n, 8_000_000n]) {
        // 1001 seconds hold a whole number of frames: the sum is exact whatever the length.
        const frame = cycles * BigInt(num);
        assert.equal(instantOf(frame, rate), cycles * 1001n * NS_PER_S);
        assert.equal(frameAt(cycles * 1001n * NS_PER_S, rate), frame);
        assert.equal(frameAt(cycles * 1001n * NS_PER_S - 1n, rate), frame - 1n);
      }
    }
  });

  it("are inverse: an instant is the first nanosecond of its frame", () => {
    const random = seeded(20261121);
    for (let i = 0; i < 20_000; i++) {
      const rate = RATES[Math.floor(random() * RATES.length)];
      const frame = BigInt(Math.floor((random() - 0.1) * 1e12));
      const instantNs = instantOf(frame, rate);
      assert.equal(frameAt(instantNs, rate), frame, `frame ${frame} at ${rate.num}/${rate.den}`);
      assert.equal(frameAt(instantNs - 1n, rate), frame - 1n, `frame ${frame} at ${rate.num}/${rate.den}`);
    }
  });

  it("never go back and lose no frame", () => {
    const random = seeded(7);
    for (const rate of RATES) {
      const base = BigInt(Math.floor(random() * 1e10));
      for (let k = 0n; k < 500n; k++) {
        const lengthNs = Number(instantOf(base + k + 1n, rate) - instantOf(base + k, rate));
        assert.ok(Math.abs(lengthNs - (1e9 * rate.den) / rate.num) <= 1, `${lengthNs} ns at ${rate.num}/${rate.den}`);
      }
    }
  });

  it("round down before the epoch too", () => {
    assert.equal(frameAt(-1n, { num: 60, den: 1 }), -1n);
    assert.equal(frameAt(0n, { num: 60, den: 1 }), 0n);
    assert.equal(instantOf(-1n, { num: 60, den: 1 }), -16_666_666n);
  });
});

describe("isoOf()", () => {
  it("writes nanoseconds", () => {
    assert.equal(isoOf(0n), "1970-01-01T00:00:00.000000000");
    assert.equal(isoOf(1_795_000_000_123_456_789n), "2026-11-18T11:06:40.123456789");
  });

  it("writes instants before the epoch", () => {
    assert.equal(isoOf(-1n), "1969-12-31T23:59:59.999999999");
  });
});
