import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { excerptOf } from "./step_output.ts";

const passes = (count: number) => Array.from({ length: count }, (_, at) => `(pass) one > ${at} [1ms]`);

describe("excerptOf", () => {
  it("shows what Bun wrote before a failure, and not what passed", () => {
    const thrown = ["error: expected 2", "  at core/a_test.ts:3", "(fail) two > adds [1ms]"];
    const shown = excerptOf([...passes(100), ...thrown, ...passes(100)]);
    assert.deepEqual(shown, ["…", ...thrown, "…", ...passes(100).slice(60)]);
  });

  it("shows Deno's list of errors to the end", () => {
    const errors = [
      " ERRORS ",
      "",
      "two ... adds => ./core/a_test.ts:3:1",
      "error: expected 2",
      "",
      "FAILED | 9 passed",
    ];
    assert.deepEqual(excerptOf([...passes(100), ...errors]).slice(-6), errors);
    const long = [...errors, ...passes(1000)];
    assert.deepEqual(excerptOf(long).slice(0, 6), errors);
  });

  it("shows the end of what was killed", () => {
    assert.deepEqual(excerptOf(passes(100)), ["…", ...passes(100).slice(60)]);
    assert.deepEqual(excerptOf(["one"]), ["one"]);
    assert.deepEqual(excerptOf([]), []);
  });
});
