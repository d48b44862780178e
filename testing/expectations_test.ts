import { ManualClock, type PixelFormat, videoFormat } from "@streamlib/core";
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { assertContinuous, assertNoDrops } from "./losses.ts";
import { assertPictureNear, assertPicturesEqual, assertPixel, psnrDb } from "./pictures.ts";
import { picture, pictures, type TestPicture } from "./test_items.ts";
import { TestSinkActor } from "./test_sink_actor.ts";
import { TestSourceActor } from "./test_source_actor.ts";

const timeout = 60_000;

function made(pixelFormat: PixelFormat, fill: readonly number[], strides?: readonly number[]): TestPicture {
  const given = { pixelFormat, width: 4, height: 2, rate: 50 };
  return picture(videoFormat(strides ? { ...given, strides } : given), fill);
}

describe("expectations of pictures", () => {
  it("psnrDb() is that of the definition, 8 and 10 bits", () => {
    assert.equal(psnrDb(made("rgba8", [5]), made("rgba8", [5])), Infinity);
    assert.ok(Math.abs(psnrDb(made("i420", [100]), made("i420", [110])) - 20 * Math.log10(25.5)) < 1e-9);
    const ten = psnrDb(made("yuv422p10le", [0, 2]), made("yuv422p10le", [10, 2]));
    assert.ok(Math.abs(ten - 20 * Math.log10(102.3)) < 1e-9);
  });

  it("padding does not count", () => {
    const padded = made("rgba8", [5], [20]);
    for (const at of [16, 19, 36]) padded.data[at] = 77;
    assertPicturesEqual(padded, made("rgba8", [5]));
    assert.equal(psnrDb(padded, made("rgba8", [5])), Infinity);
  });

  it("assertPicturesEqual() names the first byte that differs", () => {
    const other = made("i420", [5]);
    other.data[8 + 1] = 6;
    const wanted = /i420 4x2 differ in 1 bytes, first at plane 1, row 0, byte 1: 6, expected 5/;
    assert.throws(() => assertPicturesEqual(other, made("i420", [5])), wanted);
  });

  it("assertPictureNear() holds against a least ratio", () => {
    assertPictureNear(made("rgba8", [100]), made("rgba8", [101]), { psnrDbMin: 48 });
    const far = (): void => assertPictureNear(made("rgba8", [100]), made("rgba8", [110]));
    assert.throws(far, /PSNR is 28.1 dB, expected at least 40 dB/);
  });

  it("assertPixel() reads both orders of RGBA", () => {
    assertPixel(made("rgba8", [1, 2, 3, 4]), 3, 1, [1, 2, 3, 4]);
    assertPixel(made("bgra8", [1, 2, 3, 4]), 0, 0, [3, 2, 1, 4]);
    assertPixel(made("rgba8", [1, 2, 3, 4]), 0, 0, [2, 2, 3, 4], 1);
    const wrong = (): void => assertPixel(made("rgba8", [1, 2, 3, 4]), 1, 0, [1, 2, 3, 5]);
    assert.throws(wrong, /Pixel 1, 0 is \[1, 2, 3, 4\], expected \[1, 2, 3, 5\]/);
    assert.throws(() => assertPixel(made("rgba8", [1]), 4, 0, [1, 1, 1, 1]), /pixel 4, 0: the picture is 4x2/);
    assert.throws(() => assertPixel(made("nv12", [1]), 0, 0, [1, 1, 1, 1]), /nv12: rgba8 and bgra8 are right/);
  });

  it("refuses what cannot be compared", () => {
    assert.throws(() => psnrDb(made("rgba8", [1]), made("bgra8", [1])), /rgba8 4x2 with bgra8 4x2/);
    assert.throws(() => psnrDb(made("v210", [1]), made("v210", [1])), /v210: they share bytes; convert/);
    assert.throws(() => picture(made("rgba8", [1]).format, []), /no bytes to repeat/);
  });
});

describe("expectations of losses", () => {
  it("find what an output dropped and where a sequence has a gap", { timeout }, async () => {
    const clock = new ManualClock(50);
    const { format } = made("rgba8", [1]);
    await using source = new TestSourceActor({ video: pictures(30, format, [1]), clock });
    const sink = source.pipe(new TestSinkActor());
    await source.ready;
    await clock.advance(3);
    assertNoDrops(source, sink);
    assertContinuous(sink.video);
    const { video } = sink;
    assert.throws(() => assertContinuous([video[0], video[2]]), /Item 1 has sequence 3, expected 2/);
    const lossy = { label: "Lossy", stats: { ...source.stats, missedTicks: 2 } };
    lossy.stats.outputs = { video: { ...source.stats.outputs.video, dropped: 4 } };
    const report = /Lossy output video dropped 4; Lossy missed 2 ticks/;
    assert.throws(() => assertNoDrops(sink, lossy as unknown as TestSinkActor), report);
  });
});
