/**
 * Rows of Y′CbCr frames as plain codes: a Y′, Cb and Cr per column; a pair's chroma serves both columns.
 *
 * @module
 */
import type { PixelFormat } from "../message/pixel_format.ts";
import type { PlaneSpan } from "../message/video_format.ts";

/** Codes of one row, in the bit depth of the format; at least as long as the row. */
export interface YcbcrRow {
  /** Luma. */
  readonly y: Uint16Array;
  /** Blue difference. */
  readonly cb: Uint16Array;
  /** Red difference. */
  readonly cr: Uint16Array;
}

/** Where the samples of one component lie in a row. */
interface Component {
  readonly plane: number;
  readonly firstByte: number;
  readonly stepBytes: number;
  /** Columns that share a sample, as a power of two; rows likewise. */
  readonly xShift: 0 | 1;
  readonly yShift: 0 | 1;
}

/** Y′, Cb, Cr of the formats with a sample in one or two bytes of its own. */
interface Samples {
  readonly sampleBytes: 1 | 2;
  readonly components: readonly [Component, Component, Component];
}

function component(plane: number, firstByte: number, stepBytes: number, xShift: 0 | 1, yShift: 0 | 1): Component {
  return { plane, firstByte, stepBytes, xShift, yShift };
}

const samples: Readonly<Partial<Record<PixelFormat, Samples>>> = {
  i420: { sampleBytes: 1, components: [component(0, 0, 1, 0, 0), component(1, 0, 1, 1, 1), component(2, 0, 1, 1, 1)] },
  nv12: { sampleBytes: 1, components: [component(0, 0, 1, 0, 0), component(1, 0, 2, 1, 1), component(1, 1, 2, 1, 1)] },
  uyvy8: {
    sampleBytes: 1,
    components: [component(0, 1, 2, 0, 0), component(0, 0, 4, 1, 0), component(0, 2, 4, 1, 0)],
  },
  yuv422p10le: {
    sampleBytes: 2,
    components: [component(0, 0, 2, 0, 0), component(1, 0, 2, 1, 0), component(2, 0, 2, 1, 0)],
  },
  yuv444p10le: {
    sampleBytes: 2,
    components: [component(0, 0, 2, 0, 0), component(1, 0, 2, 0, 0), component(2, 0, 2, 0, 0)],
  },
};

/** Reads the first `width` columns of row `row` of a Y′CbCr frame into `out`. */
export function readYcbcrRow(
  data: Uint8Array,
  pixelFormat: PixelFormat,
  planes: readonly PlaneSpan[],
  row: number,
  width: number,
  out: YcbcrRow,
): void {
  const format = samples[pixelFormat];
  if (!format) return readV210(data, planes[0].offsetBytes + row * planes[0].strideBytes, width, out);
  const read = format.sampleBytes === 1 ? readBytes : readWords;
  const [y, cb, cr] = format.components;
  read(data, startOf(planes, y, row), y.stepBytes, y.xShift, width, out.y);
  read(data, startOf(planes, cb, row), cb.stepBytes, cb.xShift, width, out.cb);
  read(data, startOf(planes, cr, row), cr.stepBytes, cr.xShift, width, out.cr);
}

function startOf(planes: readonly PlaneSpan[], { plane, firstByte, yShift }: Component, row: number): number {
  return planes[plane].offsetBytes + (row >> yShift) * planes[plane].strideBytes + firstByte;
}

function readBytes(
  data: Uint8Array,
  start: number,
  step: number,
  xShift: number,
  width: number,
  out: Uint16Array,
): void {
  if (xShift === 0) {
    for (let column = 0, at = start; column < width; column++, at += step) out[column] = data[at];
    return;
  }
  for (let column = 0, at = start; column < width; column += 2, at += step) {
    out[column] = out[column + 1] = data[at];
  }
}

/** Little endian, at any address. */
function readWords(
  data: Uint8Array,
  start: number,
  step: number,
  xShift: number,
  width: number,
  out: Uint16Array,
): void {
  if (xShift === 0) {
    for (let column = 0, at = start; column < width; column++, at += step) {
      out[column] = data[at] | (data[at + 1] << 8);
    }
    return;
  }
  for (let column = 0, at = start; column < width; column += 2, at += step) {
    out[column] = out[column + 1] = data[at] | (data[at + 1] << 8);
  }
}

/** The codes of six pixels. */
const group = new Uint16Array(12);

/**
 * v210: six pixels in four little-endian words of three 10-bit codes, lowest bits first:
 *
 *   Cb0 Y0 Cr0 │ Y1 Cb2 Y2 │ Cr2 Y3 Cb4 │ Y4 Cr4 Y5
 */
function readV210(data: Uint8Array, start: number, width: number, out: YcbcrRow): void {
  for (let first = 0, at = start; first < width; first += 6) {
    for (let index = 0; index < 12; index += 3, at += 4) {
      const bits = data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24);
      group[index] = bits & 1023;
      group[index + 1] = (bits >>> 10) & 1023;
      group[index + 2] = (bits >>> 20) & 1023;
    }
    // In code order the group is Cb Y Cr Y, three times.
    const count = Math.min(6, width - first);
    for (let index = 0; index < count; index++) {
      const pair = (index >> 1) * 4;
      out.y[first + index] = group[index * 2 + 1];
      out.cb[first + index] = group[pair];
      out.cr[first + index] = group[pair + 2];
    }
  }
}
