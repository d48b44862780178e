import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { decode, encode, LINE_CHARACTERS_MAX } from "./codec.ts";
import { LineReader } from "./line_reader.ts";

describe("encode() and decode()", () => {
  it("give back what is plain", () => {
    const values = [
      null,
      undefined,
      true,
      1.5,
      -0,
      NaN,
      -Infinity,
      "a\nb",
      12345678901234567890n,
      [1, [2, undefined]],
      { a: { b: [1n] }, c: undefined },
      new Date(5),
      new Map<unknown, unknown>([["a", 1n], [2, new Set(["x"])]]),
      new Uint8Array([1, 2, 255]),
      new Float64Array([1.5, NaN]),
      new BigInt64Array([-1n]),
    ];
    for (const value of values) assert.deepEqual(decode(encode(value)), value);
    assert.ok(!encode({ text: "a\nb" }).includes("\n"));
    assert.deepEqual(decode(encode(Buffer.from([7]))), new Uint8Array([7]));
  });

  it("refuse what is not, and what is too much", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const refused: [unknown, RegExp][] = [
      [() => {}, /a function cannot be cloned/],
      [Symbol("a"), /a symbol cannot be cloned/],
      [new URL("http://a"), /a URL cannot be cloned/],
      [new Uint8Array(new SharedArrayBuffer(1)), /memory that is shared/],
      [new DataView(new ArrayBuffer(1)), /a DataView cannot be cloned/],
      [circle, /contains itself/],
      [{ $: 1 }, /may not have the key "\$"/],
      [JSON.parse('{"__proto__":1}'), /may not have the key "__proto__"/],
      ["x".repeat(LINE_CHARACTERS_MAX), /characters long/],
    ];
    for (const [value, message] of refused) assert.throws(() => encode(value), message);
  });

  it("decode() makes nothing but data of hostile lines", () => {
    const lines = [
      '{"__proto__":{"polluted":1}}',
      '{"a":[{"constructor":{"prototype":{"polluted":1}}}]}',
      '{"$":["n","1e999999999"]}',
      '{"$":["b",99,""]}',
      '{"$":["b","constructor",""]}',
      '{"$":["b",8,"AQ=="]}',
      '{"$":["m",[1]]}',
      '{"$":["q"]}',
      '{"$":1}',
      "{",
      "[".repeat(400) + "]".repeat(400),
      "[".repeat(200_000),
    ];
    for (const line of lines) assert.throws(() => decode(line), line.slice(0, 40));
    assert.equal((({}) as { polluted?: number }).polluted, undefined);
  });
});

describe("LineReader", () => {
  it("cuts lines wherever the bytes were cut, and forgets those that are too long", () => {
    const seen: string[] = [];
    const reader = new LineReader(8, (line) => seen.push(line), () => seen.push("(too long)"));
    for (const byte of Buffer.from("eins\nzwöi\n")) reader.add(Buffer.from([byte]));
    reader.add(Buffer.from("a\nb\n\nabcdefghi"));
    reader.add(Buffer.from("\nc\n"));
    assert.deepEqual(seen, ["eins", "zwöi", "a", "b", "", "(too long)", "", "c"]);
  });
});
