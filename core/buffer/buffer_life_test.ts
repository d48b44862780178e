import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { audioFormat } from "../message/audio_buffer.ts";
import { VideoFrame } from "../message/video_frame.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { input, output } from "../port/spec.ts";
import { tap } from "../port/tap.ts";
import { stopAll } from "../registry/local_registry.ts";
import type { TimedTick } from "../time/clock.ts";
import { LockstepClock, ManualClock } from "../time/virtual_clock.ts";
import { counting, FiniteActor, OrderedActor, put, SourceActor, until, valueOf } from "../testdata/actors.ts";
import { bursts, chain, collecting, KEY } from "../testdata/buffers.ts";
import { Actor } from "../actor/actor.ts";
import { BufferActor } from "./buffer_actor.ts";
import { registerActor } from "../actor/register_actor.ts";
import type { ActorSpec } from "../actor/spec.ts";

const timeout = 30_000;
const sound = audioFormat({ sampleRateHz: 48_000, channels: 2, framesMax: 4 });

afterEach(() => stopAll());

interface LoopTypes {
  inputs: { video: Input<VideoFrame>; back: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
  options: { seen: [number, number | undefined][] };
}

/** Hands its first input on, and notes what comes back at that moment. */
@registerActor({ name: "TestFeedback", module: import.meta.url })
class FeedbackActor extends Actor<LoopTypes> {
  static readonly spec: ActorSpec<LoopTypes> = {
    description: "A mixer with feedback for tests",
    inputs: { video: input(VideoFrame, { drives: true }), back: input(VideoFrame, { delivery: "ordered" }) },
    outputs: { video: output(VideoFrame) },
    options: {
      validate: (given) => ({ value: given as LoopTypes["options"] }),
      toJSONSchema: () => ({ type: "object" }),
    },
  };

