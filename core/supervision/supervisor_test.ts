import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { FakeChild, ManualTimers, printedBy, settle, stage } from "../testdata/supervised.ts";
import { Supervisor } from "./supervisor.ts";

describe("Supervisor one-for-one", () => {
  it("restarts the one that failed, after the wait", async () => {
    const { timers, children, supervisor, take, fail } = stage("abc");
    fail("b");
    await timers.advance(99);
    assert.deepEqual(take(), ["failed b #0", "restarting b #1 in 100"]);
    await timers.advance(1);
    assert.deepEqual(take(), ["resume b", "resumed b", "restarted b #1"]);
    assert.deepEqual(supervisor.children, ["a", "b", "c"]);
    assert.equal(children.b.abandonedWith, undefined);
    assert.equal(timers.pending, 0);
  });

  it("takes jitter off the wait", async () => {
    const timers = new ManualTimers();
    timers.random = () => 0.5;
    const { take, fail } = stage("a", { timers });
    fail("a");
    await settle();
    assert.deepEqual(take(), ["failed a #0", "restarting a #1 in 90"]);
  });

  it("merges a failure during the wait into the same restart", async () => {
    const { timers, take, fail } = stage("abc", { maxRestarts: 1 });
    fail("c");
    await timers.advance(60);
    fail("a");
    fail("a", "and again");
    await timers.advance(40);
    assert.deepEqual(take(), [
      "failed c #0",
      "restarting c #1 in 100",
      "failed a #1",
      "restarting a #1 in 40",
      "failed a #1",
      "restarting a #1 in 40",
      "resume a",
      "resumed a",
      "resume c",
      "resumed c",
      "restarted a #1",
      "restarted c #1",
    ]);
  });

  it("does not let a start that hangs hold up the others", async () => {
    const { timers, children, take, fail } = stage("ab");
    children.a.starts = ["never"];
    fail("a");
    await timers.advance(100);
    fail("b");
    await timers.advance(200);
    assert.deepEqual(take().slice(2), [
      "resume a",
      "failed b #1",
      "restarting b #2 in 200",
      "resume b",
      "resumed b",
      "restarted b #2",
    ]);
  });

  it("takes a failure right after the start for a failure, though it has not heard of the start yet", async () => {
    const { timers, supervisor, children, log, take, fail } = stage("a");
    children.a.resume = () => {
      log.push("resume a");
      children.a.resume = FakeChild.prototype.resume;
      queueMicrotask(() => supervisor["~failed"](children.a, new Error("at once")));
      return new Promise((resolve) => queueMicrotask(resolve));
    };
    fail("a");
    await timers.advance(300);
    assert.deepEqual(take().slice(2), [
      "resume a",
      "failed a #1",
      "restarting a #2 in 200",
      "resume a",
      "resumed a",
      "restarted a #2",
    ]);
  });

  it("forgets one that ends while it waits for its restart: the wait is over and nothing restarts", async () => {
    const { timers, supervisor, children, take, fail } = stage("ab");
    fail("a");
    await settle();
    assert.equal(timers.pending, 1);
    supervisor["~forget"](children.a);
    await settle();
    assert.equal(timers.pending, 0);
    assert.deepEqual(supervisor.children, ["b"]);
    await timers.advance(1000);
    assert.deepEqual(take(), ["failed a #0", "restarting a #1 in 100"]);
  });

  it("abandons one that it does not know", async () => {
    const { supervisor, log, timers } = stage("a");
    const stranger = new FakeChild("z", log, timers);
    supervisor["~failed"](stranger, new Error("lost"));
    await settle();
    assert.equal(stranger.abandonedWith?.message, "lost");
  });
});

