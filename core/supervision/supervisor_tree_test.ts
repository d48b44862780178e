import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { isStreamError, StreamError } from "../errors.ts";
import { FakeChild, listen, ManualTimers, settle } from "../testdata/supervised.ts";
import { Supervisor } from "./supervisor.ts";
import type { SupervisorOptions } from "./supervisor_options.ts";

describe("Supervisor under a supervisor", () => {
  /** `top` supervises `x`, then the group of `low` (a, b), then `y`. */
  function tree(top: SupervisorOptions, low: SupervisorOptions) {
    const timers = new ManualTimers();
    const log: string[] = [];
    const above = new Supervisor({ ...top, timers });
    listen(above, log, "top: ");
    const x = new FakeChild("x", log, timers);
    above["~adopt"](x);
    const below = new Supervisor({ ...low, timers, parent: above });
    listen(below, log);
    const a = new FakeChild("a", log, timers);
    const b = new FakeChild("b", log, timers);
    below["~adopt"](a);
    below["~adopt"](b);
    const y = new FakeChild("y", log, timers);
    above["~adopt"](y);
    return { timers, log, above, below, x, a, b, y, take: () => log.splice(0) };
  }

  it("suspends its group when it gives up, and the one above restarts it with its restarts forgotten", async () => {
    const { timers, below, a, take } = tree({}, { maxRestarts: 1 });
    below["~failed"](a, new Error("one"));
    await timers.advance(100);
    take();
    below["~failed"](a, new Error("two"));
    await timers.advance(99);
    assert.deepEqual(take(), [
      "failed a #1",
      "gave-up a #1",
      "suspend b",
      "suspended b",
      "escalated a #1",
      "top: failed group #0",
      "top: restarting group #1 in 100",
    ]);
    await timers.advance(1);
    assert.deepEqual(take(), [
      "resume a",
      "resumed a",
      "restarted a #0",
      "resume b",
      "resumed b",
      "top: restarted group #1",
    ]);
    below["~failed"](a, new Error("three"));
    await timers.advance(100);
    assert.deepEqual(take(), ["failed a #0", "restarting a #1 in 100", "resume a", "resumed a", "restarted a #1"]);
  });

  it("tells of a restart when all who belong to it run, if they restart together", async () => {
    const { timers, below, a, take } = tree({}, { strategy: "one-for-all", maxRestarts: 0 });
    below["~failed"](a, new Error("one"));
    await timers.advance(100);
    assert.deepEqual(take().slice(-6), [
      "resume a",
      "resumed a",
      "resume b",
      "resumed b",
      "restarted a #0",
      "top: restarted group #1",
    ]);
  });

  it("can be stopped while the one above decides: its group ends for good", async () => {
    const { timers, above, below, a, b, take } = tree({}, { maxRestarts: 0 });
    below["~failed"](a, new Error("one"));
    await timers.advance(50);
    await below.stop();
    await timers.advance(1000);
    assert.deepEqual([a.abandonedWith?.message, b.abandonedWith instanceof StreamError], ["one", true]);
    assert.deepEqual(above.children, ["x", "y"]);
    assert.deepEqual(take().filter((line) => line.startsWith("resume")), []);
  });

  it("does not escalate if the one above suspends it while it gives up", async () => {
    const { timers, above, below, x, a, b, take } = tree({ strategy: "one-for-all" }, { maxRestarts: 0 });
    b.suspendMs = 200;
    below["~failed"](a, new Error("low"));
    await timers.advance(50);
    above["~failed"](x, new Error("high"));
    await timers.advance(1000);
    const lines = take();
    assert.deepEqual(lines.filter((line) => /escalated|top: /.test(line)), [
      "top: failed x #0",
      "top: restarting x #1 in 100",
      "top: restarted x #1",
    ]);
    assert.equal(lines.filter((line) => line === "resume a").length, 1);
  });

  it("restarts with its siblings, in the order of adoption", async () => {
    const { timers, above, x, take } = tree({ strategy: "one-for-all" }, {});
    above["~failed"](x, new Error("boom"));
    await timers.advance(100);
    assert.deepEqual(take().slice(2), [
      "suspend y",
      "suspended y",
      "suspend b",
      "suspended b",
      "suspend a",
      "suspended a",
      "resume x",
      "resumed x",
      "resume a",
      "resumed a",
      "resume b",
      "resumed b",
      "resume y",
      "resumed y",
      "top: restarted x #1",
    ]);
  });

  it("calls its own restart off when the one above suspends it", async () => {
    const { timers, above, below, x, a, take } = tree({ strategy: "one-for-all", backoff: { firstMs: 500 } }, {});
    below["~failed"](a, new Error("low"));
    await timers.advance(50);
    above["~failed"](x, new Error("high"));
    await timers.advance(200);
    assert.deepEqual(take().filter((line) => line.startsWith("resume ")), []);
    assert.equal(timers.pending, 1, "only the wait of the one above");
    await timers.advance(300);
    assert.deepEqual(take().filter((line) => line.startsWith("re")), [
      "resume x",
      "resumed x",
      "resume a",
      "resumed a",
      "restarted a #0",
      "resume b",
      "resumed b",
      "resume y",
      "resumed y",
    ]);
  });

  it("goes down again if one of its group cannot start, and the one above tries again", async () => {
    const { timers, below, a, b, take } = tree({}, { maxRestarts: 0 });
    b.starts = [new Error("no sound"), "well"];
    below["~failed"](a, new Error("boom"));
    await timers.advance(100);
    assert.deepEqual(take().slice(-9), [
      "resume a",
      "resumed a",
      "restarted a #0",
      "resume b",
      "failed b #0",
      "suspend a",
      "suspended a",
      "top: failed group #1",
      "top: restarting group #2 in 200",
    ]);
    await timers.advance(200);
    assert.deepEqual(take(), [
      "resume a",
      "resumed a",
      "resume b",
      "resumed b",
      "restarted b #0",
      "top: restarted group #2",
    ]);
  });

  it("ends for good with the one above, last first, through both levels", async () => {
    const { timers, above, below, x, a, b, y, take } = tree({ maxRestarts: 1 }, { maxRestarts: 0 });
    below["~failed"](a, new Error("first"));
    await timers.advance(100);
    take();
    below["~failed"](b, new Error("second"));
    await timers.advance(100);
    assert.deepEqual(take(), [
      "failed b #0",
      "gave-up b #0",
      "suspend a",
      "suspended a",
      "escalated b #0",
      "top: failed group #1",
      "top: gave-up group #1",
      "abandon y",
      "abandon b",
      "abandon a",
      "abandon x",
    ]);
    for (const child of [x, a, b, y]) {
      const error = child.abandonedWith;
      assert.ok(isStreamError(error) && error.code === "supervisor-gave-up");
      assert.ok(error.message.startsWith(`Cannot restart ${below.label}: ${above.label} has made 1 restart within`));
      assert.ok(error.message.endsWith("mend what failed last: second"));
      assert.equal(((error.cause as Error).cause as Error).message, "second");
    }
    throwsCode(() => below["~adopt"](x), "option-invalid", /it has given up/);
  });

  it("restarts what has failed again before the whole group ran, by its own rules", async () => {
    const { timers, below, a, b, log, take } = tree({}, { maxRestarts: 1 });
    below["~failed"](a, new Error("one"));
    await timers.advance(100);
    below["~failed"](a, new Error("two"));
    await settle();
    b.resume = () => {
      log.push("resume b");
      below["~failed"](a, new Error("three"));
      return Promise.resolve();
    };
    take();
    await timers.advance(100);
    assert.deepEqual(take(), [
      "resume a",
      "resumed a",
      "restarted a #0",
      "resume b",
      "failed a #0",
      "restarting a #1 in 100",
      "top: restarted group #1",
    ]);
    await timers.advance(100);
    assert.deepEqual(take(), ["resume a", "resumed a", "restarted a #1"]);
  });

  it("skips one that is forgotten before its turn", async () => {
    const { timers, below, a, b, take } = tree({}, { maxRestarts: 0 });
    const start = Promise.withResolvers<void>();
    a.resume = () => start.promise;
    below["~failed"](a, new Error("boom"));
    await timers.advance(100);
    below["~forget"](b);
    take();
    start.resolve();
    await settle();
    assert.deepEqual(take(), ["restarted a #0", "top: restarted group #1"]);
  });

  it("leaves the one above when it is stopped", async () => {
    const { above, below } = tree({}, {});
    assert.deepEqual(above.children, ["x", below.label, "y"]);
    await below.stop();
    assert.deepEqual(above.children, ["x", "y"]);
  });
});
