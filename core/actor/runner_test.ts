import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Actor } from "./actor.ts";
import { registerActor } from "./register_actor.ts";
import type { ActorSpec } from "./spec.ts";
import { VideoFrame } from "../message/video_frame.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { input, output } from "../port/spec.ts";
import { tap } from "../port/tap.ts";
import { stopAll } from "../registry/local_registry.ts";
import type { TimedTick } from "../time/clock.ts";
import { LockstepClock, ManualClock } from "../time/virtual_clock.ts";
import {
  counting,
  DataSink,
  FilterActor,
  gate,
  MixActor,
  OrderedActor,
  put,
  SourceActor,
  until,
  valueOf,
  WIDE,
} from "../testdata/actors.ts";

const timeout = 30_000;
const turn = (ms = 0): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

afterEach(() => stopAll());

interface LoopTypes {
  inputs: { video: Input<VideoFrame>; back: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
}

const callsOf = new Map<string, string[]>();

/** Hands frames of its first input on, and may close a circle. */
@registerActor({ name: "TestLoop", module: import.meta.url })
class LoopActor extends Actor<LoopTypes> {
  static readonly spec: ActorSpec<LoopTypes> = {
    description: "A loop for tests",
    inputs: { video: input(VideoFrame), back: input(VideoFrame) },
    outputs: { video: output(VideoFrame) },
    buffers: true,
  };

  /** Clock ids of the ticks so far. */
  get calls(): string[] {
    const calls = callsOf.get(this.id) ?? [];
    callsOf.set(this.id, calls);
    return calls;
  }

