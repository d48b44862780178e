import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Header } from "../message/message.ts";
import { taiNowNs } from "../time/now.ts";
import {
  addedLatency,
  isTimingReads,
  LATENCY_BOUNDS_NS,
  type LatencyStats,
  onTimingReads,
  ReadLatency,
  timeReads,
} from "./read_latency.ts";

const REST = LATENCY_BOUNDS_NS.length;

function measured(...latenciesNs: number[]): LatencyStats {
  const latency = new ReadLatency();
  for (const latencyNs of latenciesNs) latency.add(latencyNs);
  return latency.stats();
}

/** The buckets that are not empty. */
function filled({ buckets }: LatencyStats): [number, number][] {
  return buckets.flatMap((count, index) => count > 0 ? [[index, count]] : []);
}

describe("ReadLatency", () => {
  it("has bounds that ascend", () => {
    assert.deepEqual(LATENCY_BOUNDS_NS, LATENCY_BOUNDS_NS.toSorted((a, b) => a - b));
    assert.equal(new Set(LATENCY_BOUNDS_NS).size, REST);
  });

  it("counts each bound in its own bucket, and what is above the last in one more", () => {
    LATENCY_BOUNDS_NS.forEach((boundNs, index) => {
      assert.deepEqual(filled(measured(boundNs)), [[index, 1]]);
      assert.deepEqual(filled(measured(boundNs + 1)), [[index + 1, 1]]);
    });
    assert.deepEqual(filled(measured(1e15)), [[REST, 1]]);
  });

  it("counts what is early as 0, and says so", () => {
    const { count, sumNs, early, ...rest } = measured(-5, 0, 3);
    assert.deepEqual({ count, sumNs, early }, { count: 3, sumNs: 3, early: 1 });
    assert.deepEqual(filled({ count, sumNs, early, ...rest }), [[0, 3]]);
  });

  it("measures from the source instant; from the item's where that is a position in a file", () => {
    const nowNs = taiNowNs();
    const cases: [sourceTimestampNs: bigint, timestampNs: bigint, leastNs: number][] = [
      [nowNs - 3_000_000_000n, nowNs, 3e9],
      [40_000_000n, nowNs - 2_000_000_000n, 2e9],
    ];
    for (const [sourceTimestampNs, timestampNs, leastNs] of cases) {
      const latency = new ReadLatency();
      latency.note({ sourceTimestampNs, timestampNs } as Header);
      const { sumNs } = latency.stats();
      assert.ok(sumNs >= leastNs && sumNs < leastNs + 1e12, String(sumNs));
    }
  });

  it("adds two lives up", () => {
    const both = addedLatency(measured(1, 2e6, -1), measured(2e6, 1e15));
    assert.deepEqual(both, measured(1, 2e6, -1, 2e6, 1e15));
  });
});

describe("timeReads", () => {
  it("is on until nobody asks any more, and tells when it changes", () => {
    const told: boolean[] = [];
    const unlisten = onTimingReads((isOn) => told.push(isOn));
    assert.equal(isTimingReads, false);
    const [first, second] = [timeReads(), timeReads()];
    assert.equal(isTimingReads, true);
    first();
    first();
    assert.equal(isTimingReads, true);
    second();
    assert.equal(isTimingReads, false);
    assert.deepEqual(told, [true, false]);
    unlisten();
    timeReads()();
    assert.equal(told.length, 2);
  });
});
