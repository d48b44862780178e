import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { frameBytes, loadNative, pixelFormatInfo, type VideoFormat, videoFormat } from "@streamlib/core";
import { PictureMaker, pictureSize } from "./picture.ts";
import { QUADRANTS, quadrants, shownFormats } from "./testing/quadrant_source.ts";

await loadNative();

function make(pixels: Uint8Array, format: VideoFormat, width: number): { width: number; pixels: Uint8ClampedArray } {
  const size = pictureSize(format, width);
  const into = new Uint8ClampedArray(size.width * size.height * 4);
  new PictureMaker().make(pixels, format, size, into);
  return { width: size.width, pixels: into };
}

function middles({ width, pixels }: { width: number; pixels: Uint8ClampedArray }): number[][] {
  const height = pixels.length / 4 / width;
  return [[1, 1], [3, 1], [1, 3], [3, 3]].map(([x, y]) => {
    const at = (Math.floor((y * height) / 4) * width + Math.floor((x * width) / 4)) * 4;
    return [...pixels.subarray(at, at + 4)];
  });
}

function assertNear(actual: number[][], wanted: number[][], tolerance: number, what: string): void {
  actual.forEach((color, i) =>
    color.forEach((part, j) =>
      assert.ok(Math.abs(part - wanted[i][j]) <= tolerance, `${what}: [${color}] is not near [${wanted[i]}]`)
    )
  );
}

const COLORS = QUADRANTS.map((color) => [...color.map((part) => part * 255), 255]);

describe("pictureSize()", () => {
  it("scales down to the width and keeps the shape", () => {
    assert.deepEqual(pictureSize({ width: 1920, height: 1080 }, 960), { width: 960, height: 540 });
    assert.deepEqual(pictureSize({ width: 720, height: 576 }, 960), { width: 720, height: 576 });
    assert.deepEqual(pictureSize({ width: 16384, height: 2 }, 16), { width: 16, height: 1 });
  });
});

describe("PictureMaker.make()", () => {
  it("shows every format, whole, halved and at an odd ratio", () => {
    for (const pixelFormat of shownFormats()) {
      for (const range of ["narrow", "full"] as const) {
        if (range === "narrow" && pixelFormatInfo(pixelFormat).model === "rgb") continue;
        const format = videoFormat({ pixelFormat, width: 64, height: 32, rate: 60, range });
        for (const width of [64, 32, 50, 20]) {
          const picture = make(quadrants(format), format, width);
          assertNear(middles(picture), COLORS, 2, `${pixelFormat} ${range} at ${width}`);
        }
      }
    }
  });

  it("uses the matrix of the frame", () => {
    for (const [colorSpace, red, blue] of [["bt601", 0.299, 0.114], ["bt2020", 0.2627, 0.0593]] as const) {
      const format = videoFormat({ pixelFormat: "yuv444p10le", width: 2, height: 2, rate: 60, colorSpace });
      const luma = 0.8 * red + 0.4 * (1 - red - blue) + 0.2 * blue;
      const codes = [
        64 + 876 * luma,
        512 + (896 * (0.2 - luma)) / (2 * (1 - blue)),
        512 + (896 * (0.8 - luma)) / (2 * (1 - red)),
      ].map(Math.round);
      const samples = Uint16Array.from(codes.flatMap((code) => [code, code, code, code]));
      const picture = make(new Uint8Array(samples.buffer), format, 960);
      assertNear([[...picture.pixels.subarray(0, 4)]], [[204, 102, 51, 255]], 2, colorSpace);
    }
  });

  it("takes the mean of the pixels under each pixel", () => {
    const format = videoFormat({ pixelFormat: "rgba8", width: 4, height: 2, rate: 60, alpha: "opaque" });
    const pixels = new Uint8Array(frameBytes(format));
    [10, 20, 100, 0, 30, 40, 200, 0].forEach((code, i) => pixels.set([code, 255, 0, 0], i * 4));
    const { pixels: picture } = make(pixels, format, 2);
    assert.deepEqual([...picture.subarray(0, 4)], [25, 255, 0, 255]);
    assert.deepEqual([...picture.subarray(4, 8)], [75, 255, 0, 255]);
  });

  it("shows alpha over black: straight is multiplied, premultiplied and opaque are not", () => {
    for (const [alpha, wanted] of [["straight", 100], ["premultiplied", 200], ["opaque", 200]] as const) {
      const format = videoFormat({ pixelFormat: "bgra8", width: 4, height: 4, rate: 60, alpha });
      const pixels = new Uint8Array(frameBytes(format));
      for (let i = 0; i < pixels.length; i += 4) pixels.set([0, 0, 200, 128], i);
      for (const width of [4, 2, 3]) {
        const height = pictureSize(format, width).height;
        const { pixels: picture } = make(pixels, format, width);
        assert.equal(picture.length, width * height * 4);
        assertNear([[...picture.subarray(0, 4)]], [[wanted, 0, 0, 255]], 1, `${alpha} at ${width}`);
      }
    }
  });

  it("clips codes outside of the range", () => {
    const format = videoFormat({ pixelFormat: "yuv422p10le", width: 4, height: 2, rate: 60 });
    for (const [luma, wanted] of [[1023, 255], [0, 0]]) {
      const samples = new Uint16Array(frameBytes(format) / 2).fill(512);
      samples.fill(luma, 0, 8);
      for (const width of [4, 2, 3]) {
        const { pixels } = make(new Uint8Array(samples.buffer), format, width);
        assert.deepEqual([...pixels.subarray(0, 3)], [wanted, wanted, wanted], `${luma} at ${width}`);
      }
    }
  });

  it("widens narrow-range RGB", () => {
    const format = videoFormat({ pixelFormat: "rgba8", width: 2, height: 2, rate: 60, range: "narrow" });
    const pixels = Uint8Array.from([16, 235, 126, 255, 16, 235, 126, 255, 16, 235, 126, 255, 16, 235, 126, 255]);
    assertNear([[...make(pixels, format, 2).pixels.subarray(0, 4)]], [[0, 255, 128, 255]], 1, "narrow");
  });
});