  override process(tick: TimedTick): void {
    this.calls.push(tick.clockId);
    const frame = this.inputs.video.readLatest();
    if (frame) put(this.outputs.video, valueOf(frame));
  }
}

describe("an actor driven by its input", () => {
  it("gets one tick per item, with the item's instant and numbers that never go back", { timeout }, async () => {
    const clock = new ManualClock(60);
    const ticks: TimedTick[] = [];
    const seen: [number, bigint][] = [];
    const source = new SourceActor({ clock, ...counting() });
    const sink = new FilterActor({
      process: (body, tick) => {
        const frame = body.inputs.video.readLatest()!;
        ticks.push(tick);
        seen.push([valueOf(frame), frame.timestampNs]);
      },
    });
    source.pipe(sink);
    await Promise.all([source.ready, sink.ready]);
    await clock.advance(5);
    assert.deepEqual(seen.map(([value]) => value), [1, 2, 3, 4, 5]);
    assert.deepEqual(ticks.map((tick) => tick.timestampNs), seen.map(([, instantNs]) => instantNs));
    assert.deepEqual(ticks.map((tick) => tick.frameNumber), [0, 1, 2, 3, 4]);
    assert.deepEqual(ticks.map((tick) => tick.taiFrame), [0n, 1n, 2n, 3n, 4n]);
    assert.ok(ticks.every((tick) => tick.clockId === clock.clockId && !tick.freewheel && tick.missed === 0));
    assert.equal(sink.stats.ticks, 5);
    assert.equal(sink.stats.freewheelTicks, 0);
  });

  it("stamps the last item of a finished source with its own instant", { timeout }, async () => {
    const clock = new ManualClock(60);
    const first = new SourceActor({
      clock,
      process: (body, tick) => {
        if (tick.frameNumber > 2) return;
        put(body.outputs.video, tick.frameNumber);
        if (tick.frameNumber === 2) body.outputs.video.finish();
      },
    });
    // The second source falls silent: the last item of the first is held for it when its own source has finished.
    const second = new SourceActor({
      clock,
      process: (body, tick) => {
        if (tick.frameNumber < 2) put(body.outputs.video, tick.frameNumber);
      },
    });
    const mix = new MixActor({
      process: (body) => {
        const frame = body.inputs.first.readLatest();
        if (frame && !frame.repeated) put(body.outputs.video, valueOf(frame));
      },
    });
    const stamps: bigint[] = [];
    tap(mix.outputs.video, (frame) => void stamps.push(frame.header.taiFrame));
    await Promise.all([first.ready, second.ready, mix.ready]);
    first.outputs.video.pipe(mix.inputs.first);
    second.outputs.video.pipe(mix.inputs.second);
    await clock.advance(5);
    assert.deepEqual(stamps, [0n, 1n, 2n]);
  });

  it("takes its beat from the first linked media input, and changes when the links do", { timeout }, async () => {
    const [one, two] = [new ManualClock(60), new ManualClock(50)];
    const ticks: string[] = [];
    const first = new SourceActor({ clock: one, ...counting() });
    const second = new SourceActor({ clock: two, ...counting() });
    const mix = new MixActor({ process: (_, tick) => void ticks.push(tick.clockId) });
    await mix.ready;
    second.outputs.video.pipe(mix.inputs.second);
    await two.advance(2);
    assert.deepEqual(ticks.splice(0), [two.clockId, two.clockId]);
    first.outputs.video.pipe(mix.inputs.first);
    await two.advance(3);
    assert.deepEqual(ticks.splice(0), [], "the second input no longer drives");
    await one.advance(2);
    assert.deepEqual(ticks.splice(0), [one.clockId, one.clockId]);
    mix.inputs.first.unlink();
    await two.advance(2);
    assert.ok(ticks.length >= 2 && ticks.every((id) => id === two.clockId), `${ticks}`);
  });

  it("is never driven by events", { timeout }, async () => {
    const clock = new ManualClock(60);
    let calls = 0;
    const source = new SourceActor({
      clock,
      process: (body) => {
        const state = { repeat: false, shift: false, control: false, alt: false, meta: false };
        body.outputs.keys.send({ type: "down", key: "a", code: "KeyA", ...state });
      },
    });
    const mix = new MixActor({ process: () => void calls++ });
    source.outputs.keys.pipe(mix.inputs.keys);
    await Promise.all([source.ready, mix.ready]);
    await clock.advance(3);
    assert.equal(calls, 0);
    assert.equal(mix.inputs.keys.unread, 3);
  });

  it("reads the item that woke it by read() and by iteration too", { timeout }, async () => {
    const clock = new ManualClock(60);
    const seen: unknown[] = [];
    let value = 0;
    const source = new SourceActor({ clock, process: (body) => void body.outputs.data.send({ value: ++value }) });
    const sink = new DataSink({
      process: (body) => {
        for (const item of body.inputs.data) seen.push(item.value);
        assert.equal(body.inputs.data.read(), undefined);
      },
    });
    source.pipe(sink);
    await Promise.all([source.ready, sink.ready]);
    await clock.advance(3);
    assert.deepEqual(seen, [{ value: 1 }, { value: 2 }, { value: 3 }]);
  });

  it("merges what comes while it works, and never loses the last item", { timeout }, async () => {
    const clock = new ManualClock(60);
    const seen: number[] = [];
    let pass = gate();
    const source = new SourceActor({ clock, process: (body) => void put(body.outputs.video, 0) });
    const sink = new FilterActor({
      process: async (body) => {
        seen.push(valueOf(body.inputs.video.readLatest()!));
        await pass.promise;
      },
    });
    source.pipe(sink);
    await Promise.all([source.ready, sink.ready]);
    const advancing = clock.advance(1);
    await until(() => seen.length === 1, "the first item is being processed");
    for (let value = 1; value <= 7; value++) put(source.outputs.video, value);
    const held = pass;
    pass = gate();
    held.open();
    await until(() => seen.length === 2, "the merged item is being processed");
    assert.deepEqual(seen, [0, 7]);
    assert.equal(sink.stats.inputs.video.missed, 6);
    assert.equal(sink.stats.missedTicks, 6);
    pass.open();
    await advancing;
    assert.deepEqual(seen, [0, 7]);
  });

  it("drains an ordered input however few items it takes at a time", { timeout }, async () => {
    const clock = new ManualClock(60);
    const seen: number[] = [];
    const source = new SourceActor({
      clock,
      process: (body) => {
        for (let value = 1; value <= 6; value++) put(body.outputs.video, value);
      },
    });
    const sink = new OrderedActor({
      process: async (body) => {
        seen.push(valueOf(body.inputs.video.read()!));
        await turn();
      },
    });
    source.outputs.video.pipe(sink.inputs.video);
    await Promise.all([source.ready, sink.ready]);
    await clock.advance(1);
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6]);
    assert.equal(sink.stats.inputs.video.missed, 0);
  });

