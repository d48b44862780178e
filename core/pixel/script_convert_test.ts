import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type PixelFormat, pixelFormatInfo } from "../message/pixel_format.ts";
import {
  type ColorRange,
  type ColorSpace,
  frameBytes,
  planesOf,
  type VideoFormat,
  videoFormat,
} from "../message/video_format.ts";
import type { FrameBytes } from "./convert_frame.ts";
import { scriptConvert } from "./script_convert.ts";

const width = 14;
const height = 6;

/** Codes of the test picture: some colour per position, the same for all pixels that share a colour difference. */
function codeAt(component: number, column: number, row: number, max: number): number {
  return (component * 397 + column * 61 + row * 149 + column * row * 7) % (max + 1);
}

/** Writes the test picture in a format, by the format's definition and not by the code under test. */
function makeFrame(format: VideoFormat): Uint8Array {
  const info = pixelFormatInfo(format.pixelFormat);
  const max = 2 ** info.bitDepth - 1;
  const data = new Uint8Array(frameBytes(format));
  const view = new DataView(data.buffer);
  const planes = planesOf(format);
  const xStep = info.sampling === "4:4:4" ? 1 : 2;
  const yStep = info.sampling === "4:2:0" ? 2 : 1;
  const chroma = (component: number, column: number, row: number) =>
    codeAt(component, column - (column % xStep), row - (row % yStep), max);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const luma = codeAt(0, column, row, max);
      const start = (plane: number, y: number) => planes[plane].offsetBytes + y * planes[plane].strideBytes;
      switch (format.pixelFormat) {
        case "i420":
        case "yuv422p10le":
        case "yuv444p10le": {
          const bytes = info.bitDepth === 8 ? 1 : 2;
          const put = (at: number, code: number) => bytes === 1 ? data[at] = code : view.setUint16(at, code, true);
          put(start(0, row) + column * bytes, luma);
          for (const plane of [1, 2]) {
            const at = start(plane, Math.floor(row / yStep)) + Math.floor(column / xStep) * bytes;
            put(at, chroma(plane, column, row));
          }
          break;
        }
        case "nv12":
          data[start(0, row) + column] = luma;
          data[start(1, row >> 1) + (column & ~1)] = chroma(1, column, row);
          data[start(1, row >> 1) + (column & ~1) + 1] = chroma(2, column, row);
          break;
        case "uyvy8":
          data[start(0, row) + column * 2 + 1] = luma;
          data[start(0, row) + (column >> 1) * 4] = chroma(1, column, row);
          data[start(0, row) + (column >> 1) * 4 + 2] = chroma(2, column, row);
          break;
        case "v210": {
          const put = (position: number, code: number) => {
            const at = start(0, row) + Math.floor(column / 6) * 16 + Math.floor(position / 3) * 4;
            view.setUint32(at, view.getUint32(at, true) | (code << (10 * (position % 3))), true);
          };
          put((column % 6) * 2 + 1, luma);
          if (column % 2 === 0) {
            put((column % 6) * 2, chroma(1, column, row));
            put((column % 6) * 2 + 2, chroma(2, column, row));
          }
          break;
        }
        default:
          for (let part = 0; part < 4; part++) data[start(0, row) + column * 4 + part] = codeAt(part, column, row, 255);
      }
    }
  }
  return data;
}

const weights: Record<ColorSpace, [number, number]> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
};

function reference(format: VideoFormat, column: number, row: number): number[] {
  const info = pixelFormatInfo(format.pixelFormat);
  const max = 2 ** info.bitDepth - 1;
  const unit = (max + 1) / 256;
  const xStep = info.sampling === "4:4:4" ? 1 : 2;
  const yStep = info.sampling === "4:2:0" ? 2 : 1;
  const chroma = (component: number) => codeAt(component, column - (column % xStep), row - (row % yStep), max);
  const narrow = format.range === "narrow";
  const luma = (codeAt(0, column, row, max) - (narrow ? 16 * unit : 0)) / (narrow ? 219 * unit : max);
  const cb = (chroma(1) - 128 * unit) / (narrow ? 224 * unit : max);
  const cr = (chroma(2) - 128 * unit) / (narrow ? 224 * unit : max);
  const [kr, kb] = weights[format.colorSpace];
  const red = luma + 2 * (1 - kr) * cr;
  const blue = luma + 2 * (1 - kb) * cb;
  const green = (luma - kr * red - kb * blue) / (1 - kr - kb);
  return [red, green, blue].map((value) => Math.min(255, Math.max(0, value * 255)));
}

