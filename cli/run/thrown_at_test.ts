import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { StreamError } from "@streamlib/core";
import { thrownAt } from "./thrown_at.ts";

function withStack(stack: string, cause?: unknown): Error {
  return Object.assign(new Error("x", cause === undefined ? undefined : { cause }), { stack });
}

describe("thrownAt()", () => {
  it("is the first frame in a file, as either runtime writes it", () => {
    const frames = [
      "    at f (file:///home/me/a%20b.ts:12:5)",
      "    at file:///home/me/a%20b.ts:12:5",
      "    at async f (/home/me/a b.ts:12:5)",
      "    at /home/me/a b.ts:12:5",
    ];
    for (const frame of frames) {
      const stack =
        `Error: x\n    at node:fs:3:1\n    at g (ext:core/a.js:1:2)\n${frame}\n    at g (file:///other.ts:1:1)`;
      assert.equal(thrownAt(withStack(stack)), "/home/me/a b.ts:12:5", frame);
    }
  });

  it("is that of the last cause", () => {
    const cause = withStack("Error: y\n    at f (file:///in.ts:2:3)");
    assert.equal(thrownAt(withStack("Error: x\n    at f (file:///out.ts:1:1)", cause)), "/in.ts:2:3");
  });

  it("is none of what streamlib or the system refuses, and of what has no stack", () => {
    assert.equal(thrownAt(new StreamError("option-invalid", "no")), undefined);
    assert.equal(thrownAt(Object.assign(new Error("no"), { code: "ENOENT" })), undefined);
    assert.equal(thrownAt(Object.assign(new Error("no"), { name: "MediaError" })), undefined);
    assert.equal(thrownAt(withStack("Error: x")), undefined);
    assert.equal(thrownAt("text"), undefined);
  });
});
