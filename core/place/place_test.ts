import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { isStreamError } from "../errors.ts";
import { loadNative } from "../native.ts";
import { tap } from "../port/tap.ts";
import { AddActor, CollectActor, CounterActor, ParentActor, type Seen } from "./testdata/place_actors.ts";
import { lateActor } from "./testdata/registers_late.ts";
import { ThrowerActor } from "./testdata/throws_on_import.ts";
import { until, valueOf } from "../testdata/actors.ts";
import type { PoolDispatcher } from "./pool_dispatcher.ts";
import { ProcessPoolDispatcher } from "./process_pool_dispatcher.ts";
import { ThreadPoolDispatcher } from "./thread_pool_dispatcher.ts";

const timeout = 60_000;
const { library } = await loadNative();

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The collector's last word, asked until it has seen `count` frames or has ended. */
async function seenBy(collector: CollectActor, count: number): Promise<Seen> {
  for (;;) {
    const seen = await collector.seen();
    if (seen.values.length >= count) return seen;
    await sleep(5);
  }
}

const kinds: [string, () => PoolDispatcher][] = [
  ["thread", () => new ThreadPoolDispatcher({ workers: 2 })],
  ["process", () => new ProcessPoolDispatcher({ workers: 2 })],
];

for (const [kind, make] of kinds) {
  describe(`an actor in a ${kind}`, { skip: library === undefined }, () => {
    let pool: PoolDispatcher;
    let other: PoolDispatcher;

    before(() => {
      pool = make();
      other = new ThreadPoolDispatcher({ workers: 1 });
    });
    after(async () => {
      await pool.close();
      await other.close();
    });

    it("lives there, and is held by its handle as any other", { timeout }, async () => {
      const actor = new AddActor({ id: `there-${kind}`, dispatcher: pool });
      const states: string[] = [];
      actor.on("state", ({ from, to }) => states.push(`${from} to ${to}`));
      await actor.ready;
      const where = await actor.where();
      if (kind === "thread") assert.equal(where.pid, process.pid);
      else assert.notEqual(where.pid, process.pid);
      if (kind === "thread") assert.notEqual(where.threadId, 0);
      assert.equal(actor.state, "running");
      assert.equal(actor.id, `there-${kind}`);
      await actor.stop();
      assert.equal(actor.state, "stopped");
      assert.deepEqual(states, ["starting to running", "running to stopped"]);
    });

    it("runs controls there, and gives back what they return and throw", { timeout }, async () => {
      await using actor = new AddActor({ dispatcher: pool });
      assert.equal(await actor.setBy({ by: 5 }), 1000);
      assert.equal(await actor.sendControlMessage({ action: "setBy", by: 6 }), 5);
      await assert.rejects(actor.setBy({ by: 0.5 }), /Cannot add 0.5: an integer is right/);
      await assert.rejects(
        actor.sendControlMessage({ action: "nothing" }),
        /its controls are giveFunction, say, setBy/,
      );
      await assert.rejects(actor.giveFunction(), /Cannot return the value of giveFunction to another place/);
      await assert.rejects(actor.setBy({ by: (() => 1) as never }), /clone/);
      assert.equal(await actor.setBy({ by: 7 }), 6);
    });

    it("gets frames from the event loop and gives them back, each once and in order", { timeout }, async () => {
      const source = new CounterActor({ count: 60 });
      const add = new AddActor({ dispatcher: pool });
      const sink = new CollectActor();
      source.outputs.video.pipe(add.inputs.video);
      add.outputs.video.pipe(sink.inputs.video);
      await until(() => add.inputs.video.source === source.outputs.video, "it is linked");
      await Promise.all([source.ended, add.ended]);
      const seen = await seenBy(sink, add.stats.outputs.video.committed);
      assert.equal(seen.values.length, add.stats.outputs.video.committed);
      assert.deepEqual(seen.values, seen.values.toSorted((a, b) => a - b));
      assert.equal(new Set(seen.values).size, seen.values.length);
      assert.ok(seen.values[0] > 1000);
      assert.deepEqual([source.state, add.state], ["stopped", "stopped"]);
      assert.equal(sink.inputs.video.finished, true);
      const stats = add.stats;
      assert.equal(stats.counters.added, stats.outputs.video.committed);
      assert.equal(stats.inputs.video.read + stats.inputs.video.missed, 60);
      assert.ok(stats.ticks >= stats.inputs.video.read, `ticks ${stats.ticks}`);
      await sink.stop();
    });

    it(
      "passes frames to an actor of the same, of another place, and of another kind of place",
      { timeout },
      async () => {
        const source = new CounterActor({ count: 40, dispatcher: pool });
        const add = new AddActor({ dispatcher: pool });
        const sinks = [pool, other].map((dispatcher) => new CollectActor({ dispatcher }));
        const here = new CollectActor();
        source.outputs.video.pipe(add.inputs.video);
        for (const sink of [...sinks, here]) add.outputs.video.pipe(sink.inputs.video);
        const results = await Promise.all([...sinks, here].map((sink) => seenBy(sink, 5)));
        await Promise.all([...sinks, here].map((sink) => sink.stop()));
        for (const { values } of results) {
          assert.deepEqual(values, values.toSorted((a, b) => a - b));
          assert.equal(new Set(values).size, values.length);
          assert.ok(values.every((value) => value > 1000));
        }
      },
    );

    it("loses nothing on ordered links, also when the format changes", { timeout }, async () => {
      const source = new CounterActor({ count: 30, wideAfter: 12, dispatcher: pool });
      const sinks = [new CollectActor(), new CollectActor({ dispatcher: other })];
      for (const sink of sinks) source.outputs.video.pipe(sink.inputs.video);
      const results = await Promise.all(sinks.map((sink) => seenBy(sink, 30)));
      for (const { values, missed } of results) {
        assert.deepEqual(values, numbers(1, 30));
        assert.equal(missed, 0);
      }
      await Promise.all(sinks.map((sink) => sink.stop()));
    });

    it("feeds members of families, and values", { timeout }, async () => {
      const source = new CounterActor({ count: 10 });
      const sink = new CollectActor({ dispatcher: pool });
      source.outputs.video.pipe(sink.inputs.more.at("first"));
      source.outputs.data.pipe(sink.inputs.data);
      assert.deepEqual((await seenBy(sink, 10)).values, numbers(1, 10));
      await sink.stop();
    });

    it(
      "can be linked and unlinked while it runs; a late reader gets the newest item at once",
      { timeout },
      async () => {
        await using source = new CounterActor({ freeRun: true, dispatcher: pool });
        await source.ready;
        await until(() => source.stats.ticks > 5, "it has made some");
        await using sink = new CollectActor();
        source.outputs.video.pipe(sink.inputs.video);
        const first = (await seenBy(sink, 3)).values[0];
        assert.ok(first > 1, `first ${first}`);
        sink.inputs.video.unlink();
        const { length } = (await sink.seen()).values;
        await sleep(60);
        assert.equal((await sink.seen()).values.length, length);
        assert.equal(source.outputs.video.targets.length, 0);
        source.outputs.video.pipe(sink.inputs.video);
        await seenBy(sink, length + 3);
      },
    );

    it("can be tapped", { timeout }, async () => {
      await using source = new CounterActor({ freeRun: true, dispatcher: pool });
      const values: number[] = [];
      const untap = tap(source.outputs.video, (frame) => values.push(valueOf(frame)));
      await until(() => values.length >= 5, "five were seen");
      untap();
      assert.equal(source.outputs.video.stats().links, 0);
    });

    it(
      "is refused a link that closes a circle, of another type, or to an input that is taken",
      { timeout },
      async () => {
        await using first = new AddActor({ dispatcher: pool });
        await using second = new AddActor();
        await using data = new CollectActor({ dispatcher: pool });
        first.outputs.video.pipe(second.inputs.video);
        assert.throws(() => second.outputs.video.pipe(first.inputs.video), /circle/);
        assert.throws(() => second.outputs.video.pipe(data.inputs.data as never), /wanted is DataMessage/);
        first.outputs.video.pipe(data.inputs.video);
        assert.throws(() => second.outputs.video.pipe(data.inputs.video), /unlink\(\) it first/);
      },
    );

    it("fails alone when it throws, with what it threw", { timeout }, async () => {
      const source = new CounterActor({ freeRun: true });
      const add = new AddActor({ failAt: 10, dispatcher: pool });
      const beside = new AddActor({ dispatcher: pool });
      source.outputs.video.pipe(add.inputs.video);
      source.outputs.video.pipe(beside.inputs.video);
      await assert.rejects(add.ended, /PlaceAdd "placeadd-\d+" failed: Cannot add to frame \d+: told to fail/);
      assert.equal(add.state, "failed");
      assert.match(String((add.error?.cause as Error).stack), /place_actors/);
      await beside.where();
      assert.equal(beside.state, "running");
      await source.stop();
      await beside.stop();
    });

    it(
      "is refused when its module fails or does not register it, and when its options cannot be cloned",
      { timeout },
      async () => {
        const thrower = new ThrowerActor({ dispatcher: pool });
        await assert.rejects(thrower.ended, /fails when imported: This module does not like workers/);
        const late = lateActor({ dispatcher: pool });
        await assert.rejects(late.ended, /does not register it when imported/);
        assert.throws(
          () => new AddActor({ by: (() => 1) as never, dispatcher: pool }),
          (thrown) =>
            isStreamError(thrown) && thrown.code === "place-refused" &&
            /option by cannot be cloned/.test(thrown.message),
        );
      },
    );

    it("has children in its place, which end with it", { timeout }, async () => {
      const parent = new ParentActor({ id: `parent-${kind}`, dispatcher: pool });
      await parent.ready;
      await until(() => parent.children.length === 2, "its children are told");
      assert.match(parent.children[0], /child-0/);
      await parent.stop();
      assert.deepEqual(parent.children, []);
    });

    it("is stopped with its place when it does not come back, and the place is replaced", { timeout }, async () => {
      const source = new CounterActor({ freeRun: true });
      const hanging = new AddActor({ hangAt: 3, dispatcher: pool });
      source.outputs.video.pipe(hanging.inputs.video);
      await hanging.ready;
      await sleep(300);
      await hanging.stop();
      assert.equal(hanging.state, "failed");
      assert.match(String(hanging.error), /did not answer within 5000 ms and was ended/);
      await source.stop();
      await using next = new AddActor({ dispatcher: pool });
      assert.equal(await next.setBy({ by: 1 }), 1000);
    });

    it("that hangs in onStop() is given up in time, and its place lives on", { timeout }, async () => {
      const hanging = new AddActor({ hangInStop: true, dispatcher: pool });
      const where = await hanging.where();
      await hanging.stop();
      assert.match(String(hanging.error), /onStop\(\) hangs/);
      await using next = new AddActor({ dispatcher: pool });
      await using another = new AddActor({ dispatcher: pool });
      const places = [await next.where(), await another.where()];
      assert.ok(places.some((place) => place.pid === where.pid && place.threadId === where.threadId));
    });
  });
}

