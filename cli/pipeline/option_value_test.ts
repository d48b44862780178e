import type { JsonSchema } from "@streamlib/core";
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { valueOf } from "./option_value.ts";
import { durationMs, numberOf } from "./units.ts";

const NUMBER = { type: "number" };
const RATE = { anyOf: [NUMBER, { type: "object", properties: { num: {}, den: {} } }] };

function read(text: string, schema: JsonSchema, name = "x", isQuoted = false): unknown {
  const result = valueOf(text, isQuoted, name, schema, schema);
  return "value" in result ? result.value : `! ${result.problem}`;
}

describe("valueOf()", () => {
  it("reads a text as the schema says", () => {
    assert.equal(read("60", NUMBER), 60);
    assert.equal(read("60", { type: "string" }), "60");
    assert.equal(read("60", {}), 60);
    assert.equal(read("8M", {}), "8M");
    assert.equal(read("60", {}, "x", true), "60");
    assert.equal(read("Yes", { type: "boolean" }), true);
    assert.equal(read("off", { type: ["boolean", "null"] }), false);
    assert.equal(read("SMPTE", { type: "string", enum: ["smpte", "grey"] }), "smpte");
    assert.equal(read("8", { type: "number", enum: [4, 8] }), 8);
    assert.equal(read("4", { const: 4 }), 4);
    assert.deepEqual(read("30000/1001", RATE), { num: 30000, den: 1001 });
    assert.equal(read("29.97", RATE), 29.97);
    assert.equal(read("5", { anyOf: [{ type: "string" }, NUMBER] }), 5);
    assert.equal(read("5", { anyOf: [{ type: "string" }, NUMBER] }, "x", true), "5");
    assert.equal(read("60", NUMBER, "x", true), 60, "quotes around a number do not matter where no text is taken");
    assert.equal(read("a", { $ref: "#/$defs/t", $defs: { t: { type: "string" } } }), "a");
  });

  it("says what would be right", () => {
    assert.match(String(read("fast", RATE, "fps")), /^! "fast" is no number, alone or with fps or Hz, or a fraction/);
    assert.match(
      String(read("40kg", NUMBER, "delayNs")),
      /"40kg" is no number, alone or with ns, us, µs, ms, s or min$/,
    );
    assert.match(String(read("grei", { enum: ["grey", "smpte"] })), /none of grey, smpte; did you mean grey\?/);
    assert.match(String(read("maybe", { type: "boolean" })), /neither true nor false/);
    assert.match(String(read("x", { type: "array", items: NUMBER })), /no JSON: list of number is right/);
  });
});

describe("numberOf()", () => {
  it("takes the unit that the option's name ends in, and others of the same quantity", () => {
    const cases: [string, string, number | undefined][] = [
      ["40ms", "delayNs", 40_000_000],
      ["0.1s", "delayNs", 100_000_000],
      ["2s", "timeLimitMs", 2000],
      ["1.5kHz", "frequencyHz", 1500],
      ["48k", "sampleRateHz", 48_000],
      ["8M", "videoBitrate", 8_000_000],
      ["2mbps", "audioBitrate", 2_000_000],
      ["64KiB", "sendBufferBytes", 65_536],
      ["-20dBFS", "levelDbfs", -20],
      ["-20", "levelDbfs", -20],
      ["90deg", "phaseDegrees", 90],
      ["1e3", "count", 1000],
      [".5", "opacity", 0.5],
      ["2k", "count", 2000],
      ["2", "anything", 2],
      ["40kg", "delayNs", undefined],
      ["ms", "delayNs", undefined],
      ["1.2.3", "count", undefined],
      ["1e999", "count", undefined],
      ["", "count", undefined],
    ];
    for (const [text, name, value] of cases) assert.equal(numberOf(text, name), value, `${name}=${text}`);
  });
});

describe("durationMs()", () => {
  it("is in seconds unless it says otherwise", () => {
    assert.equal(durationMs("10"), 10_000);
    assert.equal(durationMs("500ms"), 500);
    assert.equal(durationMs("2min"), 120_000);
    for (const text of ["0", "-1s", "soon", "10 s"]) assert.equal(durationMs(text), undefined);
  });
});
