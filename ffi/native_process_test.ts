import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { load } from "./mod.ts";
import { Child, runtimeNames } from "./testing/child.ts";

const native = load();

/** The scheduler of the calling thread as the kernel numbers it: 0 normal, 1 FIFO. */
function policy(): number {
  return Number(readFileSync("/proc/thread-self/stat", "utf8").split(") ").at(-1)!.split(" ")[38]);
}

function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  try {
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return false; // It has ended meanwhile.
  }
}

describe("Native.setRealTime()", () => {
  it("says whether the thread has it now, and setNormal() takes it back", () => {
    const permitted = native.setRealTime(1);
    assert.equal(policy(), permitted ? 1 : 0);
    native.setNormal();
    assert.equal(policy(), 0);
  });

  it("refuses priorities that do not exist", () => {
    assert.throws(() => native.setRealTime(0), { name: "NativeError", code: "out_of_range" });
    assert.throws(() => native.setRealTime(100), { code: "out_of_range" });
    assert.throws(() => native.setRealTime(-1), RangeError);
  });
});

describe("Native.exitWithParent()", () => {
  for (const runtime of runtimeNames) {
    it(`ends a stuck child on ${runtime} when its parent was killed`, { timeout: 60000 }, async () => {
      const parent = new Child(runtime, "./orphan_program.ts", ["parent"]);
      const pid = Number((await parent.line("child ")).split(" ")[1]);
      assert.ok(isAlive(pid));
      await parent.kill();
      while (isAlive(pid)) await setTimeout(5);
    });
  }

  it("ends a child whose parent died before it asked", { timeout: 60000 }, async () => {
    const child = new Child(runtimeNames[0], "./orphan_program.ts", ["child", "1"]);
    await child.ended();
    assert.equal(child.process.signalCode, "SIGKILL");
  });

  it("goes on when the worker that asked has ended, with all that it had open", { timeout: 60000 }, async () => {
    for (const runtime of runtimeNames) {
      const parent = new Child(runtime, "./orphan_program.ts", ["worker"]);
      await parent.ended();
      assert.deepEqual([parent.process.exitCode, parent.process.signalCode], [0, null], runtime);
      assert.deepEqual(parent.lines, ["alive"]);
    }
  });

  it("refuses a pid that no process has", () => {
    assert.throws(() => native.exitWithParent(0), { code: "out_of_range" });
    assert.throws(() => native.exitWithParent(2 ** 31), { code: "out_of_range" });
    assert.equal(typeof process.ppid, "number");
  });
});