const yuvFormats: readonly PixelFormat[] = ["yuv422p10le", "yuv444p10le", "i420", "nv12", "uyvy8", "v210"];

/** A frame of zeros. */
function makeRgb(pixelFormat: "rgba8" | "bgra8", padding: number): FrameBytes {
  const format = videoFormat({ pixelFormat, width, height, rate: 60, strides: [width * 4 + padding] });
  return { data: new Uint8Array(frameBytes(format)), format };
}

describe("scriptConvert()", () => {
  it("is within one code of the exact conversion, for every Y'CbCr format, matrix, range and stride", () => {
    for (const pixelFormat of yuvFormats) {
      for (const colorSpace of ["bt601", "bt709", "bt2020"] as ColorSpace[]) {
        for (const range of ["narrow", "full"] as ColorRange[]) {
          for (const padding of [0, 6, 5]) {
            const tight = videoFormat({ pixelFormat, width, height, rate: 60, colorSpace, range });
            const format = { ...tight, strides: tight.strides.map((stride) => stride + padding) };
            const target = makeRgb("rgba8", padding);
            const source = { data: makeFrame(format), format };
            scriptConvert(source, target, { start: 0, end: 4 });
            scriptConvert(source, target, { start: 4, end: height });
            for (let row = 0; row < height; row++) {
              for (let column = 0; column < width; column++) {
                const at = row * target.format.strides[0] + column * 4;
                const got = target.data.subarray(at, at + 4);
                const want = [...reference(format, column, row), 255];
                const where = `${pixelFormat} ${colorSpace} ${range} ${column}, ${row}: ${got} for ${want}`;
                assert.ok(want.every((value, part) => Math.abs(got[part] - value) <= 1), where);
              }
            }
          }
        }
      }
    }
  });

  it("copies or swaps RGB both ways with its alpha, and touches only the rows it is told", () => {
    for (const from of ["rgba8", "bgra8"] as const) {
      for (const to of ["rgba8", "bgra8"] as const) {
        for (const padding of [0, 12]) {
          const { format } = makeRgb(from, padding);
          const target = makeRgb(to, 0);
          scriptConvert({ data: makeFrame(format), format }, target, { start: 2, end: 5 });
          for (let row = 0; row < height; row++) {
            for (let column = 0; column < width; column++) {
              const at = (row * width + column) * 4;
              const order = from === to ? [0, 1, 2, 3] : [2, 1, 0, 3];
              const want = row < 2 || row > 4 ? [0, 0, 0, 0] : order.map((part) => codeAt(part, column, row, 255));
              assert.deepEqual([...target.data.subarray(at, at + 4)], want);
            }
          }
        }
      }
    }
  });

  it("refuses bytes that are too few, and names how many it takes", () => {
    const format = videoFormat({ pixelFormat: "nv12", width, height, rate: 60 });
    const short = { data: new Uint8Array(frameBytes(format) - 1), format };
    assert.throws(() => scriptConvert(short, makeRgb("rgba8", 0), { start: 0, end: height }), {
      code: "format-invalid",
      message: "Cannot convert 125 bytes as 14x6 nv12: it takes 126 bytes",
    });
    const whole = { data: new Uint8Array(frameBytes(format)), format };
    const target = makeRgb("rgba8", 0);
    const cut = { data: target.data.subarray(1), format: target.format };
    assert.throws(() => scriptConvert(whole, cut, { start: 0, end: height }), /335 bytes as 14x6 rgba8: it takes 336/);
  });
});
