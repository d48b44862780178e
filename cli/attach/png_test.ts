import { describe, it } from "@std/testing/bdd";
import { convertFrame, videoFormat } from "@streamlib/core";
import assert from "node:assert/strict";
import { framePicture } from "./frame_picture.ts";
import { encodePng } from "./png.ts";
import { decodePng } from "./testdata/decode_png.ts";

describe("encodePng()", () => {
  it("keeps every pixel", () => {
    const pixels = Uint8Array.from({ length: 37 * 5 * 4 }, (_, index) => (index * 31 + (index >> 3)) & 255);
    assert.deepEqual(decodePng(encodePng(pixels, 37, 5)), { width: 37, height: 5, pixels });
    assert.deepEqual(decodePng(encodePng(pixels.subarray(0, 4), 1, 1)).pixels, pixels.slice(0, 4));
  });

  it("refuses what is no picture of that size", () => {
    assert.throws(
      () => encodePng(new Uint8Array(15), 2, 2),
      /Cannot write a PNG of 2x2: it needs 16 bytes, given are 15/,
    );
    assert.throws(() => encodePng(new Uint8Array(0), 0, 0), RangeError);
  });
});

describe("framePicture()", () => {
  it("writes what convertFrame gives, whatever the padding", async () => {
    const format = videoFormat({ pixelFormat: "i420", width: 16, height: 4, rate: 25, strides: [32, 16, 16] });
    const data = Uint8Array.from({ length: 32 * 4 + 2 * 16 * 2 }, (_, index) => 40 + index % 150);
    const pixels = new Uint8Array(16 * 4 * 4);
    const picture = await framePicture(data, format);
    convertFrame({ data, format }, {
      data: pixels,
      format: videoFormat({ pixelFormat: "rgba8", width: 16, height: 4, rate: 25 }),
    });
    assert.deepEqual(decodePng(picture), { width: 16, height: 4, pixels });
  });

  it("divides by alpha what was multiplied by it", async () => {
    const format = videoFormat({ pixelFormat: "rgba8", width: 2, height: 2, rate: 25, alpha: "premultiplied" });
    const data = Uint8Array.of(64, 32, 0, 128, 9, 9, 9, 255, 0, 0, 0, 0, 200, 200, 200, 100);
    const { pixels } = decodePng(await framePicture(data, format));
    assert.deepEqual([...pixels], [128, 64, 0, 128, 9, 9, 9, 255, 0, 0, 0, 0, 255, 255, 255, 100]);
  });
});
