import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actor } from "../actor/actor.ts";
import { isStreamError } from "../errors.ts";
import { loadNative } from "../native.ts";
import { Supervisor } from "../supervision/supervisor.ts";
import { until } from "../testdata/actors.ts";
import type { PoolDispatcher } from "./pool_dispatcher.ts";
import { ProcessPoolDispatcher } from "./process_pool_dispatcher.ts";
import { ImportLeaverActor } from "./testdata/leaves_on_import.ts";
import { AddActor, CollectActor, CounterActor } from "./testdata/place_actors.ts";
import { AnythingActor, GiantActor, KeeperActor, LeaverActor } from "./testdata/stubborn_actors.ts";
import { ThreadPoolDispatcher } from "./thread_pool_dispatcher.ts";

const timeout = 60_000;
const { library } = await loadNative();
const quick = { maxRestarts: 3, withinMs: 60_000, backoff: { firstMs: 1, maxMs: 5, factor: 2, jitter: 0 } };
const kinds: [string, (workers: number) => PoolDispatcher][] = [
  ["thread", (workers) => new ThreadPoolDispatcher({ workers })],
  ["process", (workers) => new ProcessPoolDispatcher({ workers })],
];

/** The sinks read on, and every frame is whole: a torn one would have ended them. */
async function goesOn(sinks: readonly Actor[]): Promise<void> {
  const reached = sinks.map(({ stats }) => stats.inputs.video.read + 10);
  await until(() => sinks.every(({ stats }, i) => stats.inputs.video.read >= reached[i]), "the others get frames");
  for (const { state } of sinks) assert.equal(state, "running");
}

for (const [kind, make] of kinds) {
  describe(`a ${kind} pool`, { skip: library === undefined }, () => {
    it("spreads actors that are made in one go", { timeout }, async () => {
      await using pool = make(2);
      const actors = Array.from({ length: 4 }, () => new AddActor({ dispatcher: pool }));
      const places = (await Promise.all(actors.map((actor) => actor.where()))).map((one) => JSON.stringify(one));
      for (const place of places) assert.equal(places.filter((other) => other === place).length, 2);
      for (const actor of actors) await actor.stop();
    });

    it("that is closed fails its actors, and those that come later", { timeout }, async () => {
      const pool = make(1);
      const supervisor = new Supervisor(quick);
      const supervised = new AddActor({ dispatcher: pool, supervisor });
      await supervised.ready;
      await pool.close();
      await assert.rejects(supervised.ended, /has made 3 restarts.*the pool was closed/);
      const late = new AddActor({ dispatcher: pool });
      await assert.rejects(late.ended, /Cannot use a (thread|process) of this pool: the pool was closed/);
      await pool.close();
    });

    it("gives a new life in a new place the same numbers of frames to go on with", { timeout }, async () => {
      await using pool = make(1);
      const supervisor = new Supervisor({ ...quick, maxRestarts: 5 });
      const source = new CounterActor({ freeRun: true, fps: 200, dispatcher: pool, supervisor });
      const sink = new CollectActor();
      source.outputs.video.pipe(sink.inputs.video);
      await goesOn([sink]);
      const leaver = new LeaverActor({ when: "process", dispatcher: pool });
      await assert.rejects(leaver.ended, /(thread|process) \d+ died: it exited with code 7/);
      await goesOn([sink]);
      assert.equal(sink.stats.inputs.video.repeated, 0);
      const { instants } = await sink.seen();
      assert.deepEqual(instants, instants.toSorted((a, b) => Number(a - b)));
      await source.stop();
      await sink.stop();
    });
  });

  describe(`in a ${kind}, a reader that never gives back`, { skip: library === undefined }, () => {
    it("takes the slots of its output while it lives, and no longer", { timeout }, async () => {
      await using pool = make(1);
      await using others = new ThreadPoolDispatcher({ workers: 1 });
      const source = new CounterActor({ freeRun: true, fps: 200, width: 256, height: 256 });
      const keeper = new KeeperActor({ dispatcher: pool });
      const sinks = [new AddActor(), new AddActor({ dispatcher: others })];
      source.outputs.video.pipe(keeper.inputs.video);
      for (const sink of sinks) source.outputs.video.pipe(sink.inputs.video);
      await Promise.all(sinks.map((sink) => sink.ready));
      await until(() => source.stats.outputs.video.dropped > 20, "the writer drops");
      const kept = await keeper.values();
      assert.deepEqual(await keeper.values(), kept);
      assert.ok(kept.length > 0);
      assert.deepEqual([source, keeper, ...sinks].map(({ state }) => state), Array(4).fill("running"));
      await keeper.exit().catch(() => {});
      await assert.rejects(keeper.ended, /exited with code 7/);
      await goesOn(sinks);
      const { dropped } = source.stats.outputs.video;
      await goesOn(sinks);
      assert.equal(source.stats.outputs.video.dropped, dropped);
      for (const actor of [source, ...sinks]) await actor.stop();
    });
  });

  describe(`a worker ${kind} that dies`, { skip: library === undefined }, () => {
    let pool: PoolDispatcher;
    before(() => void (pool = make(1)));
    after(() => pool.close());

    it("in a control settles every call", { timeout }, async () => {
      const keeper = new KeeperActor({ dispatcher: pool });
      await keeper.ready;
      const calls = [keeper.exit(), keeper.forget(), keeper.values()];
      for (const call of calls) {
        await assert.rejects(call, (thrown) => isStreamError(thrown) && thrown.code === "place-lost");
      }
      await assert.rejects(keeper.ended, /died: it exited with code 7/);
      await assert.rejects(keeper.values(), /it is failed/);
    });

    it("while actors start and are linked settles them all", { timeout }, async () => {
      const source = new CounterActor({ freeRun: true, fps: 200, dispatcher: pool });
      await source.ready;
      const leaver = new LeaverActor({ when: "onStart", dispatcher: pool });
      const sinks = Array.from({ length: 3 }, () => new CollectActor({ dispatcher: pool }));
      for (const sink of sinks) source.outputs.video.pipe(sink.inputs.video);
      const here = new CollectActor();
      source.outputs.video.pipe(here.inputs.video);
      const calls = sinks.map((sink) => sink.seen());
      const ends = [leaver.ended, source.ended, ...sinks.map(({ ended }) => ended)];
      for (const settled of await Promise.allSettled([leaver.ready, ...ends])) assert.equal(settled.status, "rejected");
      await Promise.allSettled(calls);
      assert.equal(here.state, "running");
      await here.stop();
    });

    it("in onStop() ends stop(), as a failure", { timeout }, async () => {
      const leaver = new LeaverActor({ when: "onStop", dispatcher: pool });
      await leaver.ready;
      await leaver.stop();
      assert.equal(leaver.state, "failed");
      assert.match(String(leaver.error), /died: it exited with code 7/);
    });

    it("again and again is restarted to the limit, and then said so", { timeout }, async () => {
      for (
        const make of [
          (supervisor: Supervisor) => new LeaverActor({ when: "onStart", dispatcher: pool, supervisor }),
          (supervisor: Supervisor) => new ImportLeaverActor({ dispatcher: pool, supervisor }),
        ]
      ) {
        const supervisor = new Supervisor(quick);
        let restarts = 0;
        let gaveUp = "";
        supervisor.on("restarting", () => void restarts++);
        supervisor.on("gave-up", ({ error }) => void (gaveUp = error.message));
        const actor = make(supervisor);
        await assert.rejects(actor.ended, /has made 3 restarts.*died: it exited with code \d/);
        assert.equal(restarts, 3);
        assert.match(gaveUp, /has made 3 restarts/);
      }
      await using next = new AddActor({ dispatcher: pool });
      await next.where();
    });
  });

  describe(`an actor in a ${kind} that wants a ring of 32 GiB`, { skip: library === undefined }, () => {
    it("fails with its name, its output's and the bytes, and the place lives on", { timeout }, async () => {
      await using pool = make(1);
      const giant = new GiantActor({ dispatcher: pool });
      const beside = new AddActor({ dispatcher: pool });
      const { pid } = await beside.where();
      await assert.rejects(
        giant.ended,
        /PlaceGiant "placegiant-\d+" output video: .* 34359767040 bytes: 32 slots of 1073741824 bytes exceed 4 GiB/,
      );
      assert.equal((await beside.where()).pid, pid);
      await beside.stop();
    });
  });
}

