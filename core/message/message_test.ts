import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { tap } from "../port/tap.ts";
import { stopAll } from "../registry/local_registry.ts";
import { ManualClock } from "../time/virtual_clock.ts";
import { FORMAT, put, SourceActor, valueOf } from "../testdata/actors.ts";
import { AudioBuffer, audioFormat } from "./audio_buffer.ts";
import { EncodedPacket } from "./encoded_packet.ts";
import { FLAG, type LoanSlot } from "./message.ts";
import { PIXEL_FORMATS, type PixelFormat, pixelFormatInfo } from "./pixel_format.ts";
import type { DataMessage } from "./value_message.ts";
import { frameBytes, planesOf, videoFormat } from "./video_format.ts";
import { VideoFrame } from "./video_frame.ts";

const timeout = 20_000;

afterEach(() => stopAll());

/** A source and what the next item it sends looks like when `keep` has seen it. */
async function source(): Promise<SourceActor> {
  const actor = new SourceActor({ clock: new ManualClock(60) });
  await actor.ready;
  return actor;
}

describe("videoFormat()", () => {
  it("lays planes out as the pixel format says", () => {
    const cases: [PixelFormat, number, number, [offset: number, stride: number, rows: number, row: number][]][] = [
      ["rgba8", 5, 3, [[0, 20, 3, 20]]],
      ["bgra8", 2, 2, [[0, 8, 2, 8]]],
      ["i420", 6, 4, [[0, 6, 4, 6], [24, 3, 2, 3], [30, 3, 2, 3]]],
      ["nv12", 6, 4, [[0, 6, 4, 6], [24, 6, 2, 6]]],
      ["uyvy8", 6, 3, [[0, 12, 3, 12]]],
      ["yuv422p10le", 6, 3, [[0, 12, 3, 12], [36, 6, 3, 6], [54, 6, 3, 6]]],
      ["yuv444p10le", 5, 3, [[0, 10, 3, 10], [30, 10, 3, 10], [60, 10, 3, 10]]],
      ["v210", 1280, 2, [[0, 3456, 2, 3456]]],
      ["v210", 48, 2, [[0, 128, 2, 128]]],
      ["v210", 50, 2, [[0, 256, 2, 256]]],
      // Every pixel group of ST 2110-20 by its bytes and columns; 4:2:0 in pairs of rows.
      ["pgroup/YCbCr-4:2:2/8", 6, 3, [[0, 12, 3, 12]]],
      ["pgroup/YCbCr-4:2:2/10", 6, 3, [[0, 15, 3, 15]]],
      ["pgroup/CLYCbCr-4:2:2/12", 6, 3, [[0, 18, 3, 18]]],
      ["pgroup/ICtCp-4:2:2/16", 6, 3, [[0, 24, 3, 24]]],
      ["pgroup/YCbCr-4:2:2/16f", 6, 3, [[0, 24, 3, 24]]],
      ["pgroup/YCbCr-4:4:4/8", 5, 3, [[0, 15, 3, 15]]],
      ["pgroup/YCbCr-4:4:4/10", 5, 3, [[0, 30, 3, 30]]],
      ["pgroup/ICtCp-4:4:4/12", 5, 3, [[0, 27, 3, 27]]],
      ["pgroup/CLYCbCr-4:4:4/16", 5, 3, [[0, 30, 3, 30]]],
      ["pgroup/YCbCr-4:2:0/8", 6, 4, [[0, 18, 2, 18]]],
      ["pgroup/YCbCr-4:2:0/10", 6, 4, [[0, 30, 2, 30]]],
      ["pgroup/ICtCp-4:2:0/12", 6, 4, [[0, 27, 2, 27]]],
      ["pgroup/RGB/8", 5, 3, [[0, 15, 3, 15]]],
      ["pgroup/RGB/10", 5, 3, [[0, 30, 3, 30]]],
      ["pgroup/RGB/16f", 5, 3, [[0, 30, 3, 30]]],
      ["pgroup/XYZ/12", 5, 3, [[0, 27, 3, 27]]],
      ["pgroup/XYZ/16", 5, 3, [[0, 30, 3, 30]]],
      ["pgroup/KEY/8", 5, 3, [[0, 5, 3, 5]]],
      ["pgroup/KEY/10", 5, 3, [[0, 10, 3, 10]]],
      ["pgroup/KEY/12", 5, 3, [[0, 9, 3, 9]]],
      ["pgroup/KEY/16f", 5, 3, [[0, 10, 3, 10]]],
    ];
    for (const [pixelFormat, width, height, want] of cases) {
      const format = videoFormat({ pixelFormat, width, height, rate: 25 });
      const planes = planesOf(format).map((one) => [one.offsetBytes, one.strideBytes, one.rows, one.rowBytes]);
      assert.deepEqual(planes, want, pixelFormat);
      const last = want.at(-1)!;
      assert.equal(frameBytes(format), last[0] + last[1] * last[2]);
    }
    const plain = Object.values(PIXEL_FORMATS).filter((one) => !one.group).map((one) => one.name);
    assert.deepEqual(plain.filter((name) => !cases.some(([tried]) => tried === name)), []);
  });

  it("knows every pixel group of ST 2110-20, and which formats have the same samples", () => {
    const groups = Object.values(PIXEL_FORMATS).filter((one) => one.group);
    // Six of 4:4:4 and 4:2:2, RGB and key with five depths each, three of 4:2:0 and XYZ with three.
    assert.equal(groups.length, 8 * 5 + 4 * 3);
    for (const { name, group, bitDepth, sampling, planes } of groups) {
      assert.equal(name, `pgroup/${group!.sampling}/${group!.depth}`);
      const samples = { "4:4:4": 3, "4:2:2": 2, "4:2:0": 1.5, "4:0:0": 1 }[sampling];
      assert.equal(group!.bytes * 8, group!.columns * group!.rows * samples * bitDepth, name);
      assert.equal(planes.length, 1);
    }
    const counterparts = groups.filter((one) => one.counterparts.length > 0).map((one) => [one.name, one.counterparts]);
    assert.deepEqual(Object.fromEntries(counterparts), {
      "pgroup/YCbCr-4:4:4/10": ["yuv444p10le"],
      "pgroup/YCbCr-4:2:2/8": ["uyvy8"],
      "pgroup/YCbCr-4:2:2/10": ["yuv422p10le", "v210"],
      "pgroup/YCbCr-4:2:0/8": ["i420", "nv12"],
      "pgroup/RGB/8": ["rgba8", "bgra8"],
    });
    const key = pixelFormatInfo("pgroup/KEY/12");
    assert.deepEqual([key.model, key.sampling, key.bitDepth, key.alpha], ["key", "4:0:0", 12, false]);
    const half = pixelFormatInfo("pgroup/ICtCp-4:2:2/16f");
    assert.deepEqual([half.model, half.sampling, half.bitDepth, half.group!.depth], ["yuv", "4:2:2", 16, "16f"]);
  });

  it("keeps given strides and pads every plane", () => {
    const format = videoFormat({ pixelFormat: "i420", width: 6, height: 4, rate: 25, strides: [8, 4, 16] });
    assert.deepEqual(planesOf(format).map((one) => one.offsetBytes), [0, 32, 40]);
    assert.equal(frameBytes(format), 32 + 8 + 32);
  });

  it("has the defaults of the colour model", () => {
    const rgb = videoFormat({ pixelFormat: "rgba8", width: 2, height: 2, rate: 29.97 });
    assert.deepEqual([rgb.range, rgb.alpha, rgb.scan, rgb.colorSpace], ["full", "straight", "progressive", "bt709"]);
    assert.deepEqual(rgb.rate, { num: 30000, den: 1001 });
    const yuv = videoFormat({ pixelFormat: "uyvy8", width: 2, height: 2, rate: 25 });
    assert.deepEqual([yuv.range, yuv.alpha], ["narrow", "opaque"]);
    const ranges = (["pgroup/RGB/10", "pgroup/XYZ/12", "pgroup/KEY/8", "pgroup/ICtCp-4:2:2/10"] as const).map(
      (pixelFormat) => videoFormat({ pixelFormat, width: 2, height: 2, rate: 25 }).range,
    );
    assert.deepEqual(ranges, ["full", "full", "narrow", "narrow"]);
  });

  it("refuses what cannot be, naming field, value and what is right", () => {
    const init = { pixelFormat: "i420", width: 8, height: 8, rate: 25 } as const;
    const cases: [Parameters<typeof videoFormat>[0], RegExp][] = [
      [
        { ...init, width: 7 },
        /^Cannot use video width 7: it must be an integer from 2 to 16384 and a multiple of 2 for i420$/,
      ],
      [{ ...init, height: 7 }, /^Cannot use video height 7: .*multiple of 2 for i420$/],
      [
        { ...init, pixelFormat: "rgba8", width: 1 },
        /^Cannot use video width 1: it must be an integer from 2 to 16384$/,
      ],
      [{ ...init, width: 16386 }, /width 16386/],
      [{ ...init, width: NaN }, /width NaN/],
      [
        { ...init, strides: [8, 4] },
        /^Cannot use strides \[8, 4\] for i420 8 wide: one integer per plane is needed, at least \[8, 4, 4\]$/,
      ],
      [{ ...init, strides: [7, 4, 4] }, /strides \[7, 4, 4\]/],
      [{ ...init, strides: [8.5, 4, 4] }, /strides \[8.5, 4, 4\]/],
      [
        { ...init, pixelFormat: "toString" as PixelFormat },
        /^Cannot use pixel format "toString": known are rgba8, bgra8, i420.* pixel groups of ST 2110-20 as pgroup\//,
      ],
      [{ ...init, pixelFormat: "pgroup/XYZ/8" as PixelFormat }, /"pgroup\/XYZ\/8": .* XYZ with 12, 16 or 16f$/],
      [{ ...init, pixelFormat: "pgroup/YCbCr-4:2:0/10", height: 7 }, /multiple of 2 for pgroup\/YCbCr-4:2:0\/10$/],
      [{ ...init, pixelFormat: "pgroup/YCbCr-4:2:2/12", width: 7 }, /multiple of 2 for pgroup\/YCbCr-4:2:2\/12$/],
    ];
    for (const [given, message] of cases) throwsCode(() => videoFormat(given), "format-invalid", message);
    assert.equal(pixelFormatInfo("v210").bitDepth, 10);
  });
});

