/**
 * Conversion to RGBA in TypeScript, where the native library is not.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { pixelFormatInfo } from "../message/pixel_format.ts";
import { type ColorSpace, planesOf, type PlaneSpan, type VideoFormat } from "../message/video_format.ts";
import type { FrameBytes, RowRange } from "./convert_frame.ts";
import { readYcbcrRow, type YcbcrRow } from "./ycbcr_rows.ts";

/** Weights of red and blue in luma: BT.601 §2.5.1, BT.709 §3.2, BT.2020 table 4. */
const lumaWeights: Readonly<Record<ColorSpace, readonly [red: number, blue: number]>> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
};

/** Whether {@linkcode scriptConvert} can do it: anything but pixel groups to rgba8, and one RGB format to another. */
export function isScripted(from: VideoFormat, to: VideoFormat): boolean {
  if (pixelFormatInfo(from.pixelFormat).group) return false;
  return to.pixelFormat === "rgba8" ||
    (to.pixelFormat === "bgra8" && pixelFormatInfo(from.pixelFormat).model === "rgb");
}

/**
 * Writes rows of `source` into the same rows of `target`, of the same size and RGB.
 *
 * Y′CbCr becomes R′G′B′ by the source's matrix and range, within 1 code of the exact result, and opaque; chroma samples
 * that are too few are repeated (the native library interpolates them). RGB keeps its alpha. Blocks for 10 to 15 ms per
 * 1080p frame.
 *
 * @throws {StreamError} `format-invalid` if the bytes are too few.
 */
export function scriptConvert(source: FrameBytes, target: FrameBytes, rows: RowRange): void {
  const planes = requirePlanes(source);
  requirePlanes(target);
  if (pixelFormatInfo(source.format.pixelFormat).model === "yuv") return convertYcbcr(source, planes, target, rows);
  if (source.format.pixelFormat === target.format.pixelFormat) return copyRows(source, target, rows);
  swapRows(source, target, rows);
}

function requirePlanes({ data, format }: FrameBytes): readonly PlaneSpan[] {
  const planes = planesOf(format);
  const last = planes[planes.length - 1];
  const bytes = last.offsetBytes + last.strideBytes * (last.rows - 1) + last.rowBytes;
  if (data.length >= bytes) return planes;
  throw new StreamError(
    "format-invalid",
    `Cannot convert ${data.length} bytes as ${format.width}x${format.height} ${format.pixelFormat}: ` +
      `it takes ${bytes} bytes`,
  );
}

function copyRows(source: FrameBytes, target: FrameBytes, rows: RowRange): void {
  const rowBytes = source.format.width * 4;
  const [from, to] = [source.format.strides[0], target.format.strides[0]];
  if (from === rowBytes && to === rowBytes) {
    return target.data.set(source.data.subarray(rows.start * rowBytes, rows.end * rowBytes), rows.start * rowBytes);
  }
  for (let row = rows.start; row < rows.end; row++) {
    target.data.set(source.data.subarray(row * from, row * from + rowBytes), row * to);
  }
}

function swapRows(source: FrameBytes, target: FrameBytes, rows: RowRange): void {
  const [input, output] = [source.data, target.data];
  for (let row = rows.start; row < rows.end; row++) {
    let from = row * source.format.strides[0];
    let to = row * target.format.strides[0];
    for (let column = 0; column < source.format.width; column++, from += 4, to += 4) {
      output[to] = input[from + 2];
      output[to + 1] = input[from + 1];
      output[to + 2] = input[from];
      output[to + 3] = input[from + 3];
    }
  }
}

/** One row of codes; grows to the widest frame of this thread. */
let scratch: YcbcrRow = makeRow(0);

function makeRow(width: number): YcbcrRow {
  return { y: new Uint16Array(width), cb: new Uint16Array(width), cr: new Uint16Array(width) };
}

function convertYcbcr(source: FrameBytes, planes: readonly PlaneSpan[], target: FrameBytes, rows: RowRange): void {
  const { width, pixelFormat } = source.format;
  if (scratch.y.length < width) scratch = makeRow(width);
  const matrix = matrixOf(source.format);
  const { buffer, byteOffset, byteLength } = target.data;
  const out = new Uint8ClampedArray(buffer, byteOffset, byteLength);
  for (let row = rows.start; row < rows.end; row++) {
    readYcbcrRow(source.data, pixelFormat, planes, row, width, scratch);
    applyMatrix(matrix, scratch, width, out, row * target.format.strides[0]);
  }
}

const fractionBits = 14;

/** From codes to R′G′B′, in fixed point. */
interface Matrix {
  readonly lumaOffset: number;
  readonly middle: number;
  readonly fromY: number;
  readonly redFromCr: number;
  readonly greenFromCb: number;
  readonly greenFromCr: number;
  readonly blueFromCb: number;
}

function matrixOf(format: VideoFormat): Matrix {
  const [red, blue] = lumaWeights[format.colorSpace];
  const green = 1 - red - blue;
  const depth = pixelFormatInfo(format.pixelFormat).bitDepth;
  const narrow = format.range === "narrow";
  const unit = 1 << (depth - 8);
  const full = (1 << depth) - 1;
  const one = 1 << fractionBits;
  const lumaScale = (255 * one) / (narrow ? 219 * unit : full);
  const colorScale = (255 * one) / (narrow ? 224 * unit : full);
  return {
    lumaOffset: narrow ? 16 * unit : 0,
    middle: 128 * unit,
    fromY: Math.round(lumaScale),
    redFromCr: Math.round(2 * (1 - red) * colorScale),
    greenFromCb: Math.round((2 * (1 - blue) * blue * colorScale) / green),
    greenFromCr: Math.round((2 * (1 - red) * red * colorScale) / green),
    blueFromCb: Math.round(2 * (1 - blue) * colorScale),
  };
}

/** One row of codes to RGBA; the clamped array cuts what is outside of 0 to 255. */
function applyMatrix(matrix: Matrix, row: YcbcrRow, width: number, out: Uint8ClampedArray, start: number): void {
  const { lumaOffset, middle, fromY, redFromCr, greenFromCb, greenFromCr, blueFromCb } = matrix;
  const { y: ys, cb: cbs, cr: crs } = row;
  const half = 1 << (fractionBits - 1);
  for (let column = 0, at = start; column < width; column++, at += 4) {
    const luma = (Math.imul(fromY, ys[column] - lumaOffset) + half) | 0;
    const cb = cbs[column] - middle;
    const cr = crs[column] - middle;
    out[at] = (luma + Math.imul(redFromCr, cr)) >> fractionBits;
    out[at + 1] = (luma - Math.imul(greenFromCb, cb) - Math.imul(greenFromCr, cr)) >> fractionBits;
    out[at + 2] = (luma + Math.imul(blueFromCb, cb)) >> fractionBits;
    out[at + 3] = 255;
  }
}