  it("stamps ticks of an ordered input in the time of its source", { timeout }, async () => {
    const clock = new ManualClock(50);
    const ticks: bigint[] = [];
    const source = new SourceActor({ clock, ...counting() });
    const sink = new OrderedActor({
      process: (body, tick) => {
        assert.ok(body.inputs.video.read());
        ticks.push(tick.timestampNs, tick.taiFrame);
      },
    });
    source.outputs.video.pipe(sink.inputs.video);
    await Promise.all([source.ready, sink.ready]);
    await clock.advance(3);
    assert.deepEqual(ticks, [0n, 0n, 20_000_000n, 1n, 40_000_000n, 2n]);
  });

  it("gets the newest item at once when it is linked late", { timeout }, async () => {
    const clock = new ManualClock(60);
    const seen: number[] = [];
    const source = new SourceActor({ clock, ...counting() });
    await source.ready;
    await clock.advance(1);
    const reader = new OrderedActor({
      process: (body) => {
        for (const frame of body.inputs.video) seen.push(valueOf(frame));
      },
    });
    source.outputs.video.pipe(reader.inputs.video);
    await clock.advance(2);
    reader.inputs.video.unlink();
    await clock.advance(3);
    source.outputs.video.pipe(reader.inputs.video);
    await until(() => seen.length === 4, "the newest item was read");
    assert.deepEqual(seen, [1, 2, 3, 6]);
    assert.equal(reader.stats.inputs.video.missed, 0, "a new link has missed nothing");
  });
});

