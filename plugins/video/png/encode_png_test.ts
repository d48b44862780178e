import { describe, it } from "@std/testing/bdd";
import { convertFrame, videoFormat } from "@streamlib/core";
import assert from "node:assert/strict";
import { encodePng } from "./encode_png.ts";
import { decodePng } from "./testdata/decode_png.ts";

const SLOW = { timeout: 60_000 };

function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 3)) & 255);
}

describe("encodePng()", SLOW, () => {
  it("keeps every pixel, whatever the filter of its row", SLOW, async () => {
    const format = videoFormat({ pixelFormat: "rgba8", width: 38, height: 8, rate: 25, alpha: "straight" });
    const pixels = noise(38 * 8 * 4);
    // Rows that each of the filters does best: of one colour, as the one above, rising, noise.
    pixels.fill(77, 0, 152);
    pixels.copyWithin(152, 0, 152);
    for (let at = 304; at < 456; at++) pixels[at] = at >> 2;
    for (const level of [0, 6, 9]) {
      assert.deepEqual(decodePng(await encodePng({ data: pixels, format }, { level })), {
        width: 38,
        height: 8,
        channels: 4,
        pixels,
      });
    }
  });

  it("leaves the alpha of opaque pictures out", SLOW, async () => {
    const format = videoFormat({ pixelFormat: "rgba8", width: 4, height: 2, rate: 25, alpha: "opaque" });
    const data = noise(32);
    const { channels, pixels } = decodePng(await encodePng({ data, format }));
    assert.equal(channels, 3);
    assert.deepEqual([...pixels], [...data].filter((_, at) => at % 4 !== 3));
  });

  it("writes what convertFrame gives, whatever the padding", SLOW, async () => {
    const format = videoFormat({ pixelFormat: "i420", width: 16, height: 4, rate: 25, strides: [32, 16, 16] });
    const data = Uint8Array.from({ length: 32 * 4 + 2 * 16 * 2 }, (_, index) => 40 + index % 150);
    const pixels = new Uint8Array(16 * 4 * 4);
    const picture = decodePng(await encodePng({ data, format }));
    convertFrame({ data, format }, {
      data: pixels,
      format: videoFormat({ pixelFormat: "rgba8", width: 16, height: 4, rate: 25 }),
    });
    const kept = pixels.filter((_, at) => picture.channels === 4 || at % 4 !== 3);
    assert.deepEqual([picture.width, picture.height, picture.pixels], [16, 4, kept]);
  });

  it("divides by alpha what was multiplied by it", SLOW, async () => {
    const format = videoFormat({ pixelFormat: "rgba8", width: 2, height: 2, rate: 25, alpha: "premultiplied" });
    const data = Uint8Array.of(64, 32, 0, 128, 9, 9, 9, 255, 0, 0, 0, 0, 200, 200, 200, 100);
    const { pixels } = decodePng(await encodePng({ data, format }));
    assert.deepEqual([...pixels], [128, 64, 0, 128, 9, 9, 9, 255, 0, 0, 0, 0, 255, 255, 255, 100]);
  });

  it("refuses what is no picture of that size, and levels that there are not", SLOW, async () => {
    const format = videoFormat({ pixelFormat: "rgba8", width: 2, height: 2, rate: 25 });
    await assert.rejects(encodePng({ data: new Uint8Array(15), format }), {
      name: "StreamError",
      code: "format-invalid",
      message: "Cannot write a PNG of 2x2 rgba8: data is 15 bytes; 16 are right",
    });
    for (const level of [-1, 10, 1.5]) {
      await assert.rejects(encodePng({ data: new Uint8Array(16), format }, { level }), {
        name: "StreamError",
        code: "option-invalid",
        message: `Cannot write a PNG: option level = ${level}: an integer from 0 to 9 is right`,
      });
    }
  });
});
