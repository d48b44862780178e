import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { isStreamError } from "../errors.ts";
import { FakeChild, printedBy, settle, stage } from "../testdata/supervised.ts";
import { Supervisor } from "./supervisor.ts";

describe("Supervisor limit", () => {
  it("abandons all, last first, when there are more restarts than allowed, and says so", async () => {
    const { timers, supervisor, children, take, fail } = stage("abc", { maxRestarts: 2 });
    for (let i = 0; i < 2; i++) {
      fail("b", `boom ${i}`);
      await timers.advance(1000);
    }
    take();
    fail("b", "the last straw");
    await settle();
    assert.deepEqual(take(), ["failed b #2", "gave-up b #2", "abandon c", "abandon b", "abandon a"]);
    const error = children.a.abandonedWith;
    assert.ok(isStreamError(error));
    assert.equal(error.code, "supervisor-gave-up");
    // 2000 ms have gone by, 300 of which were waits.
    const message = `Cannot restart b: ${supervisor.label} has made 2 restarts within 1700 ms, waits not counted, ` +
      "and may make 2 within 5000 ms; mend what failed last: the last straw";
    assert.equal(error.message, message);
    assert.equal((error.cause as Error).message, "the last straw");
    assert.equal(children.c.abandonedWith, error);
    assert.deepEqual(supervisor.children, []);
  });

  it("restarts nothing if no restart is allowed", async () => {
    const { children, take, fail } = stage("a", { maxRestarts: 0 });
    fail("a");
    await settle();
    assert.deepEqual(take(), ["failed a #0", "gave-up a #0", "abandon a"]);
    assert.match(
      children.a.abandonedWith!.message,
      /has made 0 restarts within 0 ms, waits not counted, and may make 0 within 5000 ms/,
    );
  });

  it("counts starts that fail: a loop ends at the limit", async () => {
    const { timers, children, take, fail } = stage("a");
    children.a.starts = [new Error("no camera")];
    fail("a");
    await timers.advance(60_000);
    assert.deepEqual(take(), [
      "failed a #0",
      "restarting a #1 in 100",
      "resume a",
      "failed a #1",
      "restarting a #2 in 200",
      "resume a",
      "failed a #2",
      "restarting a #3 in 400",
      "resume a",
      "failed a #3",
      "gave-up a #3",
      "abandon a",
    ]);
    const message = /has made 3 restarts within 0 ms, .* may make 3 within 5000 ms; mend what failed last: no camera$/;
    assert.match(children.a.abandonedWith!.message, message);
  });

  it("ends a loop also in groups that restart together", async () => {
    for (const strategy of ["one-for-all", "rest-for-one"] as const) {
      const { timers, children, take, fail } = stage("abc", { strategy, maxRestarts: 2 });
      children.b.starts = [new Error("no camera")];
      fail("a");
      await timers.advance(60_000);
      const lines = take();
      assert.equal(lines.filter((line) => line === "resume b").length, 2);
      assert.equal(lines.filter((line) => line === "resume c").length, 0);
      assert.deepEqual(lines.slice(-4), ["gave-up b #2", "abandon c", "abandon b", "abandon a"]);
    }
  });

  it("is reached also if the waits are longer than the window", async () => {
    const backoff = { firstMs: 10_000, maxMs: 10_000 };
    const { timers, children, take, fail } = stage("a", { withinMs: 1000, backoff });
    children.a.starts = [new Error("no camera")];
    fail("a");
    await timers.advance(60_000);
    assert.deepEqual(take().slice(-2), ["gave-up a #3", "abandon a"]);
  });

  it("is never reached by failures that are far apart, and the wait is then the first one again", async () => {
    const { timers, take, fail } = stage("a", { maxRestarts: 1, withinMs: 1000 });
    for (let i = 0; i < 20; i++) {
      fail("a");
      await timers.advance(100);
      assert.deepEqual(take().filter((line) => line.startsWith("restart")), [
        "restarting a #1 in 100",
        "restarted a #1",
      ]);
      await timers.advance(1001);
    }
  });

  it("does not take a long start for a time in which all was well", async () => {
    const { timers, children, take, fail } = stage("a", { withinMs: 1000 });
    const start = Promise.withResolvers<void>();
    children.a.resume = () => start.promise;
    fail("a");
    await timers.advance(2000);
    start.resolve();
    await timers.advance(500);
    take();
    fail("a");
    await settle();
    assert.deepEqual(take(), ["failed a #1", "restarting a #2 in 200"]);
  });

  it("remembers the failure of one that has ended since", async () => {
    const { timers, supervisor, children, take, fail } = stage("ab", { withinMs: 1000 });
    await timers.advance(5000);
    fail("a");
    await timers.advance(50);
    supervisor["~forget"](children.a);
    await timers.advance(500);
    take();
    fail("b");
    await settle();
    assert.deepEqual(take(), ["failed b #1", "restarting b #2 in 200"]);
  });

  it("keeps the wait growing while failures are close", async () => {
    const { timers, take, fail } = stage("a", { maxRestarts: 10, withinMs: 1000 });
    const waits: string[] = [];
    for (let i = 0; i < 4; i++) {
      fail("a");
      await timers.advance(800);
      waits.push(...take().filter((line) => line.startsWith("restarting")));
      // The last wait is as long as all of it.
      await timers.advance(i === 2 ? 700 : 0);
    }
    assert.deepEqual(waits, [
      "restarting a #1 in 100",
      "restarting a #2 in 200",
      "restarting a #3 in 400",
      "restarting a #1 in 100",
    ]);
  });

  it("prints one line if nobody is above it and nobody listens", async () => {
    const quiet = stage("a", { maxRestarts: 0 }, false);
    const printed = await printedBy(async () => {
      quiet.fail("a");
      await settle();
    });
    assert.equal(printed.length, 1);
    assert.match(printed[0], /^streamlib: Cannot restart a: Supervisor "supervisor-\d+" has made 0 restarts/);
    const heard = stage("a", { maxRestarts: 0 });
    assert.deepEqual(
      await printedBy(async () => {
        heard.fail("a");
        await settle();
      }),
      [],
    );
  });

  it("leaves alone one that ends while the others are abandoned", async () => {
    const { supervisor, children, take, log, fail } = stage("ab", { maxRestarts: 0 });
    children.b.abandon = () => {
      log.push("abandon b");
      supervisor["~forget"](children.a);
      supervisor["~failed"](children.b, new Error("again"));
      return Promise.resolve();
    };
    fail("b");
    await settle();
    assert.deepEqual(take(), ["failed b #0", "gave-up b #0", "abandon b", "failed b #0"]);
  });

  it("takes no children after that", async () => {
    const { supervisor, timers, log, fail } = stage("a", { maxRestarts: 0 });
    fail("a");
    await settle();
    const late = new FakeChild("b", log, timers);
    throwsCode(() => supervisor["~adopt"](late), "option-invalid", /^Cannot put b under .*: it has given up; make/);
    throwsCode(() => new Supervisor({ parent: supervisor }), "option-invalid", /: it has given up; make another/);
  });

  it("tells the hook of the parent actor after its children have ended", async () => {
    const { supervisor, take, log, fail } = stage("ab", { maxRestarts: 0 });
    let told: Error | undefined;
    supervisor["~onEscalate"] = (error) => {
      told = error;
      log.push("hook");
    };
    const printed = await printedBy(async () => {
      fail("b");
      await settle();
    });
    assert.deepEqual(take(), ["failed b #0", "gave-up b #0", "abandon b", "abandon a", "escalated b #0", "hook"]);
    assert.ok(isStreamError(told) && told.code === "supervisor-gave-up");
    assert.deepEqual(printed, []);
  });
});

