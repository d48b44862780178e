import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  Actor,
  type ActorSpec,
  EncodedPacket,
  type Output,
  output,
  planesOf,
  registerActor,
  tap,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { VideoDecoderActor } from "./video_decoder_actor.ts";
import { VideoEncoderActor } from "./video_encoder_actor.ts";

interface GraysTypes {
  outputs: { video: Output<VideoFrame> };
}

/** Gives a frame whenever it is told to. */
@registerActor({ name: "TestGrays", module: import.meta.url })
class GraysActor extends Actor<GraysTypes> {
  static readonly spec: ActorSpec<GraysTypes> = {
    description: "gives grey frames",
    outputs: { video: output(VideoFrame) },
  };

  override process(): void {}

  give(format: VideoFormat, gray: number, timestampNs: bigint): void {
    const loan = this.outputs.video.loan(format)!;
    loan.data.fill(128);
    const [luma] = planesOf(format);
    loan.data.fill(gray, luma.offsetBytes, luma.offsetBytes + luma.strideBytes * luma.rows);
    loan.commit({ timestampNs });
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const SMALL = videoFormat({ pixelFormat: "i420", width: 64, height: 48, rate: 25 });
const WIDE = videoFormat({ pixelFormat: "i420", width: 128, height: 64, rate: 25 });

for (const codec of ["h264", "vp8", "vp9"] as const) {
  describe(`VideoEncoderActor and VideoDecoderActor with ${codec}`, () => {
    it("give the pictures back, each with its instant, over a change of size", { timeout: 15000 }, async () => {
      const source = new GraysActor();
      const encoder = new VideoEncoderActor({ codec });
      const decoder = new VideoDecoderActor({});
      source.outputs.video.pipe(encoder.inputs.video);
      encoder.outputs.packets.pipe(decoder.inputs.packets);
      const packets: { keyframe: boolean; timestampNs: bigint; codec: string }[] = [];
      const pictures: { width: number; gray: number; timestampNs: bigint }[] = [];
      tap(encoder.outputs.packets, ({ keyframe, timestampNs, format }) => {
        packets.push({ keyframe, timestampNs, codec: format.codec });
      });
      tap(decoder.outputs.video, ({ data, format, timestampNs }) => {
        pictures.push({ width: format.width, gray: data[format.width * 10 + 20], timestampNs });
      });
      const instants: bigint[] = [];
      for (let i = 0; i < 8; i++) {
        // Not whole microseconds: coders count in these.
        const timestampNs = 1_700_000_000_000_000_123n + BigInt(i) * 40_000_000n;
        instants.push(timestampNs);
        source.give(i < 4 ? SMALL : WIDE, 40 + 20 * i, timestampNs);
        await until(() => packets.length > i);
      }
      await until(() => decoder.stats.inputs.packets.read === 8);
      await decoder.stop();
      assert.deepEqual(packets.map((packet) => packet.timestampNs), instants);
      assert.deepEqual(packets.map((packet) => packet.keyframe), [0, 1, 2, 3, 4, 5, 6, 7].map((i) => i % 4 === 0));
      assert.match(packets[0].codec, { h264: /^avc1\.42[0-9a-f]{4}$/, vp8: /^vp8$/, vp9: /^vp09\./ }[codec]);
      assert.deepEqual(pictures.map((picture) => picture.timestampNs), instants);
      assert.deepEqual(pictures.map((picture) => picture.width), [64, 64, 64, 64, 128, 128, 128, 128]);
      for (const [i, { gray }] of pictures.entries()) {
        assert.ok(Math.abs(gray - 40 - 20 * i) <= 4, `picture ${i}: ${gray}`);
      }
      assert.equal(encoder.stats.counters.picturesCoded, 8);
      assert.equal(decoder.stats.counters.picturesDecoded, 8);
      for (const actor of [source, encoder]) await actor.stop();
    });
  });
}

describe("VideoEncoderActor with pictures of noise", () => {
  const format = videoFormat({ pixelFormat: "i420", width: 320, height: 240, rate: 25 });
  let state = 1;
  const noise = (source: GraysActor, timestampNs: bigint): void => {
    const loan = source.outputs.video.loan(format)!;
    for (let i = 0; i < loan.data.length; i++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      loan.data[i] = state >> 16;
    }
    loan.commit({ timestampNs });
  };
  const message = new RegExp(
    '^Cannot code a picture of 320x240 in VideoEncoder "noisy" with option bitrate = 20000000: the h264 coder failed .*; ' +
      "a lower bitrate, or option codec = vp8, is right$",
  );

  /** What is said on standard error meanwhile. */
  async function said(act: () => Promise<void>): Promise<string[]> {
    const lines: string[] = [];
    const { error } = console;
    console.error = (line: string) => void lines.push(line);
    try {
      await act();
    } finally {
      console.error = error;
    }
    return lines;
  }

  it("that are too much for the coder are counted, told once, and the stream goes on", { timeout: 15000 }, async () => {
    const source = new GraysActor();
    const encoder = new VideoEncoderActor({ id: "noisy", bitrate: 20_000_000 });
    const decoder = new VideoDecoderActor({});
    source.outputs.video.pipe(encoder.inputs.video);
    encoder.outputs.packets.pipe(decoder.inputs.packets);
    const packets: { keyframe: boolean; timestampNs: bigint }[] = [];
    tap(encoder.outputs.packets, ({ keyframe, timestampNs }) => void packets.push({ keyframe, timestampNs }));
    const grays: number[] = [];
    tap(decoder.outputs.video, ({ data }) => void grays.push(data[0]));
    const lines = await said(async () => {
      for (let i = 0n; i < 9n; i++) {
        if (i % 3n === 1n) noise(source, i * 40_000_000n);
        else source.give(format, 100, i * 40_000_000n);
        await until(() => {
          const { picturesCoded = 0, picturesRefused = 0 } = encoder.stats.counters;
          return picturesCoded + picturesRefused === Number(i) + 1;
        });
      }
    });
    await until(() => decoder.stats.inputs.packets.read === 6);
    await decoder.stop();
    assert.deepEqual(encoder.stats.counters, { picturesCoded: 6, picturesRefused: 3 });
    assert.deepEqual(packets.map(({ timestampNs }) => Number(timestampNs / 40_000_000n)), [0, 2, 3, 5, 6, 8]);
    assert.deepEqual(packets.map(({ keyframe }) => keyframe), [true, true, false, true, false, true]);
    assert.ok(grays.length === 6 && grays.every((gray) => Math.abs(gray - 100) <= 4));
    assert.equal(lines.length, 1);
    assert.match(lines[0].replace(/^streamlib: /, ""), message);
    assert.equal(encoder.state, "running");
    for (const actor of [source, encoder]) await actor.stop();
  });

  it("and nothing else are more than it can go on with: it fails and says why", { timeout: 15000 }, async () => {
    const source = new GraysActor();
    const encoder = new VideoEncoderActor({ id: "noisy", bitrate: 20_000_000 });
    source.outputs.video.pipe(encoder.inputs.video);
    const ended = encoder.ended.then(() => undefined, (thrown: Error) => thrown.cause as Error);
    await said(async () => {
      for (let i = 0n; encoder.state !== "failed"; i++) {
        noise(source, i * 40_000_000n);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    assert.match((await ended)!.message, message);
    assert.equal(encoder.stats.counters.picturesCoded, undefined);
    assert.equal(encoder.stats.counters.picturesRefused, 25);
    await source.stop();
  });
});

interface PacketsTypes {
  outputs: { packets: Output<EncodedPacket> };
}

/** Gives packets by hand. */
@registerActor({ name: "TestPackets", module: import.meta.url })
class PacketsActor extends Actor<PacketsTypes> {
  static readonly spec: ActorSpec<PacketsTypes> = {
    description: "gives packets",
    outputs: { packets: output(EncodedPacket) },
  };

  override process(): void {}

  give(codec: string, keyframe: boolean): void {
    const loan = this.outputs.packets.loan({ codec, bytesMax: 64 })!;
    loan.data.fill(7);
    loan.commit({ bytes: 8, keyframe, timestampNs: 1n });
  }
}

describe("VideoDecoderActor", () => {
  it("counts what comes before a keyframe and what is damaged, and lives", { timeout: 15000 }, async () => {
    const source = new PacketsActor();
    const decoder = new VideoDecoderActor({ fps: 25 });
    source.outputs.packets.pipe(decoder.inputs.packets);
    source.give("vp8", false);
    await until(() => decoder.stats.counters.packetsBeforeKeyframe === 1);
    // The library may tell of damage some packets later.
    await until(() => {
      source.give("vp8", true);
      return (decoder.stats.counters.packetsDamaged ?? 0) > 0;
    });
    assert.equal(decoder.state, "running");
    for (const actor of [source, decoder]) await actor.stop();
  });

  it("fails with the name of a codec that it does not know", { timeout: 15000 }, async () => {
    const source = new PacketsActor();
    const decoder = new VideoDecoderActor({ fps: 25 });
    source.outputs.packets.pipe(decoder.inputs.packets);
    source.give("theora", true);
    await assert.rejects(decoder.ended, (error: Error) => {
      assert.match(
        (error.cause as Error).message,
        /^Cannot decode pictures of codec theora: one that begins with avc1/,
      );
      return true;
    });
    await source.stop();
  });
});
