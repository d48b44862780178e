import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ageText, countText, nsText, rateText, signedNsText } from "./quantity.ts";

describe("quantities as text", () => {
  it("gives times three digits and a fitting unit, also where rounding reaches the next one", () => {
    const texts: readonly (readonly [number, string])[] = [
      [0, "0 ns"],
      [-0.4, "0 ns"],
      [1, "1 ns"],
      [-447.2, "-447 ns"],
      [999.4, "999 ns"],
      [999.6, "1.00 µs"],
      [1420, "1.42 µs"],
      [12_345, "12.3 µs"],
      [-123_456, "-123 µs"],
      [9_996, "10.0 µs"],
      [999_400, "999 µs"],
      [999_600, "1.00 ms"],
      [37e9, "37.0 s"],
      [3.6e12, "3600 s"],
    ];
    for (const [ns, text] of texts) assert.equal(nsText(ns), text, String(ns));
  });

  it("puts a sign before what is above 0, too", () => {
    assert.deepEqual([120, -120, 0, 0.2].map(signedNsText), ["+120 ns", "-120 ns", "0 ns", "0 ns"]);
  });

  it("tells rates in ppb up to a thousand, then in ppm", () => {
    assert.deepEqual([0.2, 350, -999, 12_345.6, -50_000].map(rateText), [
      "0 ppb",
      "+350 ppb",
      "-999 ppb",
      "+12.346 ppm",
      "-50.000 ppm",
    ]);
  });

  it("tells ages in seconds, minutes and hours", () => {
    const ages = [-5n, 80_000_000n, 12_000_000_000n, 130_000_000_000n, 8_000_000_000_000n].map(ageText);
    assert.deepEqual(ages, ["0.0 s", "0.1 s", "12 s", "2 min", "2 h"]);
  });

  it("counts one thing and several", () => {
    assert.deepEqual([countText(1, "step"), countText(0, "step")], ["1 step", "0 steps"]);
  });
});
