import {
  ancillaryFormat,
  ancillaryPacket,
  audioFormat,
  isStreamError,
  LockstepClock,
  ManualClock,
  ThreadPoolDispatcher,
  videoFormat,
} from "@streamlib/core";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { assertContinuous, assertNoDrops } from "./losses.ts";
import { picture, pictures, type TestItems } from "./test_items.ts";
import { TestSinkActor } from "./test_sink_actor.ts";
import { TestSourceActor } from "./test_source_actor.ts";

const timeout = 60_000;
const FORMAT = videoFormat({ pixelFormat: "rgba8", width: 4, height: 2, rate: 50 });

function everything(): TestItems {
  const sound = { format: audioFormat({ sampleRateHz: 48_000, channels: 1, framesMax: 4 }) };
  const packet = { format: { codec: "opus", bytesMax: 8 }, data: Uint8Array.of(1, 2, 3), keyframe: true };
  const caption = ancillaryPacket({ did: 0x61, sdid: 1, line: 9, data: [7] });
  return {
    video: [picture(FORMAT, [9]), undefined, picture(FORMAT, [8])],
    audio: [{ ...sound, data: new Uint8Array(new Float32Array([0.5, -0.5]).buffer), stamp: { metadata: { take: 1 } } }],
    packets: [packet],
    ancillary: [{ format: ancillaryFormat({ rate: 50 }), packets: [caption] }],
    data: [{ a: 1 }, 2],
    keys: [{
      type: "down",
      key: "a",
      code: "KeyA",
      repeat: false,
      shift: false,
      control: false,
      alt: false,
      meta: false,
    }],
    mouse: [{ type: "move", x: 1, y: 2, button: -1, deltaX: 0, deltaY: 0 }],
  };
}

describe("TestSourceActor", () => {
  it("sends one item of each list per tick, and finishes with the last", { timeout }, async () => {
    const clock = new ManualClock(50);
    const source = new TestSourceActor({ ...everything(), clock });
    const sink = source.pipe(new TestSinkActor());
    await source.ready;
    await clock.advance(4);
    await Promise.all([source.ended, sink.ended]);
    assert.deepEqual(sink.video.map(({ data }) => data[0]), [9, 8]);
    assert.deepEqual(sink.video.map(({ frameNumber }) => frameNumber), [0, 2]);
    assert.deepEqual([...sink.audio[0].samples], [0.5, -0.5]);
    assert.deepEqual(sink.audio[0].metadata, { take: 1 });
    assert.deepEqual([[...sink.packets[0].data], sink.packets[0].keyframe], [[1, 2, 3], true]);
    assert.equal(sink.ancillary[0].packets[0].did, 0x61);
    assert.deepEqual(sink.data.map(({ value }) => value), [{ a: 1 }, 2]);
    assert.deepEqual(sink.keys.map(({ value }) => value.key), ["a"]);
    assert.deepEqual(sink.mouse.map(({ value }) => value.x), [1]);
    assertNoDrops(source, sink);
  });

  it("beats at the rate of its pictures, or at that which is given", { timeout }, async () => {
    for (const [given, stepNs] of [[{}, 20_000_000n], [{ fps: 100 }, 10_000_000n]] as const) {
      const clock = new LockstepClock();
      const source = new TestSourceActor({ video: pictures(3, FORMAT, [1]), ...given, clock });
      const sink = source.pipe(new TestSinkActor());
      await clock.run();
      await sink.ended;
      assert.equal(sink.video[1].timestampNs - sink.video[0].timestampNs, stepNs);
    }
  });

  it("begins anew with loop", { timeout }, async () => {
    const clock = new ManualClock(50);
    await using source = new TestSourceActor({ data: ["a", "b"], loop: true, fps: 50, clock });
    const sink = source.pipe(new TestSinkActor());
    await source.ready;
    await clock.advance(5);
    assert.deepEqual(sink.data.map(({ value }) => value), ["a", "b", "a", "b", "a"]);
  });

  it("without items finishes at once", { timeout }, async () => {
    const source = new TestSourceActor();
    const sink = source.pipe(new TestSinkActor());
    await Promise.all([source.ended, sink.ended]);
    assert.equal(sink.video.length, 0);
  });

  it("refuses what is no list, by name", () => {
    const wrong = { video: 1, loop: 2, fps: -1, films: [] } as unknown as TestItems;
    assert.throws(() => new TestSourceActor(wrong), /video = 1: must be a list.*loop = 2.*fps = -1.*films/);
  });
});

describe("TestSinkActor", () => {
  it("keeps copies in order, and what it has after its end", { timeout }, async () => {
    const clock = new LockstepClock();
    const source = new TestSourceActor({ video: pictures(20, FORMAT, (data, index) => data.fill(index)), clock });
    const sink = source.pipe(new TestSinkActor());
    await clock.run();
    await sink.ended;
    assert.deepEqual(sink.video.map(({ data }) => data[7]), Array.from({ length: 20 }, (_, index) => index));
    assertContinuous(sink.video);
  });

  it("receives() waits for items on clocks that run by themselves", { timeout }, async () => {
    await using source = new TestSourceActor({ data: [1], loop: true, fps: 200 });
    await using sink = source.pipe(new TestSinkActor());
    const items = await sink.receives("data", 3);
    assert.ok(items.length >= 3);
  });

  it("receives() rejects when the sink ends before, naming how many came", { timeout }, async () => {
    const source = new TestSourceActor({ data: [1, 2], fps: 200 });
    const sink = source.pipe(new TestSinkActor());
    await assert.rejects(sink.receives("data", 3), (thrown: Error) => {
      assert.ok(isStreamError(thrown));
      assert.equal(thrown.code, "actor-stopped");
      assert.match(thrown.message, /3 items of TestSink .* input data: it has ended after 2/);
      return true;
    });
  });

  it("fails at one item more than itemsMax", { timeout }, async () => {
    const source = new TestSourceActor({ data: [1, 2, 3], fps: 200 });
    const sink = source.pipe(new TestSinkActor({ itemsMax: 2 }));
    await assert.rejects(sink.ended, /itemsMax = 2 are kept/);
    assert.equal(sink.data.length, 2);
    await source.ended;
  });

  it("two sinks of one options object keep apart what they get", { timeout }, async () => {
    const clock = new ManualClock(50);
    const source = new TestSourceActor({ data: [1, 2], fps: 50, clock });
    const given = { itemsMax: 5 };
    const [one, other] = [new TestSinkActor(given), new TestSinkActor(given)];
    source.pipe(one);
    await source.ready;
    await clock.advance(3);
    await Promise.all([one.ended, other.stop()]);
    assert.deepEqual([one.data.length, other.data.length], [2, 0]);
  });

  it("refuses another thread, and options that cannot be", () => {
    assert.throws(() => new TestSinkActor({ itemsMax: 0 }), /itemsMax = 0: must be an integer of at least 1/);
    const dispatcher = new ThreadPoolDispatcher({ workers: 1 });
    assert.throws(() => new TestSinkActor({ dispatcher }), /option dispatcher = thread-pool.*leave dispatcher out/);
  });
});