describe("Supervisor.stop()", () => {
  it("calls pending restarts off and makes failures final, and does not touch those that run", async () => {
    const { timers, supervisor, children, take, fail } = stage("abc");
    fail("a", "too late");
    await timers.advance(50);
    await supervisor.stop();
    assert.equal(timers.pending, 0);
    assert.equal(children.a.abandonedWith?.message, "too late");
    fail("b", "final");
    await timers.advance(1000);
    assert.equal(children.b.abandonedWith?.message, "final");
    assert.deepEqual(take(), [
      "failed a #0",
      "restarting a #1 in 100",
      "abandon a",
      "failed b #1",
      "abandon b",
    ]);
    assert.deepEqual(supervisor.children, ["c"]);
  });

  it("abandons those that were suspended for the sake of another one, and says why", async () => {
    const { timers, supervisor, children, fail } = stage("ab", { strategy: "one-for-all" });
    fail("a");
    await timers.advance(50);
    await supervisor.stop();
    const error = children.b.abandonedWith;
    assert.ok(isStreamError(error) && error.code === "supervisor-gave-up");
    const message = `Cannot resume b: ${supervisor.label} was stopped while this one waited for a restart`;
    assert.equal(error.message, message);
    assert.equal((error.cause as Error).message, "boom");
  });

  it("does not wait for a start that hangs; one that fails after it is final", async () => {
    for (const strategy of ["one-for-one", "one-for-all"] as const) {
      const { timers, supervisor, children, fail } = stage("a", { strategy });
      const start = Promise.withResolvers<void>();
      children.a.resume = () => start.promise;
      fail("a");
      await timers.advance(100);
      await supervisor.stop();
      assert.equal(children.a.abandonedWith === undefined, true);
      start.reject(new Error("no camera"));
      await settle();
      assert.equal(children.a.abandonedWith?.message, "no camera");
    }
  });

  it("takes no children after that, and can be called again", async () => {
    const { supervisor, timers, log } = stage("");
    await supervisor.stop();
    await supervisor.stop();
    const late = new FakeChild("b", log, timers);
    throwsCode(() => supervisor["~adopt"](late), "option-invalid", /^Cannot put b under .*: it has been stopped; make/);
  });

  it("can be called by a listener at any step", async () => {
    for (const name of ["failed", "restarting", "gave-up"] as const) {
      const { timers, supervisor, children, fail } = stage("ab", { maxRestarts: name === "gave-up" ? 0 : 3 });
      supervisor.on(name, () => void supervisor.stop());
      fail("a");
      await timers.advance(1000);
      assert.ok(children.a.abandonedWith, name);
      assert.equal(children.b.abandonedWith === undefined, name !== "gave-up", name);
    }
  });

  it("ends a block of `await using`", async () => {
    const { timers, supervisor, children, fail } = stage("a");
    {
      await using held = supervisor;
      assert.equal(held, supervisor);
    }
    fail("a");
    await timers.advance(1000);
    assert.ok(children.a.abandonedWith);
  });
});