  override process(_tick: TimedTick): void {
    const frame = this.inputs.video.readLatest();
    const back = this.inputs.back.read();
    if (!frame) return;
    this.options.seen.push([valueOf(frame), back && valueOf(back)]);
    const out = this.outputs.video.loan(frame.format);
    out?.data.set(frame.data);
    out?.commit({ stampFrom: frame });
  }
}

describe("the life of a buffer", () => {
  it("does not wait for a prefill that cannot come", { timeout }, async () => {
    const { values, source, buffer, fill, beat } = await chain(bursts(2), { prefill: 3 });
    await fill();
    await beat();
    await source.stop();
    await beat(2);
    assert.deepEqual(values, [1, 2]);
    assert.equal(buffer.state, "running", "a source that was stopped has not finished");
  });

  it("finishes when its sources have and everything was handed out", { timeout }, async () => {
    const { values, buffer, sink, fill, beat } = await chain({
      process: (body) => {
        for (const n of [1, 2, 3]) put(body.outputs.video, n);
        body.outputs.sound.finish();
        body.end();
      },
    }, {});
    await fill();
    await beat();
    assert.equal(buffer.state, "running");
    await beat();
    assert.equal(buffer.state, "running");
    await beat();
    await Promise.all([buffer.ended, sink.ended]);
    assert.deepEqual(values, [1, 2, 3]);
    assert.deepEqual(buffer.stats.counters, {});
  });

  it("ends a type whose source has finished while others go on", { timeout }, async () => {
    for (const first of ["video", "sound"] as const) {
      const [from, to] = [new ManualClock(60), new ManualClock(60)];
      const source = new SourceActor({
        clock: from,
        process: ({ outputs }) => {
          if (outputs.video.ended === 0) put(outputs.video, 1);
          if (outputs.sound.ended === 0) outputs.sound.loan(sound)!.commit();
          outputs[first].finish();
        },
      });
      const buffer = new BufferActor({ clock: to });
      const [frames, blocks]: [number[], number[]] = [[], []];
      source.pipe(buffer);
      tap(buffer.outputs.video, (frame) => void frames.push(frame.sequence));
      tap(buffer.outputs.audio, (block) => void blocks.push(block.sequence));
      await Promise.all([source.ready, buffer.ready]);
      await from.advance(3);
      await to.advance(3);
      const { video, audio } = buffer.outputs;
      const isFirst = first === "video";
      assert.deepEqual([frames, blocks], isFirst ? [[1], [1, 2, 3]] : [[1, 2, 3], [1]]);
      assert.deepEqual([video.ended, audio.ended, buffer.state], [isFirst ? 1 : 0, isFirst ? 0 : 1, "running"]);
      await stopAll();
    }
  });

  it("waits for room for the last item too", { timeout }, async () => {
    const retained: VideoFrame[] = [];
    const last = 20;
    let value = 0;
    const { values, buffer, fill, beat } = await chain(
      {
        process: (body) => {
          put(body.outputs.video, ++value);
          if (value === last) body.end();
        },
      },
      {},
      {
        process: (body) => {
          for (const frame of body.inputs.video) {
            values.push(valueOf(frame));
            retained.push(frame.retain());
          }
        },
      },
    );
    while (value < last) {
      await fill();
      await beat();
      // After this, as many are retained as there are slots: the last item finds none.
      if (value < last - buffer.outputs.video.stats().slots) {
        for (const frame of retained.splice(0)) frame.release();
      }
    }
    assert.equal(buffer.state, "running");
    assert.deepEqual([values.length, buffer.stats.counters], [last - 1, { "heldBack.video": 1 }]);
    for (const frame of retained) frame.release();
    await beat();
    await buffer.ended;
    assert.deepEqual([values.at(-1), buffer.stats.counters], [last, { "heldBack.video": 1 }]);
  });

  it("hands events out before it finishes, also if it has nothing else", { timeout }, async () => {
    for (const hasVideo of [true, false]) {
      const [from, to] = [new ManualClock(60), new ManualClock(60)];
      const keys: string[] = [];
      const source = new SourceActor({
        clock: from,
        process: (body) => {
          for (const key of "abc") body.outputs.keys.send({ ...KEY, key });
          put(body.outputs.video, 1);
          body.end();
        },
      });
      const buffer = new BufferActor({ clock: to });
      if (hasVideo) source.outputs.video.pipe(buffer.inputs.video);
      source.outputs.keys.pipe(buffer.inputs.keys);
      tap(buffer.outputs.video, () => {});
      tap(buffer.outputs.keys, (event) => void keys.push(event.value.key));
      await Promise.all([source.ready, buffer.ready]);
      await from.advance();
      await to.advance(3);
      await buffer.ended;
      assert.deepEqual(keys, ["a", "b", "c"], `with video: ${hasVideo}`);
      assert.deepEqual(buffer.stats.counters, {});
    }
  });

  it("counts what is left when it is stopped", { timeout }, async () => {
    const { buffer, fill, beat } = await chain(bursts(5), {});
    await fill();
    await beat();
    await buffer.stop();
    assert.deepEqual(buffer.stats.counters, { "left.video": 4 });
  });

  it("may stand in a circle of links, as its delay", { timeout }, async () => {
    const [from, to] = [new ManualClock(60), new ManualClock(60)];
    const seen: [number, number | undefined][] = [];
    const source = new SourceActor({ clock: from, ...counting() });
    const mixer = new FeedbackActor({ seen });
    const buffer = new BufferActor({ clock: to, prefill: 2 });
    source.outputs.video.pipe(mixer.inputs.video);
    mixer.outputs.video.pipe(buffer.inputs.video);
    buffer.outputs.video.pipe(mixer.inputs.back);
    await Promise.all([source.ready, mixer.ready, buffer.ready]);
    for (let i = 0; i < 6; i++) {
      await from.advance();
      await to.advance();
    }
    assert.deepEqual(seen, [[1, undefined], [2, undefined], [3, 1], [4, 2], [5, 3], [6, 4]]);
  });

  it("passes everything on at once in lockstep, and finishes", { timeout }, async () => {
    const clock = new LockstepClock();
    const values: number[] = [];
    const source = new FiniteActor({ count: 200, clock });
    const buffer = new BufferActor({ capacity: 1, fps: 1, prefill: 1, clock });
    const sink = new OrderedActor(collecting(values));
    source.pipe(buffer).outputs.video.pipe(sink.inputs.video);
    await Promise.all([source.ready, buffer.ready, sink.ready]);
    await clock.run();
    await sink.ended;
    assert.deepEqual(values, Array.from({ length: 200 }, (_, index) => index + 1));
    assert.deepEqual([buffer.state, buffer.stats.counters], ["stopped", {}]);
  });

  it("waits for room in lockstep", { timeout }, async () => {
    const clock = new LockstepClock();
    const retained: VideoFrame[] = [];
    const values: number[] = [];
    const source = new FiniteActor({ count: 30, clock });
    const buffer = new BufferActor({ clock });
    const sink = new OrderedActor({
      process: (body) => {
        for (const frame of body.inputs.video) {
          values.push(valueOf(frame));
          retained.push(frame.retain());
        }
      },
    });
    source.pipe(buffer).outputs.video.pipe(sink.inputs.video);
    await Promise.all([source.ready, buffer.ready, sink.ready]);
    const run = clock.run();
    while (buffer.state === "running") {
      const before = buffer.outputs.video.stats().dropped;
      await until(() => buffer.state !== "running" || buffer.outputs.video.stats().dropped > before, "it is full");
      for (const frame of retained.splice(0)) frame.release();
    }
    await run;
    await sink.ended;
    assert.deepEqual(values, Array.from({ length: 30 }, (_, index) => index + 1));
    assert.ok(buffer.stats.outputs.video.dropped > 0, "it found no room at least once");
  });

  it("refuses to be in lockstep alone, or to be left out of it", { timeout }, async () => {
    const lockstep = new LockstepClock();
    for (const hasLockstep of [true, false]) {
      const manual = new ManualClock(60);
      const source = new SourceActor({ id: "s", clock: hasLockstep ? manual : lockstep, ...counting() });
      const buffer = new BufferActor({ id: "b", clock: hasLockstep ? lockstep : manual });
      source.pipe(buffer);
      await Promise.all([source.ready, buffer.ready]);
      const refused = assert.rejects(
        buffer.ended,
        hasLockstep
          ? /Cannot buffer TestScript "s" output video in Buffer "b": the buffer is in lockstep and the source is not;/
          : /Cannot buffer TestScript "s" output video in Buffer "b": the source is in lockstep and the buffer is not;/,
      );
      if (!hasLockstep) await lockstep.run({ seconds: 0.03 });
      await manual.advance();
      await refused;
      await stopAll();
    }
  });

  it("begins anew with every instance", { timeout }, async () => {
    for (let life = 0; life < 2; life++) {
      const { values, buffer, fill, beat } = await chain(bursts(4), { capacity: 3, prefill: 2 });
      await fill();
      await beat(4);
      assert.deepEqual(values, [2, 3, 4]);
      assert.deepEqual(buffer.stats.counters, { "overrun.video": 1 });
      await stopAll();
    }
  });
});