describe("Supervisor one-for-all", () => {
  it("suspends the others, last first, then resumes all in order", async () => {
    const { timers, take, fail } = stage("abc", { strategy: "one-for-all" });
    fail("b");
    await timers.advance(99);
    assert.deepEqual(take(), [
      "failed b #0",
      "restarting b #1 in 100",
      "suspend c",
      "suspended c",
      "suspend a",
      "suspended a",
    ]);
    await timers.advance(1);
    assert.deepEqual(take(), [
      "resume a",
      "resumed a",
      "resume b",
      "resumed b",
      "resume c",
      "resumed c",
      "restarted b #1",
    ]);
  });

  it("waits for one whose end takes long, as long as that one bounds it", async () => {
    const { timers, children, take, fail } = stage("abc", { strategy: "one-for-all" });
    children.c.suspendMs = 5000;
    fail("b");
    await timers.advance(4999);
    assert.deepEqual(take().slice(2), ["suspend c"]);
    await timers.advance(1);
    assert.deepEqual(take(), ["suspended c", "suspend a", "suspended a"]);
    await timers.advance(100);
    assert.equal(take().at(-1), "restarted b #1");
  });

  it("merges failures of others, also of those being suspended, and restarts once", async () => {
    const { timers, children, take, fail } = stage("abc", { strategy: "one-for-all", maxRestarts: 1 });
    children.c.suspendMs = 50;
    fail("b");
    await timers.advance(20);
    fail("a");
    fail("c");
    await timers.advance(130);
    assert.deepEqual(take(), [
      "failed b #0",
      "restarting b #1 in 100",
      "suspend c",
      "failed a #1",
      "restarting a #1 in 100",
      "failed c #1",
      "restarting c #1 in 100",
      "suspended c",
      "resume a",
      "resumed a",
      "resume b",
      "resumed b",
      "resume c",
      "resumed c",
      "restarted a #1",
      "restarted b #1",
      "restarted c #1",
    ]);
  });

  it("begins again if one fails while others are still starting, also if a start hangs", async () => {
    const { timers, children, take, fail } = stage("abc", { strategy: "one-for-all" });
    children.b.starts = ["never", "well"];
    fail("c");
    await timers.advance(100);
    assert.deepEqual(take().slice(-3), ["resume a", "resumed a", "resume b"]);
    fail("a");
    await timers.advance(200);
    assert.deepEqual(take(), [
      "failed a #1",
      "restarting a #2 in 200",
      "restarting c #2 in 200",
      "suspend b",
      "suspended b",
      "resume a",
      "resumed a",
      "resume b",
      "resumed b",
      "resume c",
      "resumed c",
      "restarted a #2",
      "restarted c #2",
    ]);
  });

  it("resumes the others though the one that failed is forgotten meanwhile", async () => {
    const { timers, supervisor, children, take, fail } = stage("abc", { strategy: "one-for-all" });
    fail("b");
    await timers.advance(50);
    supervisor["~forget"](children.b);
    await timers.advance(50);
    assert.deepEqual(take().slice(6), ["resume a", "resumed a", "resume c", "resumed c"]);
  });

  it("goes on if one is forgotten while it starts", async () => {
    const { timers, supervisor, children, take, fail } = stage("abc", { strategy: "one-for-all" });
    children.b.starts = ["never"];
    fail("a");
    await timers.advance(100);
    supervisor["~forget"](children.b);
    await settle();
    assert.deepEqual(take().slice(-4), ["resume b", "resume c", "resumed c", "restarted a #1"]);
  });

  it("skips one that is forgotten before its turn", async () => {
    const { timers, supervisor, children, take, fail } = stage("abc", { strategy: "one-for-all" });
    const start = Promise.withResolvers<void>();
    children.a.resume = () => start.promise;
    fail("a");
    await timers.advance(100);
    supervisor["~forget"](children.b);
    take();
    start.resolve();
    await settle();
    assert.deepEqual(take(), ["resume c", "resumed c", "restarted a #1"]);
  });

  it("no longer cares how a start ends that it has called off", async () => {
    const { timers, children, take, fail } = stage("ab", { strategy: "one-for-all" });
    const start = Promise.withResolvers<void>();
    children.b.resume = () => {
      children.b.resume = FakeChild.prototype.resume;
      return start.promise;
    };
    fail("b");
    await timers.advance(100);
    fail("a");
    await timers.advance(50);
    take();
    start.reject(new Error("suspended while starting"));
    await timers.advance(150);
    assert.deepEqual(take(), ["resume a", "resumed a", "resume b", "resumed b", "restarted a #2", "restarted b #2"]);
  });

  it("leaves alone what is adopted while the others start", async () => {
    const { timers, supervisor, children, log, take, fail } = stage("ab", { strategy: "one-for-all" });
    const born = new FakeChild("n", log, timers);
    const resume = children.a.resume.bind(children.a);
    children.a.resume = () => {
      supervisor["~adopt"](born);
      return resume();
    };
    fail("b");
    await timers.advance(100);
    assert.deepEqual(supervisor.children, ["a", "b", "n"]);
    assert.deepEqual(take().filter((line) => line.endsWith(" n")), []);
  });

  it("gives the others their turn if one breaks its promise to be suspended", async () => {
    const { timers, children, take, fail } = stage("abc", { strategy: "one-for-all" });
    children.c.suspend = () => Promise.reject(new Error("refused"));
    const printed = await printedBy(async () => {
      fail("b");
      await timers.advance(100);
    });
    assert.deepEqual(printed, ["streamlib: Cannot suspend c: refused"]);
    assert.equal(take().at(-1), "restarted b #1");
  });
});