describe("freewheeling", () => {
  it(
    "replaces a silent driving input by flagged ticks at the last rate, and ends when items return",
    { timeout },
    async () => {
      const ticks: TimedTick[] = [];
      let silent = false;
      let value = 0;
      const source = new SourceActor({ process: (body) => void (silent || put(body.outputs.video, ++value)) });
      const repeats: boolean[] = [];
      const sink = new FilterActor({
        process: (body, tick) => {
          ticks.push(tick);
          repeats.push(body.inputs.video.readLatest()!.repeated);
          body.pass();
        },
      });
      source.pipe(sink);
      await until(() => ticks.filter((tick) => !tick.freewheel).length >= 3, "items came");
      silent = true;
      await until(() => ticks.filter((tick) => tick.freewheel).length >= 4, "it freewheels");
      silent = false;
      const before = ticks.length;
      await until(() => ticks.slice(before).filter((tick) => !tick.freewheel).length >= 2, "items returned");
      const wheeling = ticks.flatMap((tick, i) => tick.freewheel ? [i] : []);
      assert.equal(sink.stats.freewheelTicks, wheeling.length);
      for (const i of wheeling) {
        assert.ok(repeats[i], "a freewheel tick sees the old item");
        assert.equal(ticks[i].discontinuity, i === 0 || !ticks[i - 1].freewheel);
      }
      for (let i = 1; i < ticks.length; i++) assert.ok(ticks[i].frameNumber > ticks[i - 1].frameNumber);
      const back = ticks.findIndex((tick, i) => i > 0 && !tick.freewheel && ticks[i - 1].freewheel);
      assert.equal(ticks[back].discontinuity, true);
    },
  );

  it("waits while a call takes longer than the beat, and lets the event loop turn", { timeout }, async () => {
    let [running, most, calls] = [0, 0, 0];
    const source = new SourceActor(counting());
    const sink = new FilterActor({
      process: async () => {
        most = Math.max(most, ++running);
        if (calls >= 3) await turn(60);
        running--;
        calls++;
      },
    });
    source.pipe(sink);
    await until(() => calls >= 6, "slow calls return");
    assert.equal(most, 1);
  });

  it("goes on when the body leaves ordered items unread", { timeout }, async () => {
    let [calls, wheeled] = [0, 0];
    let silent = false;
    const source = new SourceActor({ process: (body) => void (silent || put(body.outputs.video, 1)) });
    const sink = new OrderedActor({
      process: (_, tick) => {
        calls++;
        if (tick.freewheel) wheeled++;
      },
    });
    source.outputs.video.pipe(sink.inputs.video);
    await until(() => calls >= 2, "it is called");
    silent = true;
    await until(() => wheeled >= 2, "it freewheels with items unread");
  });

  it("sees the end of its source also from a freewheel tick", { timeout }, async () => {
    let value = 0;
    const source = new SourceActor({
      process: (body) => {
        if (++value > 3) return body.end();
        put(body.outputs.video, value);
      },
    });
    const seen: number[] = [];
    const sink = new OrderedActor({
      process: (body, tick) => {
        if (!tick.freewheel) return;
        for (const frame of body.inputs.video) seen.push(valueOf(frame));
      },
    });
    source.outputs.video.pipe(sink.inputs.video);
    await sink.ended;
    assert.deepEqual(seen, [1, 2, 3]);
  });

  it("skips what a blocked loop has missed instead of catching up", { timeout }, async () => {
    const ticks: TimedTick[] = [];
    let silent = false;
    const source = new SourceActor({ process: (body) => void (silent || put(body.outputs.video, 1)) });
    const sink = new FilterActor({ process: (_, tick) => void ticks.push(tick) });
    source.pipe(sink);
    await until(() => ticks.length >= 2, "items came");
    silent = true;
    await until(() => ticks.some((tick) => tick.freewheel), "it freewheels");
    const before = ticks.length;
    const endMs = performance.now() + 400;
    while (performance.now() < endMs);
    await until(() => ticks.length > before + 2, "it goes on");
    const skipped = ticks.slice(before).reduce((sum, tick) => sum + tick.missed, 0);
    assert.ok(skipped >= 15, `400 ms at 60 Hz were made up for: only ${skipped} beats skipped`);
    const [first, last] = [ticks[before], ticks.at(-1)!];
    assert.equal(last.taiFrame - first.taiFrame, BigInt(last.frameNumber - first.frameNumber));
  });
});

describe("a circle of links", () => {
  it("through an actor that buffers is allowed, and has no clock until something drives it", { timeout }, async () => {
    const clock = new ManualClock(60);
    const [one, two] = [new LoopActor({}), new LoopActor({})];
    one.outputs.video.pipe(two.inputs.back);
    two.outputs.video.pipe(one.inputs.back);
    await Promise.all([one.ready, two.ready]);
    put(one.outputs.video, 1);
    await until(() => two.calls.length >= 1, "the item went on");
    const source = new SourceActor({ clock, ...counting() });
    source.outputs.video.pipe(one.inputs.video);
    await source.ready;
    one.calls.length = 0;
    await clock.advance(3);
    assert.deepEqual(one.calls.filter((id) => id !== clock.clockId), []);
    assert.ok(one.calls.length >= 3);
  });
});