describe("audioFormat()", () => {
  it("refuses what is out of range", () => {
    const init = { sampleRateHz: 48000, channels: 2, framesMax: 480 };
    assert.deepEqual(audioFormat(init), init);
    assert.equal(AudioBuffer.slotBytes(init), 3840);
    const cases: [object, RegExp][] = [
      [{ sampleRateHz: 7999 }, /^Cannot use audio sampleRateHz 7999: it must be an integer from 8000 to 384000$/],
      [{ channels: 0 }, /^Cannot use audio channels 0: it must be an integer from 1 to 64$/],
      [{ channels: 65 }, /channels 65/],
      [{ framesMax: 0.5 }, /^Cannot use audio framesMax 0.5: /],
    ];
    for (const [wrong, message] of cases) {
      throwsCode(() => audioFormat({ ...init, ...wrong }), "format-invalid", message);
    }
  });
});

describe("a message", () => {
  it("throws once it was released, and copies and retained ones do not", { timeout }, async () => {
    const actor = await source();
    const seen: VideoFrame[] = [];
    const copies: VideoFrame[] = [];
    tap(actor.outputs.video, (frame) => {
      seen.push(frame);
      copies.push(frame.copy());
    });
    const kept: VideoFrame[] = [];
    tap(actor.outputs.video, (frame) => kept.push(frame.retain().retain()));
    put(actor.outputs.video, 7);
    throwsCode(
      () => seen[0].data,
      "slot-released",
      /^Cannot look at the item: it was released; retain\(\) it to keep it beyond process\(\), or copy\(\) it$/,
    );
    throwsCode(() => seen[0].plane(0), "slot-released", /it was released/);
    throwsCode(() => seen[0].metadata, "slot-released", /it was released/);
    throwsCode(() => seen[0].copy(), "slot-released", /it was released/);
    throwsCode(() => seen[0].retain(), "slot-released", /it was released/);
    seen[0].release();
    kept[0].release();
    for (let value = 8; value < 20; value++) {
      put(actor.outputs.video, value);
      kept.splice(1).forEach((frame) => (frame.release(), frame.release()));
    }
    assert.equal(valueOf(kept[0]), 7);
    kept[0].release();
    throwsCode(() => kept[0].data, "slot-released", /it was released/);
    kept[0].release();
    assert.equal(valueOf(copies[0]), 7);
    assert.ok(copies[0] instanceof VideoFrame);
    assert.equal(copies[0].sequence, 1);
    assert.equal(valueOf(copies[0].copy()), 7);
    assert.throws(() => copies[0].plane(1), /^RangeError: Cannot take plane 1: the frame has planes 0 to 0$/);
  });

  it("writes its header as JSON with instants as text", { timeout }, async () => {
    const actor = await source();
    const texts: string[] = [];
    tap(actor.outputs.video, (frame) => texts.push(JSON.stringify(frame)));
    actor.outputs.video.loan(FORMAT)!.commit({ timestampNs: 1_500_000_001n });
    const parsed = JSON.parse(texts[0]);
    assert.equal(parsed.timestampNs, "1970-01-01T00:00:01.500000001");
    assert.equal(parsed.sequence, 1);
    assert.equal(typeof parsed.taiFrame, "string");
    assert.equal(parsed.format.pixelFormat, "rgba8");
  });

  it("of a value gives the value, also after the release if it was looked at", { timeout }, async () => {
    const actor = await source();
    const items: DataMessage[] = [];
    tap(actor.outputs.data, (item) => {
      items.push(item);
      if (items.length === 1) assert.deepEqual(item.value, { a: "é" });
    });
    actor.outputs.data.send({ a: "é" });
    actor.outputs.data.send({ b: 1 });
    assert.deepEqual(items[0].value, { a: "é" });
    throwsCode(() => items[1].value, "slot-released", /it was released/);
  });
});

describe("EncodedPacket", () => {
  it("has the length and the keyframe mark that were committed", () => {
    const commits: [number, number][] = [];
    const slot: LoanSlot = {
      index: 0,
      backing: undefined,
      isReadElsewhere: false,
      bytes: new Uint8Array(100),
      commit: (bytes, flags) => void commits.push([bytes, flags]),
      abort: () => {},
    };
    const format = { codec: "opus", bytesMax: 100 };
    const loan = EncodedPacket.lend(slot, format);
    loan.commit({ bytes: 3, keyframe: true });
    loan.commit();
    assert.deepEqual(commits, [[3, FLAG.keyframe], [100, 0]]);
    for (const bytes of [0, 101, 1.5]) {
      assert.throws(
        () => loan.commit({ bytes }),
        new RegExp(`^RangeError: Cannot commit ${bytes} bytes: the packet holds 1 to 100$`),
      );
    }
    assert.equal(EncodedPacket.slotBytes(format), 100);
  });
});
