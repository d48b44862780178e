import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { CollectActor, CounterActor } from "../place/testdata/place_actors.ts";
import { FilterActor, gate, put, SourceActor, until, valueOf } from "../testdata/actors.ts";
import type { TimedTick } from "../time/clock.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import { Supervisor } from "../supervision/supervisor.ts";

const timeout = 60_000;
const quick = { backoff: { firstMs: 1, maxMs: 5, factor: 2, jitter: 0 } };

describe("a supervised actor", () => {
  it("gets a fresh body with the same handle, links, options and clock, and numbers go on", { timeout }, async () => {
    const supervisor = new Supervisor(quick);
    const states: string[] = [];
    let bodies = 0;
    const source = new CounterActor({ freeRun: true, fps: 200 });
    const filter = new FilterActor({
      supervisor,
      onStart: () => void bodies++,
      process: (body) => {
        const frame = body.inputs.video.readLatest();
        if (bodies === 1 && frame && valueOf(frame) >= 5) throw new Error("the fifth");
        body.pass();
      },
    });
    const sink = new CollectActor();
    filter.on("state", ({ to }) => states.push(to));
    source.pipe(filter).outputs.video.pipe(sink.inputs.video);
    await until(() => bodies === 2 && filter.stats.ticks > 20, "it runs again");
    const { values, missed } = await sink.seen();
    assert.deepEqual(values, values.toSorted((a, b) => a - b));
    assert.equal(missed, 0);
    assert.ok(values.includes(4) && values.at(-1)! > 8);
    assert.deepEqual(states, ["running", "failed", "starting", "running"]);
    assert.equal(filter.state, "running");
    assert.equal(filter.error, undefined);
    assert.deepEqual(filter.outputs.video.targets.length, 1);
    for (const actor of [source, filter, sink]) await actor.stop();
    assert.equal(filter.state, "stopped");
  });

  it("goes on with its tick numbers, and says that time does not continue", { timeout }, async () => {
    const supervisor = new Supervisor(quick);
    const ticks: TimedTick[] = [];
    const clock = new ManualClock(100);
    const source = new SourceActor({
      supervisor,
      clock,
      process: (_, tick) => {
        ticks.push(tick);
        if (ticks.length === 3) throw new Error("the third");
      },
    });
    await source.ready;
    await clock.advance(6);
    assert.deepEqual(ticks.map(({ frameNumber }) => frameNumber), ticks.map((_, i) => i));
    assert.deepEqual(ticks.filter(({ discontinuity }) => discontinuity).map(({ frameNumber }) => frameNumber), [3]);
    await source.stop();
  });

  it("begins with the last snapshot of its earlier life", { timeout }, async () => {
    const supervisor = new Supervisor({ ...quick, snapshotMs: 1 });
    const clock = new ManualClock(100);
    const counter = new CounterActor({ failAt: 6, freeRun: true, supervisor, clock });
    const sink = new CollectActor();
    counter.outputs.video.pipe(sink.inputs.video);
    await counter.ready;
    for (let i = 0; i < 5; i++) {
      await clock.advance();
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    const failed = gate();
    counter.on("state", ({ to }) => to === "failed" && failed.open());
    await Promise.all([clock.advance(), failed.promise]);
    // It goes on after 5, at 6, and fails there for ever: the limit ends it.
    await assert.rejects(
      (async () => {
        for (;;) {
          await clock.advance();
          if (counter.isEnding) await counter.ended;
        }
      })(),
      /has made 3 restarts/,
    );
    assert.deepEqual((await sink.seen()).values, [1, 2, 3, 4, 5]);
    await sink.stop();
  });

  it("lets go of what the failed body had retained", { timeout }, async () => {
    const supervisor = new Supervisor(quick);
    let value = 0;
    let isFirst = true;
    const kept: { data: Uint8Array }[] = [];
    const clock = new ManualClock(100);
    const source = new SourceActor({ clock, process: (body) => void put(body.outputs.video, ++value) });
    const filter = new FilterActor({
      supervisor,
      process: (body) => {
        const frame = body.inputs.video.readLatest();
        if (!frame || !isFirst) return;
        kept.push(frame.retain());
        if (kept.length < 4) return;
        isFirst = false;
        throw new Error("with its hands full");
      },
    });
    source.outputs.video.pipe(filter.inputs.video);
    await filter.ready;
    await clock.advance(4);
    await until(() => filter.state === "running" && !isFirst, "it runs again");
    assert.throws(() => kept[0].data, /released/);
    await clock.advance(20);
    assert.equal(source.stats.outputs.video.dropped, 0);
    await source.stop();
    await filter.stop();
  });

  it("can be stopped while it waits for its restart, and is stopped then", { timeout }, async () => {
    const supervisor = new Supervisor({ backoff: { firstMs: 60_000, maxMs: 60_000, factor: 1, jitter: 0 } });
    const actor = new SourceActor({
      supervisor,
      process: () => {
        throw new Error("at once");
      },
    });
    await until(() => actor.state === "failed", "it has failed");
    assert.match(String(actor.error), /at once/);
    await actor.stop();
    assert.equal(actor.state, "stopped");
    await actor.ended;
  });

  it(
    "that cannot start is tried again as often as is allowed; then it has failed, and says why",
    { timeout },
    async () => {
      const supervisor = new Supervisor({ ...quick, maxRestarts: 2 });
      let starts = 0;
      const actor = new SourceActor({
        supervisor,
        onStart: () => {
          starts++;
          throw new Error("no device");
        },
      });
      await assert.rejects(actor.ready, /has made 2 restarts.*no device/);
      assert.equal(starts, 3);
      assert.equal(actor.state, "failed");
    },
  );

  it("takes its parent with it when the supervisor gives up", { timeout }, async () => {
    const parent = new SourceActor({
      onStart: (body) => {
        const supervisor = new Supervisor({ ...quick, maxRestarts: 1 });
        const script = {
          supervisor,
          process: () => {
            throw new Error("the child cannot");
          },
        };
        body.child(script);
      },
    });
    await assert.rejects(parent.ended, /the child cannot/);
  });
});

describe("a group under one supervisor", () => {
  it("is restarted as a whole, in order", { timeout }, async () => {
    const supervisor = new Supervisor({ ...quick, strategy: "one-for-all" });
    const starts: string[] = [];
    const stops: string[] = [];
    const make = (id: string): SourceActor =>
      new SourceActor({ supervisor, onStart: () => void starts.push(id), onStop: () => void stops.push(id) });
    const actors = ["a", "b", "c"].map(make);
    await Promise.all(actors.map((actor) => actor.ready));
    starts.length = 0;
    const cell = actors[1]["~cell"];
    await cell.fail(new Error("in the middle"));
    await until(() => actors.every((actor) => actor.state === "running") && starts.length === 3, "all run again");
    assert.deepEqual(starts, ["a", "b", "c"]);
    assert.deepEqual(stops.toSorted(), ["a", "b", "c"]);
    for (const actor of actors) await actor.stop();
  });
});