describe("joined inputs", () => {
  it("pair n with n in a diamond, whichever branch is slower", { timeout }, async () => {
    for (const slow of ["first", "second"]) {
      const clock = new ManualClock(60);
      const pairs: [number, number, boolean][] = [];
      const source = new SourceActor({ clock, ...counting() });
      const slowly = async (body: FilterActor): Promise<void> => {
        body.pass();
        for (let i = 0; i < 3; i++) await turn();
      };
      const a = new FilterActor(slow === "first" ? { process: async (b) => (await turn(3), await slowly(b)) } : {});
      const b = new FilterActor(slow === "second" ? { process: async (b) => (await turn(3), await slowly(b)) } : {});
      const mix = new MixActor({
        process: (body) => {
          const [one, two] = [body.inputs.first.readLatest()!, body.inputs.second.readLatest()!];
          pairs.push([valueOf(one), valueOf(two), two.aligned]);
        },
      });
      source.outputs.video.pipe(a.inputs.video);
      source.outputs.video.pipe(b.inputs.video);
      a.outputs.video.pipe(mix.inputs.first);
      b.outputs.video.pipe(mix.inputs.second);
      await Promise.all([source.ready, a.ready, b.ready, mix.ready]);
      await clock.advance(6);
      assert.deepEqual(pairs, [1, 2, 3, 4, 5, 6].map((n) => [n, n, true]), `slow: ${slow}`);
      assert.equal(mix.stats.inputs.second.unaligned, 0);
      await stopAll();
    }
  });

  it("use the older item and count it when a branch is late for more than a period", { timeout }, async () => {
    const pairs: [number, number, boolean][] = [];
    const source = new SourceActor(counting());
    let stuck = false;
    const branch = new FilterActor({ process: (body) => void (stuck || body.pass()) });
    const mix = new MixActor({
      process: (body, tick) => {
        const [one, two] = [body.inputs.first.readLatest(), body.inputs.second.readLatest()];
        if (one && two && !tick.freewheel) pairs.push([valueOf(one), valueOf(two), two.aligned]);
      },
    });
    branch.outputs.video.pipe(mix.inputs.second);
    source.outputs.video.pipe(mix.inputs.first);
    source.outputs.video.pipe(branch.inputs.video);
    await until(() => pairs.some(([one, two]) => one === two), "the branches are aligned");
    const before = mix.stats.inputs.second.unaligned;
    stuck = true;
    await until(() => mix.stats.inputs.second.unaligned >= before + 3, "late items are counted");
    const [one, two, aligned] = pairs.at(-1)!;
    assert.ok(one > two);
    assert.equal(aligned, false);
  });

  it("say so when the item of the tick is no longer kept", { timeout }, async () => {
    const clock = new ManualClock(60);
    const seen: [number, number, boolean][] = [];
    const source = new SourceActor({ clock });
    const late = new FilterActor({ process: () => {} });
    const mix = new MixActor({
      process: (body) => {
        const [one, two] = [body.inputs.first.readLatest()!, body.inputs.second.readLatest()!];
        seen.push([valueOf(one), valueOf(two), two.aligned]);
      },
    });
    source.outputs.video.pipe(late.inputs.video);
    source.outputs.video.pipe(mix.inputs.second);
    late.outputs.video.pipe(mix.inputs.first);
    await Promise.all([source.ready, late.ready, mix.ready]);
    const stamped = (actor: SourceActor | FilterActor, value: number): void => {
      const out = actor.outputs.video.loan(WIDE)!;
      new Uint32Array(out.data.buffer, out.data.byteOffset, out.data.length >> 2).fill(value);
      out.commit({ timestampNs: BigInt(value) });
    };
    for (let value = 1; value <= 20; value++) stamped(source, value);
    await turn(5);
    stamped(late, 3);
    await until(() => seen.length === 1, "the late item was mixed");
    assert.deepEqual(seen, [[3, 20, false]]);
    assert.equal(mix.stats.inputs.second.unaligned, 1);
  });

  it("do not wait for a branch whose source has ended", { timeout }, async () => {
    const clock = new ManualClock(60);
    const seen: number[] = [];
    const source = new SourceActor({ clock, ...counting() });
    const branch = new FilterActor({});
    const mix = new MixActor({ process: (body) => void seen.push(valueOf(body.inputs.first.readLatest()!)) });
    source.outputs.video.pipe(mix.inputs.first);
    source.outputs.video.pipe(branch.inputs.video);
    branch.outputs.video.pipe(mix.inputs.second);
    await Promise.all([source.ready, branch.ready, mix.ready]);
    await clock.advance(2);
    await branch.stop();
    await clock.advance(2);
    assert.deepEqual(seen, [1, 2, 3, 4]);
  });

  it("call the body no more once it was stopped while it waited", { timeout }, async () => {
    for (let delay = 0; delay < 4; delay++) {
      const calls: string[] = [];
      const source = new SourceActor({});
      const branch = new FilterActor({ process: () => {} });
      const mix = new MixActor({ process: () => void calls.push("process"), onStop: () => void calls.push("stop") });
      source.outputs.video.pipe(mix.inputs.first);
      source.outputs.video.pipe(branch.inputs.video);
      branch.outputs.video.pipe(mix.inputs.second);
      await Promise.all([source.ready, branch.ready, mix.ready]);
      put(branch.outputs.video, 1);
      put(source.outputs.video, 2);
      for (let i = 0; i < delay; i++) await Promise.resolve();
      put(branch.outputs.video, 2);
      await mix.stop();
      await turn(30);
      assert.equal(calls.at(-1), "stop", `delay ${delay}: ${calls}`);
      await stopAll();
    }
  });
});