describe("a process place", { skip: library === undefined }, () => {
  it("that dies takes only its actors with it, and is replaced", { timeout }, async () => {
    await using pool = new ProcessPoolDispatcher({ workers: 1 });
    const source = new CounterActor({ freeRun: true });
    const sink = new CollectActor();
    const crashing = new AddActor({ dispatcher: pool });
    source.outputs.video.pipe(crashing.inputs.video);
    crashing.outputs.video.pipe(sink.inputs.video);
    await until(() => sink.stats.inputs.video.read > 0, "frames come through it");
    process.kill((await crashing.where()).pid, "SIGKILL");
    await assert.rejects(crashing.ended, /process \d+ died: it was ended by SIGKILL/);
    assert.deepEqual([source.state, sink.state], ["running", "running"]);
    const { values } = await sink.seen();
    assert.ok(values.length > 0 && values.every((value) => value > 1000));
    await using next = new AddActor({ dispatcher: pool });
    source.outputs.video.pipe(next.inputs.video);
    sink.inputs.video.unlink();
    next.outputs.video.pipe(sink.inputs.video);
    await seenBy(sink, values.length + 5);
    await source.stop();
    await sink.stop();
  });
});

describe("pool options", () => {
  it("are refused when they are wrong, naming value and range", () => {
    for (const workers of [0, 65, 1.5, NaN]) {
      assert.throws(
        () => new ThreadPoolDispatcher({ workers }),
        (thrown) => isStreamError(thrown) && thrown.message.includes(`workers = ${workers}: an integer from 1 to 64`),
      );
    }
  });

  it("are refused for processes where these share no memory", () => {
    const system = Object.getOwnPropertyDescriptor(process, "platform")!;
    Object.defineProperty(process, "platform", { value: "darwin", configurable: true });
    try {
      assert.throws(
        () => new ProcessPoolDispatcher(),
        (thrown) => isStreamError(thrown) && thrown.code === "place-refused" && /this is darwin/.test(thrown.message),
      );
    } finally {
      Object.defineProperty(process, "platform", system);
    }
  });
});
