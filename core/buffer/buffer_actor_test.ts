import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { AncillaryData, ancillaryFormat } from "../message/ancillary_data.ts";
import { ancillaryBytes, ancillaryPacket } from "../message/ancillary_packet.ts";
import { AudioBuffer, audioFormat } from "../message/audio_buffer.ts";
import { type EncodedFormat, EncodedPacket } from "../message/encoded_packet.ts";
import { FLAG, type Header, type Metadata } from "../message/message.ts";
import type { VideoFrame } from "../message/video_frame.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { input, output } from "../port/spec.ts";
import { tap } from "../port/tap.ts";
import { stopAll } from "../registry/local_registry.ts";
import type { TimedTick } from "../time/clock.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import {
  counting,
  FiniteActor,
  FORMAT,
  OrderedActor,
  type Script,
  SourceActor,
  valueOf,
  WIDE,
} from "../testdata/actors.ts";
import { bursts, chain, collecting, KEY } from "../testdata/buffers.ts";
import { Actor } from "../actor/actor.ts";
import { BufferActor } from "./buffer_actor.ts";
import { describeActor } from "../actor/catalogue.ts";
import { registerActor } from "../actor/register_actor.ts";
import type { ActorSpec } from "../actor/spec.ts";

const timeout = 30_000;
const sound = audioFormat({ sampleRateHz: 48_000, channels: 2, framesMax: 4 });
const coded: EncodedFormat = { codec: "opus", bytesMax: 8 };

afterEach(() => stopAll());

interface CodedTypes {
  inputs: { audio: Input<AudioBuffer>; packets: Input<EncodedPacket> };
  outputs: { audio: Output<AudioBuffer>; packets: Output<EncodedPacket>; ancillary: Output<AncillaryData> };
  options: Script<CodedActor>;
}

/** Sound and packets, in and out. */
@registerActor({ name: "TestCoded", module: import.meta.url })
class CodedActor extends Actor<CodedTypes> {
  static readonly spec: ActorSpec<CodedTypes> = {
    description: "Sound and packets for tests",
    inputs: { audio: input(AudioBuffer), packets: input(EncodedPacket) },
    outputs: { audio: output(AudioBuffer), packets: output(EncodedPacket), ancillary: output(AncillaryData) },
    options: {
      validate: (given) => ({ value: given as Required<Script<CodedActor>> }),
      toJSONSchema: () => ({ type: "object" }),
    },
  };

  override process(tick: TimedTick): void | Promise<void> {
    return this.options.process(this, tick);
  }
}

