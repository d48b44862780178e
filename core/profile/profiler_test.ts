import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Profiler, type ProfileRow, type ProfileSnapshot } from "./profiler.ts";

function names(rows: readonly ProfileRow[]): string[] {
  return rows.map(({ place, actor, span, count }) => `${place}: ${actor} ${span} ${count}`);
}

function throughJson(snapshot: ProfileSnapshot): ProfileSnapshot {
  return JSON.parse(JSON.stringify(snapshot));
}

describe("Profiler", () => {
  it("gives a row per actor and span, in their order, with numbers as numbers", () => {
    const profiler = new Profiler();
    for (const actor of ["B", "A 10", "A 2", ""]) {
      for (const span of ["process", "commit"]) profiler.record(actor, span, 40);
    }
    profiler.record("B", "process", 20);
    assert.deepEqual(names(profiler.rows()), [
      "main:  commit 1",
      "main:  process 1",
      "main: A 2 commit 1",
      "main: A 2 process 1",
      "main: A 10 commit 1",
      "main: A 10 process 1",
      "main: B commit 1",
      "main: B process 2",
    ]);
    assert.deepEqual(profiler.rows().at(-1), {
      place: "main",
      actor: "B",
      span: "process",
      count: 2,
      meanNs: 30,
      p50Ns: 20,
      p95Ns: 40,
      p99Ns: 40,
      maxNs: 40,
    });
  });

  it("adds up what other places send, however often, and keeps places apart", () => {
    const home = new Profiler();
    const place = new Profiler();
    home.record("A", "process", 1);
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < round; i++) place.record("A", "process", 10 * round);
      home.merge("thread 2", throughJson(place.takeSnapshot()));
    }
    place.record("A", "process", 7);
    home.merge("thread 10", throughJson(place.takeSnapshot()));
    home.merge("thread 10", place.takeSnapshot());
    assert.deepEqual(names(home.rows()), ["main: A process 1", "thread 2: A process 6", "thread 10: A process 1"]);
    const { meanNs, p50Ns, maxNs } = home.rows()[1];
    assert.deepEqual([meanNs, p50Ns, maxNs], [140 / 6, 20, 30]);
  });

  it("hands on what its own places have sent, under both names", () => {
    const [home, middle, far] = [new Profiler(), new Profiler(), new Profiler()];
    far.record("C", "process", 1);
    middle.record("B", "process", 1);
    middle.merge("thread 1", throughJson(far.takeSnapshot()));
    home.merge("process 1", throughJson(middle.takeSnapshot()));
    assert.deepEqual(names(home.rows()), ["process 1: B process 1", "process 1/thread 1: C process 1"]);
    assert.deepEqual(middle.rows(), []);
  });

  it("measures what returns, what throws, and promises until they settle", async () => {
    const profiler = new Profiler();
    assert.equal(profiler.measure("A", "returns", () => 5), 5);
    assert.throws(() =>
      profiler.measure("A", "throws", () => {
        throw new Error("the cable is out");
      }), /the cable is out/);
    const { promise, resolve } = Promise.withResolvers<string>();
    const resolved = profiler.measure("A", "resolves", () => promise);
    const rejected = profiler.measure("A", "rejects", () => Promise.reject(new Error("no signal")));
    rejected.catch(() => {});
    assert.deepEqual(names(profiler.rows()), ["main: A returns 1", "main: A throws 1"]);
    await new Promise((done) => setTimeout(done, 20));
    resolve("fine");
    assert.equal(await resolved, "fine");
    await assert.rejects(rejected, /no signal/);
    const rows = profiler.rows();
    assert.deepEqual(names(rows), [
      "main: A rejects 1",
      "main: A resolves 1",
      "main: A returns 1",
      "main: A throws 1",
    ]);
    assert.ok(rows[1].maxNs > 10e6, `${rows[1].maxNs} ns of at least 20 ms`);
  });

  it("knows the actor across awaits, while others run in between", async () => {
    const profiler = new Profiler();
    const body = (actor: string, ms: number): Promise<void> =>
      profiler.within(actor, async () => {
        for (let i = 0; i < 3; i++) {
          await new Promise((resolve) => setTimeout(resolve, ms));
          assert.equal(profiler.actor, actor);
        }
      });
    await Promise.all([body("A", 1), body("B", 2)]);
    assert.equal(profiler.actor, "");
  });
});
