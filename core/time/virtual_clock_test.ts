import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Domain } from "./domain.ts";
import type { TimedTick } from "./clock.ts";
import { LockstepClock, ManualClock } from "./virtual_clock.ts";
import { stopAll } from "../registry/local_registry.ts";
import {
  counting,
  FilterActor,
  FiniteActor,
  MixActor,
  OrderedActor,
  put,
  SourceActor,
  until,
  valueOf,
} from "../testdata/actors.ts";

const timeout = 20_000;
const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(() => stopAll());

describe("ManualClock", () => {
  it("stands still until it is moved", { timeout }, async () => {
    const clock = new ManualClock(50, 1_000_000_000n);
    const ticks: TimedTick[] = [];
    const source = new SourceActor({ clock, process: (_, tick) => void ticks.push(tick) });
    await source.ready;
    await turn(30);
    assert.equal(ticks.length, 0);
    await clock.advance(3);
    assert.deepEqual(ticks.map((tick) => tick.timestampNs), [1_000_000_000n, 1_020_000_000n, 1_040_000_000n]);
    assert.deepEqual(ticks.map((tick) => [tick.frameNumber, Number(tick.taiFrame)]), [[0, 50], [1, 51], [2, 52]]);
    assert.equal(clock.now(), 1_060_000_000n);
    assert.equal(clock.stats().ticks, 3);
  });

  it("waits for everything a beat has set off, asynchronous calls included", { timeout }, async () => {
    const clock = new ManualClock(60);
    const done: string[] = [];
    const source = new SourceActor({
      clock,
      process: async (body) => {
        await turn(3);
        put(body.outputs.video, 1);
      },
    });
    const sink = new FilterActor({
      process: async () => {
        await turn(3);
        done.push("sink");
      },
    });
    source.pipe(sink);
    await clock.advance(2);
    assert.deepEqual(done, ["sink", "sink"]);
  });

  it("drives several actors of different rates in the order of their instants", { timeout }, async () => {
    const clock = new ManualClock(50);
    const order: string[] = [];
    const slow = new SourceActor({
      clock,
      onStart: (body) => body.setRate(25),
      process: (_, tick) => void order.push(`slow ${tick.timestampNs / 1_000_000n}`),
    });
    const fast = new SourceActor({
      clock,
      process: (_, tick) => void order.push(`fast ${tick.timestampNs / 1_000_000n}`),
    });
    await Promise.all([slow.ready, fast.ready]);
    await clock.advance(4);
    assert.deepEqual(order.toSorted(), ["fast 0", "fast 20", "fast 40", "fast 60", "slow 0", "slow 40"]);
    const instants = order.map((one) => Number(one.split(" ")[1]));
    assert.deepEqual(instants, instants.toSorted((a, b) => a - b));
  });

  it("goes on with numbers that never go back when the rate changes", { timeout }, async () => {
    const clock = new ManualClock(50);
    const ticks: TimedTick[] = [];
    const source = new SourceActor({
      clock,
      process: (body, tick) => {
        ticks.push(tick);
        if (ticks.length === 3) body.setRate(100);
      },
    });
    await source.ready;
    await clock.advance(6);
    assert.ok(ticks.length >= 8, `${ticks.length} ticks`);
    assert.deepEqual(ticks.map((tick) => tick.frameNumber), ticks.map((_, i) => i));
    assert.deepEqual(ticks.flatMap((tick, i) => tick.discontinuity ? [i] : []), [3]);
    for (let i = 1; i < ticks.length; i++) assert.ok(ticks[i].timestampNs > ticks[i - 1].timestampNs);
    assert.equal(ticks.at(-1)!.timestampNs - ticks.at(-2)!.timestampNs, 10_000_000n);
  });

  it("is not stuck by an actor that fails or stops at its beat", { timeout }, async () => {
    const clock = new ManualClock(60);
    const failing = new SourceActor({
      clock,
      process: () => {
        throw new Error("no");
      },
    });
    const stopping = new SourceActor({ clock, process: (body) => void body.stop() });
    const other = new SourceActor({ clock, ...counting() });
    failing.ended.catch(() => {});
    await clock.advance(5);
    assert.equal(failing.state, "failed");
    assert.equal(stopping.state, "stopped");
    assert.equal(other.stats.ticks, 5);
  });
});

