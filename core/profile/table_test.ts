import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { ProfileRow } from "./profiler.ts";
import { formatDuration, formatTable } from "./table.ts";

function row(place: string, actor: string, span: string): ProfileRow {
  return {
    place,
    actor,
    span,
    count: 1000,
    meanNs: 16.2e6,
    p50Ns: 16.1e6,
    p95Ns: 17.5e6,
    p99Ns: 850,
    maxNs: 1.5e9,
  };
}

describe("formatTable", () => {
  it("has the columns of the seeds, and each duration in the unit that fits it", () => {
    assert.deepEqual(formatTable([row("main", "", "frame.total"), row("main", 'Invert "i"', "process")]).split("\n"), [
      "=== Profiling Results ===",
      "",
      "Operation                    Count     Mean      P50      P95      P99      Max",
      "-------------------------------------------------------------------------------",
      "frame.total                   1000   16.2ms   16.1ms   17.5ms    850ns    1.50s",
      'Invert "i" process            1000   16.2ms   16.1ms   17.5ms    850ns    1.50s',
    ]);
  });

  it("names the places when there are several, and makes room for long names", () => {
    const long = 'Compositor "programme-out" process';
    const lines = formatTable([
      row("main", "", "decode"),
      row("thread 1", 'Compositor "programme-out"', "commit"),
      row("thread 1", 'Compositor "programme-out"', "process"),
    ]).split("\n").slice(2);
    assert.deepEqual(lines.map((line) => line.slice(0, long.length + 2)), [
      "Operation".padEnd(long.length + 2),
      "-".repeat(long.length + 2),
      "main",
      "  decode".padEnd(long.length + 2),
      "thread 1",
      '  Compositor "programme-out" commit '.padEnd(long.length + 2),
      `  ${long}`,
    ]);
    assert.equal(new Set([0, 1, 3, 5, 6].map((i) => lines[i].length)).size, 1);
  });
});

describe("formatDuration", () => {
  it("shows three digits and never a thousand of a unit that has a larger one", () => {
    const shown: [number, string][] = [
      [0, "0ns"],
      [1.4, "1ns"],
      [999.4, "999ns"],
      [999.5, "1.00us"],
      [1000, "1.00us"],
      [9_994, "9.99us"],
      [9_996, "10.0us"],
      [99_940, "99.9us"],
      [99_960, "100us"],
      [999_400, "999us"],
      [999_600, "1.00ms"],
      [16_200_000, "16.2ms"],
      [999_600_000, "1.00s"],
      [137e9, "137s"],
      [2_000e9, "2000s"],
    ];
    for (const [durationNs, text] of shown) assert.equal(formatDuration(durationNs), text);
  });
});
