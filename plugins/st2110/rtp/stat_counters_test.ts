import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { StatCounters } from "./stat_counters.ts";

describe("StatCounters", () => {
  function counters(): { counted: [string, number][]; stats: StatCounters } {
    const counted: [string, number][] = [];
    const stats = new StatCounters(
      { packets: "packets", lost: "packetsLost" },
      (name, by) => void counted.push([name, by]),
    );
    return { counted, stats };
  }

  it("counts what totals have grown by, under the actor's names", () => {
    const { counted, stats } = counters();
    stats.update({ packets: 10, lost: 0, octets: 999 });
    stats.update({ packets: 10, lost: 2 });
    stats.update({ packets: 15, lost: 2 });
    stats.update({ packets: 15, lost: 2 });
    assert.deepEqual(counted, [["packets", 10], ["packetsLost", 2], ["packets", 5]]);
  });

  it("takes bigints, and totals that a stream does not have", () => {
    const { counted, stats } = counters();
    stats.update({ packets: 3n });
    stats.update({ packets: 5n, lost: 1n });
    assert.deepEqual(counted, [["packets", 3], ["packets", 2], ["packetsLost", 1]]);
  });

  it("counts from 0 again for another stream", () => {
    const { counted, stats } = counters();
    stats.update({ packets: 10 });
    stats.restart();
    stats.update({ packets: 4 });
    assert.deepEqual(counted, [["packets", 10], ["packets", 4]]);
  });
});
