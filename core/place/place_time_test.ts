import { after, before, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { loadNative } from "../native.ts";
import type { Clock, TimedTick } from "../time/clock.ts";
import { monotonicNowNs, taiOf } from "../time/now.ts";
import { toRate } from "../time/rate.ts";
import { SoftwareClock } from "../time/software_clock.ts";
import { LockstepClock, ManualClock } from "../time/virtual_clock.ts";
import type { PoolDispatcher } from "./pool_dispatcher.ts";
import { ProcessPoolDispatcher } from "./process_pool_dispatcher.ts";
import { AddActor, CollectActor, CounterActor, PairActor } from "./testdata/place_actors.ts";
import { ThreadPoolDispatcher } from "./thread_pool_dispatcher.ts";

const timeout = 60_000;
const { library } = await loadNative();

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

describe("time in several places", { skip: library === undefined }, () => {
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

  /** A source, a slow filter and a quick one beside it, and a reader of both, each at another place. */
  async function render(places: (PoolDispatcher | undefined)[]): Promise<{ slow: number[]; pairs: unknown }> {
    const clock = new LockstepClock();
    const options = places.map((dispatcher) => dispatcher ? { dispatcher } : {});
    const source = new CounterActor({ count: 40, fps: 25, clock, ...options[0] });
    const slow = new AddActor({ workMs: 3, ...options[1] });
    const quick = new AddActor({ by: 2000, ...options[2] });
    const sink = new CollectActor({ ...options[3] });
    const pair = new PairActor({ ...options[0] });
    source.outputs.video.pipe(slow.inputs.video);
    source.outputs.video.pipe(quick.inputs.video);
    slow.outputs.video.pipe(sink.inputs.video);
    slow.outputs.video.pipe(pair.inputs.first);
    quick.outputs.video.pipe(pair.inputs.second);
    await Promise.all([source, slow, quick, sink, pair].map((actor) => actor.ready));
    const seconds = await clock.run();
    assert.equal(Math.round(seconds * 25), 39);
    assert.equal(source.state, "stopped");
    const seen = await sink.seen();
    assert.deepEqual(seen.instants, seen.instants.toSorted((a, b) => Number(a - b)));
    const result = { slow: [...seen.values], pairs: await pair.pairs() };
    await sink.stop();
    await pair.stop();
    return result;
  }

  it("in lockstep loses nothing and pairs a diamond, wherever its actors live", { timeout }, async () => {
    const here = await render([undefined, undefined, undefined, undefined]);
    assert.deepEqual(here.slow, numbers(1001, 1040));
    assert.deepEqual(here.pairs, numbers(1, 40).map((value) => [value + 1000, value + 2000]));
    assert.deepEqual(await render([undefined, threads, undefined, undefined]), here);
    assert.deepEqual(await render([threads, threads, undefined, threads]), here);
    assert.deepEqual(await render([undefined, processes, threads, undefined]), here);
    assert.deepEqual(await render([processes, processes, threads, processes]), here);
  });

  it("does not begin before a link to another place is laid", { timeout }, async () => {
    for (const dispatcher of [threads, processes]) {
      const clock = new LockstepClock(25);
      const source = new CounterActor({ count: 10, fps: 25, clock });
      const sink = new CollectActor({ dispatcher });
      source.outputs.video.pipe(sink.inputs.video);
      await source.ready;
      assert.equal(Math.round(await clock.run() * 25), 9);
      assert.deepEqual((await sink.seen()).values, numbers(1, 10));
      await sink.stop();
    }
  });

  it("stands still until a manual clock moves it, also elsewhere", { timeout }, async () => {
    for (const dispatcher of [threads, processes]) {
      const clock = new ManualClock(50);
      const source = new CounterActor({ freeRun: true, fps: 50, clock, dispatcher });
      const sink = new CollectActor();
      source.outputs.video.pipe(sink.inputs.video);
      await Promise.all([source.ready, sink.ready]);
      await clock.advance(3);
      assert.deepEqual((await sink.seen()).values, [1, 2, 3]);
      assert.equal(source.stats.ticks, 3);
      await clock.advance(2);
      assert.deepEqual((await sink.seen()).values, [1, 2, 3, 4, 5]);
      await source.stop();
      await clock.advance(2);
      await sink.stop();
    }
  });

  it("goes on in lockstep when a place dies in the middle", { timeout }, async () => {
    const clock = new LockstepClock();
    const source = new CounterActor({ count: 30, fps: 25, clock });
    const crashing = new AddActor({ crashAt: 10, dispatcher: processes });
    const sink = new CollectActor({ dispatcher: threads });
    source.outputs.video.pipe(crashing.inputs.video);
    source.outputs.video.pipe(sink.inputs.video);
    crashing.on("state", () => {});
    await Promise.all([source, crashing, sink].map((actor) => actor.ready));
    await clock.run();
    assert.equal(crashing.state, "failed");
    assert.deepEqual((await sink.seen()).values, numbers(1, 30));
    await sink.stop();
  });

  it("has the same beats in every place", { timeout }, async () => {
    const sources = [undefined, threads, processes].map((dispatcher) =>
      new CounterActor({ freeRun: true, fps: 50, ...(dispatcher ? { dispatcher } : {}) })
    );
    const sink = new PairActor();
    sources[1].outputs.video.pipe(sink.inputs.first);
    sources[2].outputs.video.pipe(sink.inputs.second);
    const collector = new CollectActor();
    sources[1].outputs.video.pipe(collector.inputs.video);
    sources[2].outputs.video.pipe(collector.inputs.more.at("other"));
    // Beats that were skipped have none; on a busy machine those are many.
    let twins = 0;
    while (twins < 10) {
      await setTimeout(50);
      const { instants } = await collector.seen();
      twins = instants.length - new Set(instants).size;
    }
    for (const actor of [...sources, sink, collector]) await actor.stop();
  });

  it("is the same TAI to the nanosecond in every place", { timeout }, async () => {
    const instantNs = monotonicNowNs() + 10_000_000_000n;
    for (const dispatcher of [threads, processes]) {
      const actor = new CounterActor({ dispatcher });
      assert.equal(await actor.taiAt(instantNs), taiOf(instantNs));
      await actor.stop();
    }
  });

  it("is told by a clock of the user's own that beats at home", { timeout }, async () => {
    const inner = new SoftwareClock(100);
    const asked: (bigint | undefined)[] = [];
    const clock: Clock = {
      clockId: "own/100/1",
      rate: toRate(100),
      locked: true,
      now: () => inner.now(),
      stats: () => inner.stats(),
      nextTick: async (previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> => {
        asked.push(previous?.taiFrame);
        const tick = await inner.nextTick(previous, signal);
        if (asked.length === 8) throw new Error("Cannot tick any more");
        return { ...tick, clockId: "own/100/1" };
      },
    };
    const source = new CounterActor({ freeRun: true, fps: 100, clock, dispatcher: threads });
    await assert.rejects(source.ended, /Cannot tick any more/);
    assert.equal(source.stats.ticks, 7);
    assert.equal(asked[0], undefined);
    assert.equal(new Set(asked).size, 8);
  });
});
