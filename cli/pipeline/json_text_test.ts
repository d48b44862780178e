import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { readJson } from "./json_text.ts";

const WHOLE = ` {"a":[1,-2.5e3,true,null,"x\\u00e9\\n"],"__proto__":{"b":{}},"":[]} `;

describe("readJson()", () => {
  it("gives what JSON.parse gives, and where each value stands", () => {
    const read = readJson(WHOLE);
    assert.ok("node" in read);
    assert.deepEqual(read.node.value, JSON.parse(WHOLE));
    assert.equal(read.end, WHOLE.length - 1);
    const [first] = read.node.members!;
    assert.equal(WHOLE.slice(first.keySpan.from, first.keySpan.to), '"a"');
    assert.equal(WHOLE.slice(first.node.span.from, first.node.span.to), `[1,-2.5e3,true,null,"x\\u00e9\\n"]`);
    const item = first.node.items![1];
    assert.equal(WHOLE.slice(item.span.from, item.span.to), "-2.5e3");
  });

  it("says what is wrong and where", () => {
    const cases: [string, number, RegExp][] = [
      ["", 0, /ends too early/],
      ["{a:1}", 1, /key in double quotes/],
      ['{"a" 1}', 5, /":" is missing/],
      ['{"a":1 "b":2}', 7, /"," or "}" is missing/],
      ['{"a":1,"a":2}', 7, /"a" is there twice/],
      ["[1 2]", 3, /"," or "]" is missing/],
      ["[1,]", 3, /value is missing/],
      ["[abc]", 1, /write "abc" in double quotes/],
      ['["a', 1, /does not end/],
      ['["\\q"]', 1, /does not allow/],
      ["[".repeat(100), 65, /More than 64 brackets/],
    ];
    for (const [source, at, message] of cases) {
      const read = readJson(source);
      assert.ok("message" in read, source);
      assert.match(read.message, message);
      assert.equal(read.at, at, source);
    }
  });

  it("agrees with JSON.parse on every text that lacks or changes a letter", () => {
    for (let at = 0; at < WHOLE.length; at++) {
      for (const letter of ["", "x", '"', "}", ",", "0"]) {
        const source = WHOLE.slice(0, at) + letter + WHOLE.slice(at + 1);
        const read = readJson(source);
        const isWhole = "node" in read && source.slice(read.end).trim() === "";
        let expected: unknown;
        try {
          expected = JSON.parse(source);
        } catch {
          assert.equal(isWhole, false, source);
          continue;
        }
        // JSON.parse takes the last of two members of one name.
        if (isWhole) assert.deepEqual(read.node.value, expected);
        else assert.match("message" in read ? read.message : "", /twice/, source);
      }
    }
  });
});
