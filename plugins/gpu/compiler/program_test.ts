/** What a program sees of the compilers besides their answers: nothing. */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { runProgram } from "../testing/run_program.ts";

const SLOW = { timeout: 60_000 };

describe("a program that compiles", SLOW, () => {
  it("ends by itself, prints nothing, keeps no listener, and loads nothing before it compiles", SLOW, async () => {
    const { code, out, errors } = await runProgram("quiet_program.ts");
    assert.deepEqual([code, errors], [0, ""]);
    assert.deepEqual(JSON.parse(out), {
      loadedByImport: 0,
      loaded: 2,
      listeners: 0,
      main: ["main", "broken"],
      worker: ["main", "broken"],
      others: ["main", "broken"],
    });
  });

  it("is told when WGSL's compiler broke down, and goes on in other threads", SLOW, async () => {
    const { code, out, errors } = await runProgram("broken_program.ts");
    assert.deepEqual([code, errors], [0, ""]);
    const [deep, next, elsewhere] = JSON.parse(out) as string[];
    assert.match(deep, /^shader-invalid .*\nx: error: the compiler broke down over this shader/);
    assert.match(next, /^resource Cannot compile shader "x": .* broke down over an earlier shader/);
    assert.equal(elsewhere, "main");
  });
});