describe("Supervisor rest-for-one", () => {
  it("restarts the one that failed and those adopted after it", async () => {
    const { timers, take, fail } = stage("abcd", { strategy: "rest-for-one" });
    fail("b");
    await timers.advance(100);
    assert.deepEqual(take(), [
      "failed b #0",
      "restarting b #1 in 100",
      "suspend d",
      "suspended d",
      "suspend c",
      "suspended c",
      "resume b",
      "resumed b",
      "resume c",
      "resumed c",
      "resume d",
      "resumed d",
      "restarted b #1",
    ]);
  });

  it("restarts more if one before it fails during the wait", async () => {
    const { timers, take, fail } = stage("abcd", { strategy: "rest-for-one" });
    fail("c");
    await timers.advance(30);
    fail("a");
    await timers.advance(70);
    assert.deepEqual(take(), [
      "failed c #0",
      "restarting c #1 in 100",
      "suspend d",
      "suspended d",
      "failed a #1",
      "restarting a #1 in 70",
      "suspend b",
      "suspended b",
      "resume a",
      "resumed a",
      "resume b",
      "resumed b",
      "resume c",
      "resumed c",
      "resume d",
      "resumed d",
      "restarted a #1",
      "restarted c #1",
    ]);
  });

  it("leaves one that is still starting alone if one after it fails, and tells of both", async () => {
    const { timers, supervisor, children, log, take, fail } = stage("ab", { strategy: "rest-for-one" });
    const start = Promise.withResolvers<void>();
    children.b.resume = () => start.promise;
    fail("b");
    await timers.advance(100);
    const late = new FakeChild("n", log, timers);
    supervisor["~adopt"](late);
    take();
    supervisor["~failed"](late, new Error("boom"));
    await timers.advance(200);
    assert.deepEqual(take(), ["failed n #1", "restarting n #2 in 200", "resume n", "resumed n", "restarted n #2"]);
    start.resolve();
    await settle();
    assert.deepEqual(take(), ["restarted b #1"]);
  });

  it("knows the order after one in the middle is forgotten", async () => {
    const { timers, supervisor, children, take, fail } = stage("abcd", { strategy: "rest-for-one" });
    supervisor["~forget"](children.b);
    fail("c");
    await timers.advance(100);
    assert.deepEqual(take().filter((line) => line.startsWith("resume ")), ["resume c", "resume d"]);
  });
});

describe("Supervisor with the machine's own time", () => {
  it("restarts", { timeout: 60000 }, async () => {
    const supervisor = new Supervisor({ backoff: { firstMs: 1 } });
    const child = new FakeChild("a", [], new ManualTimers());
    supervisor["~adopt"](child);
    const restarted = Promise.withResolvers<void>();
    supervisor.on("restarted", () => restarted.resolve());
    supervisor["~failed"](child, new Error("boom"));
    await restarted.promise;
    await supervisor.stop();
  });
});