describe("LockstepClock and the graph behind it", () => {
  it("waits for actors that are still starting", { timeout }, async () => {
    const clock = new LockstepClock(60);
    const seen: number[] = [];
    let value = 0;
    const source = new SourceActor({
      clock,
      process: (body) => {
        put(body.outputs.video, ++value);
        if (value === 40) body.end();
      },
    });
    const sink = new FilterActor({
      onStart: () => turn(50),
      process: (body) => void seen.push(valueOf(body.inputs.video.readLatest()!)),
    });
    source.pipe(sink);
    await clock.run();
    await sink.ended;
    assert.deepEqual(seen, Array.from({ length: 40 }, (_, i) => i + 1));
  });

  it("has run when everything behind the sources has ended, onStop() included", { timeout }, async () => {
    const clock = new LockstepClock(60);
    let value = 0;
    const order: string[] = [];
    const source = new SourceActor({
      clock,
      process: (body) => {
        put(body.outputs.video, ++value);
        if (value === 5) body.end();
      },
      onStop: async () => {
        await turn(20);
        order.push("source");
      },
    });
    const filter = new FilterActor({});
    const sink = new FilterActor({
      process: async (body) => {
        await turn();
        assert.equal(valueOf(body.inputs.video.readLatest()!) > 0, true);
      },
      onStop: async () => {
        await turn(20);
        order.push("sink");
      },
    });
    source.pipe(filter).pipe(sink);
    await clock.run();
    assert.deepEqual(order, ["source", "sink"]);
    assert.deepEqual([source.state, filter.state, sink.state], ["stopped", "stopped", "stopped"]);
    assert.equal(sink.stats.ticks, 5);
  });

  it("does not take for a loss what an actor chose not to read", { timeout }, async () => {
    const clock = new LockstepClock(60);
    const source = new SourceActor({ clock, ...counting() });
    const seen: [number, number][] = [];
    const mix = new MixActor({
      process: (body) => {
        const one = valueOf(body.inputs.first.readLatest()!);
        if (one % 3 === 0) seen.push([one, valueOf(body.inputs.second.readLatest()!)]);
      },
    });
    source.outputs.video.pipe(mix.inputs.first);
    source.outputs.video.pipe(mix.inputs.second);
    await Promise.all([source.ready, mix.ready]);
    await clock.run({ seconds: 0.2 });
    assert.deepEqual(seen, [[3, 3], [6, 6], [9, 9], [12, 12]]);
    assert.equal(mix.state, "running");
  });
});
