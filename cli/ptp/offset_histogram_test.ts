import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { histogramOf, LOOK } from "../testdata/ptp_looks.ts";
import { histogramLines, offsetClasses } from "./offset_histogram.ts";

describe("histogramLines()", () => {
  it("draws offsets behind on the left and ahead on the right, with a scale, and counts what lies outside", () => {
    assert.deepEqual(histogramLines(LOOK.histogram!), EXPECTED);
  });

  it("shows the smallest count, and takes a scale as narrow as 64 ns", () => {
    const lines = histogramLines(histogramOf([[-1, 1], [0, 1000], [63, 2]]));
    assert.equal(lines.length, 6);
    assert.equal(lines[4], `${" ".repeat(28)}▁▁▁▁████${" ".repeat(24)}▁▁▁▁`);
    assert.match(lines[5], /^-64 ns .* 0 .* \+64 ns$/);
  });

  it("puts every class into one column, whatever the scale", () => {
    for (let edge = 64; edge <= 2 ** 30; edge *= 2) {
      const offsets = Array.from({ length: 16 }, (_, i) => [(i - 8) * edge / 8 + edge / 16, 5] as const);
      const bottom = histogramLines(histogramOf(offsets))[4];
      assert.equal(bottom, "█".repeat(64), String(edge));
    }
  });

  it("draws nothing without offsets", () => {
    assert.deepEqual(histogramLines(histogramOf([])), []);
  });
});

describe("offsetClasses()", () => {
  it("lists what there is from far behind to far ahead", () => {
    assert.deepEqual(offsetClasses(histogramOf([[-9, 2], [0, 1], [1000, 3]])), [
      { fromNs: -9, toNs: -8, count: 2 },
      { fromNs: 0, toNs: 0, count: 1 },
      { fromNs: 896, toNs: 1023, count: 3 },
    ]);
  });
});

const EXPECTED: readonly string[] = [
  "                            ▅▅▅▅████",
  "                            ████████",
  "                    ▅▅▅▅    ████████    ▄▄▄▄",
  "            ▁▁▁▁    ████    ████████    ████    ▁▁▁▁",
  "            ████    ████    ████████    ████    ████",
  "-512 ns      -256 ns            0            +256 ns     +512 ns",
  "outside: 3 behind, 5 ahead",
];
