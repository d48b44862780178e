import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Supervisor } from "../supervision/supervisor.ts";
import { frameBytes } from "../message/video_format.ts";
import { loadNative } from "../native.ts";
import { timeReads } from "../port/read_latency.ts";
import { FORMAT, until } from "../testdata/actors.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import type { PoolDispatcher } from "./pool_dispatcher.ts";
import { ProcessPoolDispatcher } from "./process_pool_dispatcher.ts";
import { AddActor, CollectActor, CounterActor } from "./testdata/place_actors.ts";
import { ThreadPoolDispatcher } from "./thread_pool_dispatcher.ts";

const timeout = 60_000;
const { library } = await loadNative();
const quick = { maxRestarts: 100, backoff: { firstMs: 1, maxMs: 5, factor: 2, jitter: 0 } };

describe("a supervised actor elsewhere", { skip: library === undefined }, () => {
  let threads: PoolDispatcher;
  let processes: PoolDispatcher;

  before(() => {
    threads = new ThreadPoolDispatcher({ workers: 2 });
    processes = new ProcessPoolDispatcher({ workers: 2 });
  });
  after(async () => {
    await threads.close();
    await processes.close();
  });

  it("lives again after an exception, linked as before", { timeout }, async () => {
    for (const dispatcher of [threads, processes]) {
      const clock = new ManualClock(200);
      const source = new CounterActor({ freeRun: true, fps: 200, clock });
      const add = new AddActor({ failAt: 20, supervisor: new Supervisor({ ...quick, maxRestarts: 3 }), dispatcher });
      const sinks = [new CollectActor(), new CollectActor({ dispatcher: threads })];
      source.outputs.video.pipe(add.inputs.video);
      for (const sink of sinks) add.outputs.video.pipe(sink.inputs.video);
      await Promise.all([source, add, ...sinks].map((actor) => actor.ready));
      const over = assert.rejects(add.ended, /has made 3 restarts.*told to fail/);
      await clock.advance(10);
      await until(() => sinks.every((sink) => sink.stats.inputs.video.read > 0), "frames come");
      await clock.advance(10);
      await over;
      for (const sink of sinks) {
        const { values } = await sink.seen();
        assert.ok(values.length > 0 && values.every((value) => value > 1000 && value < 1020), values.join(" "));
        await sink.stop();
      }
      await source.stop();
    }
  });

  it("goes on counting what it copies, and its latencies", { timeout }, async () => {
    const endTiming = timeReads();
    for (const dispatcher of [threads, processes]) {
      const supervisor = new Supervisor(quick);
      const add = new AddActor({ copies: true, failAt: 20, supervisor, dispatcher });
      add.ended.catch(() => {});
      assert.equal(add.inputs.video.stats().bytesCopied, 0);
      let restarts = 0;
      supervisor.on("restarted", () => restarts++);
      const source = new CounterActor({ freeRun: true, fps: 200, dispatcher: threads });
      source.outputs.video.pipe(add.inputs.video);
      await until(() => restarts >= 3, "it has lived three times");
      await add.stop();
      const { read, bytesCopied } = add.inputs.video.stats();
      assert.ok(read >= 3, `read ${read}`);
      assert.equal(bytesCopied, read * frameBytes(FORMAT));
      assert.equal(add.stats.inputs.video.bytesCopied, bytesCopied);
      assert.equal(add.stats.inputs.video.latency?.count, read);
      assert.ok(add.stats.restarts >= 3);
      await source.stop();
    }
    endTiming();
  });

  it("lives again in a new process when its own was killed, at both ends of its links", { timeout }, async () => {
    const source = new CounterActor({ freeRun: true, fps: 200, dispatcher: threads });
    const add = new AddActor({ supervisor: new Supervisor(quick), dispatcher: processes });
    const sinks = [
      new CollectActor(),
      new CollectActor({ dispatcher: threads }),
      new CollectActor({ dispatcher: processes }),
    ];
    source.outputs.video.pipe(add.inputs.video);
    for (const sink of sinks.slice(0, 2)) add.outputs.video.pipe(sink.inputs.video);
    const pids = new Set<number>();
    for (let round = 0; round < 4; round++) {
      await until(() => add.state === "running", "it runs");
      const { pid } = await add.where();
      assert.equal(pids.has(pid), false);
      pids.add(pid);
      const before = (await Promise.all(sinks.slice(0, 2).map((sink) => sink.seen()))).map((seen) =>
        seen.values.length
      );
      await until(() => sinks[0].stats.inputs.video.read > before[0] + 3, "frames come");
      process.kill(pid, "SIGKILL");
      await until(() => add.state !== "running", "it is missed");
    }
    await until(() => add.state === "running", "it runs");
    const lengths = (await Promise.all(sinks.slice(0, 2).map((sink) => sink.seen()))).map((seen) => seen.values.length);
    for (const [i, sink] of sinks.slice(0, 2).entries()) {
      await until(() => sink.stats.inputs.video.read > lengths[i] + 5, "frames come again");
      const { values } = await sink.seen();
      assert.deepEqual(values, values.toSorted((a, b) => a - b));
      assert.equal(new Set(values).size, values.length);
    }
    assert.equal(source.stats.outputs.video.dropped, 0);
    for (const actor of [source, add, ...sinks]) await actor.stop();
  });

  it("counts what came while it lived nowhere as missed", { timeout }, async () => {
    const clock = new ManualClock(100);
    const supervisor = new Supervisor({ backoff: { firstMs: 100, maxMs: 100, factor: 1, jitter: 0 } });
    const source = new CounterActor({ freeRun: true, fps: 100, clock });
    const sink = new CollectActor({ supervisor, dispatcher: processes });
    source.outputs.video.pipe(sink.inputs.video);
    await Promise.all([source.ready, sink.ready]);
    await clock.advance(3);
    process.kill((await sink.where()).pid, "SIGKILL");
    await until(() => sink.state === "failed", "it is missed");
    for (let i = 0; i < 10; i++) source["~cell"].ports.outputs.video.loan(FORMAT)?.commit();
    await until(() => sink.state === "running", "it runs again");
    await until(() => sink.stats.inputs.video.read === 4, "it has read the newest");
    assert.equal(sink.stats.inputs.video.missed, 9);
    for (const actor of [source, sink]) await actor.stop();
  });

  it("takes its last snapshot with it", { timeout }, async () => {
    const supervisor = new Supervisor({ ...quick, snapshotMs: 1 });
    const source = new CounterActor({ freeRun: true, fps: 200, supervisor, dispatcher: processes });
    const sink = new CollectActor();
    source.outputs.video.pipe(sink.inputs.video);
    await until(() => source.stats.ticks > 40, "it has counted");
    process.kill((await source.where()).pid, "SIGKILL");
    await until(() => source.state !== "running", "it is missed");
    const { length } = (await sink.seen()).values;
    await until(() => sink.stats.inputs.video.read > length + 10, "it counts again");
    const { values, frames } = await sink.seen();
    assert.ok(values[length] > 20, `began again at ${values[length]}`);
    assert.deepEqual(frames, frames.toSorted((a, b) => a - b));
    assert.equal(new Set(frames).size, frames.length);
    await source.stop();
    await sink.stop();
  });
});