describe("LockstepClock", () => {
  async function render(): Promise<string[]> {
    const clock = new LockstepClock();
    const lines: string[] = [];
    const source = new FiniteActor({ clock, count: 30 });
    const slow = new FilterActor({
      process: async (body) => {
        await turn();
        body.pass();
      },
    });
    const quick = new FilterActor({});
    const mix = new MixActor({
      process: (body, tick) => {
        const [one, two] = [body.inputs.first.readLatest()!, body.inputs.second.readLatest()!];
        lines.push([valueOf(one), valueOf(two), tick.timestampNs, tick.taiFrame, one.timestampNs, two.aligned].join());
      },
    });
    source.outputs.video.pipe(slow.inputs.video);
    source.outputs.video.pipe(quick.inputs.video);
    slow.outputs.video.pipe(mix.inputs.first);
    quick.outputs.video.pipe(mix.inputs.second);
    const seconds = await clock.run();
    assert.equal(mix.state, "stopped");
    lines.push(`${seconds.toFixed(6)} s`);
    return lines;
  }

  it("loses nothing, pairs a diamond, ends by itself, and gives the same twice", { timeout }, async () => {
    const first = await render();
    assert.equal(first.length, 31);
    first.slice(0, 30).forEach((line, i) =>
      assert.ok(line.startsWith(`${i + 1},${i + 1},`) && line.endsWith("true"), line)
    );
    assert.equal(first[30], `${(29 / 60).toFixed(6)} s`);
    assert.deepEqual(await render(), first);
  });

  it("keeps sources of two rates on one time", { timeout }, async () => {
    const clock = new LockstepClock(50);
    const instants: bigint[] = [];
    const note = (_: SourceActor, tick: TimedTick): void => void instants.push(tick.timestampNs);
    const a = new SourceActor({ clock, process: note });
    const b = new SourceActor({ clock, onStart: (body) => body.setRate({ num: 30000, den: 1001 }), process: note });
    await Promise.all([a.ready, b.ready]);
    const seconds = await clock.run({ seconds: 1.001 });
    assert.equal(seconds, 1.001);
    assert.equal(a.stats.ticks, 51);
    assert.equal(b.stats.ticks, 30);
    assert.deepEqual(instants, instants.toSorted((x, y) => Number(x - y)));
    assert.equal(await clock.run({ seconds: 1 }), 1);
    assert.equal(a.stats.ticks, 101);
  });

  it("hands every item to ordered and to latest readers that take their time", { timeout }, async () => {
    const clock = new LockstepClock();
    const [ordered, latest]: number[][] = [[], []];
    const source = new FiniteActor({ clock, count: 25 });
    const a = new OrderedActor({
      process: async (body) => {
        await turn();
        for (const frame of body.inputs.video) ordered.push(valueOf(frame));
      },
    });
    const b = new FilterActor({
      process: async (body) => {
        await turn(1);
        latest.push(valueOf(body.inputs.video.readLatest()!));
      },
    });
    source.outputs.video.pipe(a.inputs.video);
    source.outputs.video.pipe(b.inputs.video);
    await clock.run();
    const all = Array.from({ length: 25 }, (_, i) => i + 1);
    assert.deepEqual(ordered, all);
    assert.deepEqual(latest, all);
  });

  it("fails an actor whose input overruns, and tells what to declare", { timeout }, async () => {
    const clock = new LockstepClock();
    const source = new SourceActor({
      clock,
      process: (body) => {
        for (let value = 1; value <= 40; value++) put(body.outputs.video, value);
      },
    });
    const sink = new OrderedActor({ process: (body) => void [...body.inputs.video] });
    source.outputs.video.pipe(sink.inputs.video);
    await Promise.all([source.ready, sink.ready]);
    const failed = assert.rejects(sink.ended, (thrown: Error) => {
      assert.match(
        thrown.message,
        /^TestOrdered "[^"]+" failed: Cannot go on in lockstep: TestOrdered "[^"]+" input video lost \d+ items; declare a depth greater than 8$/,
      );
      return true;
    });
    await clock.run({ seconds: 0.1 });
    await failed;
    assert.equal(source.state, "running");
  });

  it("refuses to run twice at a time", { timeout }, async () => {
    const clock = new LockstepClock();
    const running = clock.run();
    await assert.rejects(clock.run(), /Cannot run the lockstep clock: it is running already/);
    assert.equal(await running, 0);
  });

  it("runs on when an actor fails in the middle", { timeout }, async () => {
    const clock = new LockstepClock();
    const source = new FiniteActor({ clock, count: 10 });
    const bad = new FilterActor({
      process: async (body) => {
        await turn();
        if (valueOf(body.inputs.video.readLatest()!) === 3) throw new Error("no");
      },
    });
    const good = new FilterActor({});
    bad.ended.catch(() => {});
    source.outputs.video.pipe(bad.inputs.video);
    source.outputs.video.pipe(good.inputs.video);
    await clock.run();
    assert.deepEqual([bad.state, good.state, good.stats.ticks], ["failed", "stopped", 10]);
  });
});

describe("Domain", () => {
  it("is settled only when nobody is busy, and releases joins one by one", { timeout }, async () => {
    const domain = new Domain(false);
    const order: string[] = [];
    domain.enter();
    const settled = domain.settled().then(() => order.push("settled"));
    domain.join(() => order.push("first"));
    domain.join(() => order.push("second"));
    const takeBack = domain.join(() => order.push("never"));
    takeBack();
    await turn(5);
    assert.deepEqual(order, []);
    domain.leave();
    await settled;
    assert.deepEqual(order, ["first", "second", "settled"]);
  });

  it("is balanced after actors of every kind have come and gone", { timeout }, async () => {
    const clock = new ManualClock(60);
    for (let round = 0; round < 12; round++) {
      const source = new SourceActor({ clock, ...counting() });
      const filter = new FilterActor(round % 2 ? { process: async (body) => (await turn(), body.pass()) } : {});
      const mix = new MixActor({ process: (body) => void body.inputs.second.readLatest() });
      source.outputs.video.pipe(mix.inputs.first);
      source.outputs.video.pipe(filter.inputs.video);
      filter.outputs.video.pipe(mix.inputs.second);
      const advancing = clock.advance(2);
      for (let i = 0; i < round; i++) await Promise.resolve();
      if (round % 3 === 0) await mix.stop();
      if (round % 3 === 1) mix.inputs.second.unlink();
      if (round % 3 === 2) await filter.stop();
      await source.stop();
      await advancing;
      await stopAll();
    }
    let isSettled = false;
    void clock.domain.settled().then(() => isSettled = true);
    await until(() => isSettled, "nobody is busy");
    clock.domain.enter();
    isSettled = false;
    void clock.domain.settled().then(() => isSettled = true);
    await turn(10);
    assert.equal(isSettled, false, "the domain counts below zero");
    clock.domain.leave();
    await until(() => isSettled, "nobody is busy");
  });
});