describe("in a process, a reader that is stopped in the middle of process()", { skip: library === undefined }, () => {
  it("holds up nobody, and its slot comes back when it is killed", { timeout }, async () => {
    await using pool = new ProcessPoolDispatcher({ workers: 2 });
    const source = new CounterActor({ freeRun: true, fps: 200, width: 256, height: 256 });
    const stopped = new KeeperActor({ stopsAt: 10, dispatcher: pool });
    const pid = await stopped.pid();
    const sinks = [new AddActor(), new AddActor({ dispatcher: pool })];
    source.outputs.video.pipe(stopped.inputs.video);
    for (const sink of sinks) source.outputs.video.pipe(sink.inputs.video);
    await until(() => source.stats.ticks > 15, "it is stopped");
    await goesOn(sinks);
    await goesOn(sinks);
    assert.equal(stopped.state, "running");
    process.kill(pid, "SIGKILL");
    await assert.rejects(stopped.ended, /was ended by SIGKILL/);
    await goesOn(sinks);
    for (const actor of [source, ...sinks]) await actor.stop();
  });

  it("is ended with its process when it is asked to stop", { timeout }, async () => {
    await using pool = new ProcessPoolDispatcher({ workers: 1 });
    const stopped = new KeeperActor({ dispatcher: pool });
    process.kill(await stopped.pid(), "SIGSTOP");
    const call = stopped.values();
    call.catch(() => {});
    await sleep(10);
    await stopped.stop();
    assert.match(String(stopped.error), /did not answer within 5000 ms and was ended/);
    await assert.rejects(call, /did not answer/);
  });
});

describe("options that cannot be sent to a process", { skip: library === undefined }, () => {
  it("are refused there, and a thread takes them", { timeout }, async () => {
    await using threads = new ThreadPoolDispatcher({ workers: 1 });
    await using processes = new ProcessPoolDispatcher({ workers: 1 });
    const value = new SharedArrayBuffer(8);
    await using there = new AnythingActor({ value, dispatcher: threads });
    await there.ready;
    const refused = new AnythingActor({ value, dispatcher: processes });
    await assert.rejects(
      refused.ended,
      (thrown) => isStreamError(thrown) && /options cannot be sent \(.+\); give plain values/.test(thrown.message),
    );
    await using next = new AnythingActor({ value: 1, dispatcher: processes });
    await next.ready;
  });

  it("are refused at once when no place can have them", () => {
    for (const value of [() => 1, Symbol("a"), new WeakMap(), Promise.resolve()]) {
      assert.throws(
        () => new AnythingActor({ value, dispatcher: new ThreadPoolDispatcher({ workers: 1 }) }),
        (thrown) =>
          isStreamError(thrown) && thrown.code === "place-refused" &&
          /Cannot place PlaceAnything ".+": option value cannot be cloned/.test(thrown.message),
      );
    }
  });
});
