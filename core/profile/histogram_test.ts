import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Histogram } from "./histogram.ts";

const PERCENTS = [0, 0.1, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 100];
/** Most a percentile may be off: half a bucket, of which the narrowest octave has 32. */
const ERROR_MAX = 1 / 64;

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SHAPES: Readonly<Record<string, (next: () => number) => number>> = {
  "all of 1 ns to 100 s": (next) => 10 ** (11 * next()),
  "below 100 ns": (next) => 100 * next(),
  "around 16 ms": (next) => 16e6 + 2e6 * (next() + next() + next() - 1.5),
  "two peaks far apart": (next) => next() < 0.97 ? 900 + 50 * next() : 4e10 * next(),
  "a few values only": (next) => 7 ** Math.floor(13 * next()),
  "always the same": () => 12_345_678,
};

function exactPercentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

function filled(durationsNs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const durationNs of durationsNs) histogram.record(durationNs);
  return histogram;
}

describe("Histogram", () => {
  for (const [name, shape] of Object.entries(SHAPES)) {
    it(`gives percentiles to 1/64 and the rest exactly: ${name}`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const next = random(seed);
        const durationsNs = Array.from({ length: 1 + Math.floor(3000 * next()) }, () => Math.round(shape(next)));
        const histogram = filled(durationsNs);
        const sorted = durationsNs.toSorted((a, b) => a - b);
        for (const percent of PERCENTS) {
          const exactNs = exactPercentile(sorted, percent);
          const error = Math.abs(histogram.percentileNs(percent) - exactNs) / Math.max(1, exactNs);
          assert.ok(
            error <= ERROR_MAX,
            `seed ${seed}, P${percent}: ${histogram.percentileNs(percent)}, not ${exactNs}`,
          );
        }
        const sumNs = durationsNs.reduce((sum, durationNs) => sum + durationNs, 0);
        assert.deepEqual(
          [histogram.count, histogram.meanNs, histogram.maxNs],
          [durationsNs.length, sumNs / durationsNs.length, sorted.at(-1)],
        );
      }
    });
  }

  it("puts every duration where its octave says, at all edges of octaves", () => {
    for (let bits = 0; bits < 37; bits++) {
      for (const durationNs of [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]) {
        if (durationNs >= 2 ** 37) continue;
        // Others below and above it keep the percentile from being drawn to the minimum or the maximum.
        const histogram = filled([0, durationNs, 2 ** 40]);
        const error = Math.abs(histogram.percentileNs(50) - durationNs) / Math.max(1, durationNs);
        assert.ok(error <= ERROR_MAX, `${durationNs} ns shows as ${histogram.percentileNs(50)}`);
        if (durationNs < 64) assert.equal(histogram.percentileNs(50), durationNs);
      }
    }
  });

  it("never gives a percentile that is below one of a smaller percentage, or outside of what was recorded", () => {
    const next = random(7);
    const histogram = filled(Array.from({ length: 500 }, () => 10 ** (11 * next())));
    const rising = Array.from({ length: 101 }, (_, percent) => histogram.percentileNs(percent));
    assert.deepEqual(rising, rising.toSorted((a, b) => a - b));
    assert.ok(rising[100] <= histogram.maxNs);
  });

  it("is the same in one piece and added up from parts that travelled as JSON, in any order", () => {
    const next = random(11);
    const durationsNs = Array.from({ length: 4000 }, () => 10 ** (11 * next()));
    const whole = filled(durationsNs.map(Math.round));
    const parts = [0, 1, 2, 3].map((part) => filled(durationsNs.filter((_, i) => i % 4 === part)));
    for (const order of [[0, 1, 2, 3], [3, 1, 0, 2]]) {
      const sum = new Histogram();
      for (const part of order) sum.add(JSON.parse(JSON.stringify(parts[part].state())));
      assert.deepEqual(sum.state(), whole.state());
    }
  });

  it("counts what is longer than its last bucket there, and keeps mean and maximum exact", () => {
    const histogram = filled([2 ** 37, 1e12, 3e12]);
    assert.equal(histogram.maxNs, 3e12);
    assert.equal(histogram.meanNs, (2 ** 37 + 4e12) / 3);
    assert.ok(histogram.percentileNs(50) >= 2 ** 37 * (1 - ERROR_MAX));
  });

  it("is zero everywhere while it is empty, also after adding an empty one", () => {
    const histogram = new Histogram();
    histogram.add(new Histogram().state());
    assert.deepEqual(histogram.state(), { count: 0, sumNs: 0, minNs: 0, maxNs: 0, buckets: [] });
    assert.deepEqual([histogram.meanNs, histogram.percentileNs(50), histogram.percentileNs(100)], [0, 0, 0]);
    histogram.record(5);
    assert.equal(histogram.percentileNs(0), 5);
  });

  it("refuses what is no duration, and adds nothing of a histogram with buckets it does not have", () => {
    const histogram = new Histogram();
    for (const durationNs of [-1, NaN, Infinity]) {
      assert.throws(
        () => histogram.record(durationNs),
        /^RangeError: Cannot record a duration of .*: 0 or more is right/,
      );
    }
    for (const index of [-1, 1056, 1.5, "x" as unknown as number]) {
      const state = { count: 2, sumNs: 2, minNs: 1, maxNs: 1, buckets: [[1, 1], [index, 1]] as const };
      assert.throws(() => histogram.add(state), /^RangeError: Cannot add a histogram with a bucket/);
    }
    assert.equal(histogram.count, 0);
    assert.deepEqual(histogram.state().buckets, []);
  });
});