describe("BufferActor", () => {
  it("hands out one item per beat, in order", { timeout }, async () => {
    const { values, buffer, fill, beat } = await chain(bursts(3, 0, 2), {});
    await fill();
    await beat();
    assert.deepEqual(values, [1]);
    await beat();
    assert.deepEqual(values, [1, 2]);
    await fill(2);
    await beat(2);
    assert.deepEqual(values, [1, 2, 3, 4]);
    await beat(3);
    assert.deepEqual(values, [1, 2, 3, 4, 5]);
    assert.deepEqual(buffer.stats.counters, {});
    assert.equal(buffer.stats.inputs.video.missed, 0);
  });

  it("keeps its pace on a faster clock, and looks at each of its beats", { timeout }, async () => {
    const { values, buffer, fill, beat } = await chain(counting(), { fps: 15 });
    for (let i = 0; i < 16; i++) {
      await fill();
      await beat();
    }
    assert.deepEqual(values, [1, 2, 3, 4]);
    assert.equal(buffer.stats.inputs.video.missed, 0);
    assert.equal(buffer.stats.ticks, 16);
  });

  it("keeps pace by itself without a clock", { timeout }, async () => {
    const values: number[] = [];
    const buffer = new BufferActor({ fps: { num: 15, den: 1 }, capacity: 100 });
    assert.deepEqual(buffer.clock?.rate, { num: 60, den: 1 }, "the first multiple that looks often enough");
    assert.deepEqual(new BufferActor({ fps: 59.94 }).clock?.rate, { num: 60_000, den: 1001 });
    const source = new FiniteActor({ count: 6 });
    const sink = new OrderedActor(collecting(values));
    source.pipe(buffer).outputs.video.pipe(sink.inputs.video);
    await sink.ended;
    assert.deepEqual(values, [1, 2, 3, 4, 5, 6]);
    assert.deepEqual([source.state, buffer.state], ["stopped", "stopped"]);
  });

  it("waits for the prefill once, and not when it has run empty", { timeout }, async () => {
    const { values, fill, beat } = await chain(bursts(2, 1, 1, 0, 0, 0, 1), { prefill: 3 });
    await fill();
    await beat(4);
    assert.deepEqual(values, [], "two of three are there");
    await fill();
    await beat();
    assert.deepEqual(values, [1]);
    await fill();
    await beat(5);
    assert.deepEqual(values, [1, 2, 3, 4]);
    await fill(4);
    await beat();
    assert.deepEqual(values, [1, 2, 3, 4, 5], "goes out at once");
  });

  it("drops the oldest when more wait than its capacity, counts them, and flags the gap", { timeout }, async () => {
    for (const [capacity, kept] of [[4, [2, 3, 4, 5]], [1, [5]]] as const) {
      const { values, buffer, fill, beat } = await chain(bursts(5), { capacity });
      const gaps: boolean[] = [];
      tap(buffer.outputs.video, (frame) => void gaps.push((frame.header.flags & FLAG.discontinuity) !== 0));
      await fill();
      await beat(6);
      assert.deepEqual(values, kept);
      assert.deepEqual(buffer.stats.counters, { "overrun.video": 5 - kept.length });
      assert.deepEqual(gaps, kept.map((_, index) => index === 0));
      await stopAll();
    }
  });

  it("flags what follows items that its input has lost", { timeout }, async () => {
    const { values, buffer, fill, beat } = await chain(bursts(1, 40), {});
    const gaps: number[] = [];
    tap(buffer.outputs.video, (frame) => {
      if ((frame.header.flags & FLAG.discontinuity) !== 0) gaps.push(valueOf(frame));
    });
    await fill();
    await beat();
    await fill();
    await beat(20);
    const { missed } = buffer.stats.inputs.video;
    assert.ok(missed > 0 && values.length === 41 - missed, `${missed} missed, ${values.length} came`);
    assert.deepEqual(gaps, [missed + 2]);
  });

  it("keeps stamps, metadata and flags", { timeout }, async () => {
    const headers: [string, Header, Metadata | undefined][] = [];
    const script: Script<SourceActor> = {
      process: (body, tick) => {
        for (const n of [1, 2]) {
          const out = body.outputs.video.loan(n === 1 ? FORMAT : WIDE)!;
          const sourceTimestampNs = tick.timestampNs - 5n;
          out.commit({ sourceTimestampNs, timestampNs: BigInt(n), metadata: { n }, discontinuity: n === 2 });
        }
      },
    };
    const seen = (place: string) => (frame: VideoFrame): void => {
      headers.push([`${place} ${frame.format.width}`, frame.header, frame.metadata]);
    };
    const { source, buffer, fill, beat } = await chain(script, {});
    tap(source.outputs.video, seen("in"));
    tap(buffer.outputs.video, seen("out"));
    await fill();
    await beat(2);
    const [inputs, outputs] = ["in", "out"].map((place) =>
      headers.filter(([at]) => at.startsWith(place)).map(([at, header, metadata]) => {
        const { sequence: _s, monotonicNs: _m, ...kept } = header;
        return { width: at.split(" ")[1], kept, metadata };
      })
    );
    assert.equal(inputs.length, 2);
    assert.deepEqual(outputs, inputs);
    assert.equal(outputs[1].kept.flags, FLAG.discontinuity);
  });

  it("takes every type of message", { timeout }, async () => {
    const [from, to] = [new ManualClock(60), new ManualClock(60)];
    const seen: unknown[] = [];
    const source = new CodedActor({
      clock: from,
      process: ({ outputs }) => {
        for (const n of [1, 2, 3]) {
          const block = outputs.audio.loan(sound)!;
          block.samples.fill(n);
          block.commit({ frames: n });
          const packet = outputs.packets.loan(coded)!;
          packet.data.fill(n);
          packet.commit({ bytes: n, keyframe: n === 2 });
          const captions = ancillaryPacket({ did: 0x61, sdid: 2, data: [n] });
          outputs.ancillary.loan(ancillaryFormat())!.write(Array(n - 1).fill(captions)).commit();
        }
      },
    });
    const values = new SourceActor({
      clock: from,
      process: ({ outputs }) => {
        for (const n of [1, 2]) {
          outputs.data.send({ n });
          outputs.keys.send({ ...KEY, key: String(n) });
        }
      },
    });
    const buffer = new BufferActor({ clock: to });
    source.pipe(buffer);
    values.outputs.data.pipe(buffer.inputs.data);
    values.outputs.keys.pipe(buffer.inputs.keys);
    tap(buffer.outputs.audio, (block) => void seen.push(["audio", block.frames, ...block.samples]));
    tap(buffer.outputs.packets, (packet) => void seen.push(["packet", packet.keyframe, ...packet.data]));
    tap(buffer.outputs.ancillary, (item) => void seen.push(item.packets.map((one) => [...ancillaryBytes(one)])));
    tap(buffer.outputs.data, (message) => void seen.push(message.value));
    tap(buffer.outputs.keys, (event) => void seen.push(event.value.key));
    await Promise.all([source.ready, values.ready, buffer.ready]);
    await from.advance();
    await to.advance();
    assert.deepEqual(seen.splice(0), [["audio", 1, 1, 1], ["packet", false, 1], [], { n: 1 }, "1"]);
    await to.advance();
    assert.deepEqual(seen.splice(0), [["audio", 2, 2, 2, 2, 2], ["packet", true, 2, 2], [[2]], { n: 2 }, "2"]);
    await to.advance();
    assert.deepEqual(seen.splice(0), [["audio", 3, 3, 3, 3, 3, 3, 3], ["packet", false, 3, 3, 3], [[3], [3]]]);
  });

  it("keeps an item that finds no room, and hands it out later", { timeout }, async () => {
    const retained: VideoFrame[] = [];
    const values: number[] = [];
    const { buffer, fill, beat } = await chain(counting(), {}, {
      process: (body) => {
        for (const frame of body.inputs.video) {
          values.push(valueOf(frame));
          retained.push(frame.retain());
        }
      },
    });
    const { slots } = buffer.outputs.video.stats();
    assert.equal(slots, 0, "no ring yet");
    for (let i = 0; i < 20; i++) {
      await fill();
      await beat();
    }
    const before = values.length;
    assert.equal(before, buffer.outputs.video.stats().slots);
    assert.equal(buffer.stats.counters["heldBack.video"], 20 - before);
    assert.ok(buffer.stats.inputs.video.bytesCopied > 0, "what it holds back is copied");
    for (const frame of retained) frame.release();
    await beat(20 - before);
    assert.deepEqual(values.slice(0, before + 1), Array.from({ length: before + 1 }, (_, index) => index + 1));
    assert.equal(buffer.stats.inputs.video.missed + (buffer.stats.counters["overrun.video"] ?? 0), 0);
  });

  it("does not copy what nobody reads, counts it, and begins when somebody does", { timeout }, async () => {
    const [from, to] = [new ManualClock(60), new ManualClock(60)];
    const source = new SourceActor({ clock: from, ...counting() });
    const buffer = new BufferActor({ clock: to });
    const values: number[] = [];
    source.pipe(buffer);
    await Promise.all([source.ready, buffer.ready]);
    await from.advance(3);
    await to.advance();
    assert.equal(buffer.outputs.video.stats().slots, 0, "no ring was made");
    assert.deepEqual(buffer.stats.counters, { "unlinked.video": 3 });
    tap(buffer.outputs.video, (frame) => void values.push(valueOf(frame)));
    await from.advance(2);
    await to.advance(2);
    assert.deepEqual(values, [4, 5]);
    assert.deepEqual(buffer.stats.counters, { "unlinked.video": 3 });
  });

  it("refuses wrong options, by name", () => {
    const wrong: [object, RegExp][] = [
      [{ capacity: 0 }, /^Cannot make Buffer "buffer-\d+": option capacity = 0: must be an integer from 1 to 1000$/],
      [{ capacity: 2.5 }, /option capacity = 2.5: must be an integer from 1 to 1000$/],
      [{ capacity: 4, prefill: 5 }, /option prefill = 5: must be an integer from 0 to the capacity, 4$/],
      [{ prefill: -1 }, /option prefill = -1: must be an integer from 0 to the capacity, 30$/],
      [
        { fps: 0 },
        /option fps = 0: must be a number greater than 0 and at most 1000, or { num, den } of integers > 0$/,
      ],
      [{ fps: 2000 }, /option fps = 2000: must be a number greater than 0 and at most 1000/],
      [{ fps: "60" }, /option fps = "60": must be a number greater than 0/],
      [{ fps: null }, /option fps = null: must be a number greater than 0/],
      [{ fps: { num: 1, den: 0 } }, /option fps = {"num":1,"den":0}: must be a number greater than 0/],
      [{ fps: 33.33333 }, /option fps = 33.33333: Cannot use rate 33.33333: give it as a fraction/],
      [{ depth: 3 }, /option depth = 3: this actor has no such option$/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => new BufferActor(options), { code: "option-invalid", message });
    }
  });

  it("explains itself without an instance", () => {
    const { inputs, outputs, options } = describeActor("Buffer");
    assert.deepEqual(inputs.map(({ name }) => name), [
      "video",
      "audio",
      "packets",
      "ancillary",
      "data",
      "keys",
      "mouse",
    ]);
    assert.ok(inputs.every(({ delivery }) => delivery === "ordered"));
    assert.deepEqual(outputs.map(({ name }) => name), inputs.map(({ name }) => name));
    const properties = options.properties as Record<string, { default: unknown }>;
    const defaults = Object.entries(properties).map(([name, property]) => [name, property.default]);
    assert.deepEqual(Object.fromEntries(defaults), new BufferActor().options);
  });
});
