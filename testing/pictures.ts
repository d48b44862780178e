/**
 * Expectations about pictures.
 *
 * @module
 */
import { type PixelFormatInfo, pixelFormatInfo, planesOf, type VideoFormat } from "@streamlib/core";
import { AssertionError } from "node:assert";

/** Anything that has the bytes of a picture: a `VideoFrame`, a `VideoLoan`, a test picture. */
export interface Picture {
  /** What it looks like apart from its pixels. */
  readonly format: VideoFormat;
  /** Its planes one after another, as the format says. */
  readonly data: Uint8Array;
}

const PSNR_DB_MIN = 40;

/**
 * Peak signal-to-noise ratio of a picture against another, in dB, over all components, alpha included; padding is left
 * out. 10 log10(peak² / mean squared error), with peak = 2^bits − 1.
 *
 * @param actual The picture. Its format is one whose components are whole bytes or 16-bit words.
 * @param expected A picture of the same size and pixel format.
 * @returns Infinity if they are equal.
 * @throws {RangeError} If the pictures cannot be compared, naming why.
 */
export function psnrDb(actual: Picture, expected: Picture): number {
  const pixels = componentsOf(actual.format);
  checkSameSize(actual, expected);
  let [sum, count] = [0, 0];
  forEachRow(actual, expected, (one, other) => {
    const step = pixels.bitDepth === 8 ? 1 : 2;
    for (let at = 0; at < one.length; at += step) {
      const difference = step === 1 ? one[at] - other[at] : wordAt(one, at) - wordAt(other, at);
      sum += difference * difference;
      count++;
    }
  });
  return sum === 0 ? Infinity : 10 * Math.log10((2 ** pixels.bitDepth - 1) ** 2 * count / sum);
}

/**
 * Expects two pictures of one format to have the same bytes, padding left out.
 *
 * @throws {AssertionError} Naming the first byte that differs and how many do.
 * @throws {RangeError} If they differ in size or pixel format.
 */
export function assertPicturesEqual(actual: Picture, expected: Picture): void {
  checkSameSize(actual, expected);
  let wrong = 0;
  let first = "";
  forEachRow(actual, expected, (one, other, plane, row) => {
    for (let at = 0; at < one.length; at++) {
      if (one[at] === other[at]) continue;
      if (wrong++ === 0) first = `plane ${plane}, row ${row}, byte ${at}: ${one[at]}, expected ${other[at]}`;
    }
  });
  if (wrong === 0) return;
  const { width, height, pixelFormat } = actual.format;
  throw failure(`Pictures ${pixelFormat} ${width}x${height} differ in ${wrong} bytes, first at ${first}`);
}

/**
 * Expects a picture to be like another.
 *
 * @param actual The picture.
 * @param expected What it should look like.
 * @param options `psnrDbMin`: the least {@linkcode psnrDb}, dB. Default 40.
 * @throws {AssertionError} Naming the ratio.
 * @throws {RangeError} As {@linkcode psnrDb}.
 */
export function assertPictureNear(actual: Picture, expected: Picture, options: { psnrDbMin?: number } = {}): void {
  const { psnrDbMin = PSNR_DB_MIN } = options;
  const ratioDb = psnrDb(actual, expected);
  if (ratioDb >= psnrDbMin) return;
  throw failure(`The picture differs: PSNR is ${ratioDb.toFixed(1)} dB, expected at least ${psnrDbMin} dB`);
}

/**
 * Expects one pixel of a picture in `rgba8` or `bgra8`.
 *
 * @param actual The picture.
 * @param x Column from the left, from 0.
 * @param y Row from the top, from 0.
 * @param rgba Red, green, blue and alpha, each 0–255, in this order for both formats.
 * @param tolerance Most that a component may differ. Default 0.
 * @throws {AssertionError} Naming the pixel and what it is.
 * @throws {RangeError} If the format is another one, or the picture has no such pixel.
 */
export function assertPixel(
  actual: Picture,
  x: number,
  y: number,
  rgba: readonly [number, number, number, number],
  tolerance: number = 0,
): void {
  const { pixelFormat, width, height, strides } = actual.format;
  if (pixelFormat !== "rgba8" && pixelFormat !== "bgra8") {
    throw new RangeError(`Cannot look at a pixel of ${pixelFormat}: rgba8 and bgra8 are right; see convertFrame`);
  }
  if (!Number.isInteger(x) || !Number.isInteger(y) || x < 0 || y < 0 || x >= width || y >= height) {
    throw new RangeError(`Cannot look at pixel ${x}, ${y}: the picture is ${width}x${height}`);
  }
  const at = y * strides[0] + 4 * x;
  const [first, green, third, alpha] = actual.data.subarray(at, at + 4);
  const found = pixelFormat === "rgba8" ? [first, green, third, alpha] : [third, green, first, alpha];
  if (found.every((value, index) => Math.abs(value - rgba[index]) <= tolerance)) return;
  const within = tolerance === 0 ? "" : ` within ${tolerance}`;
  throw failure(`Pixel ${x}, ${y} is [${found.join(", ")}], expected [${rgba.join(", ")}]${within}`);
}

type RowVisitor = (one: Uint8Array, other: Uint8Array, plane: number, row: number) => void;

/** Rows of two pictures of one size, each with its own strides. */
function forEachRow(actual: Picture, expected: Picture, visit: RowVisitor): void {
  const theirs = planesOf(expected.format);
  planesOf(actual.format).forEach((ours, plane) => {
    for (let row = 0; row < ours.rows; row++) {
      const one = ours.offsetBytes + row * ours.strideBytes;
      const other = theirs[plane].offsetBytes + row * theirs[plane].strideBytes;
      visit(
        actual.data.subarray(one, one + ours.rowBytes),
        expected.data.subarray(other, other + ours.rowBytes),
        plane,
        row,
      );
    }
  });
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8;
}

function componentsOf(format: VideoFormat): PixelFormatInfo {
  const info = pixelFormatInfo(format.pixelFormat);
  if (info.group === undefined && format.pixelFormat !== "v210") return info;
  const counterpart = info.counterparts[0];
  const remedy = counterpart === undefined ? "compare bytes" : "convert both first, see convertFrame";
  throw new RangeError(`Cannot compare components of ${format.pixelFormat}: they share bytes; ${remedy}`);
}

function checkSameSize(actual: Picture, expected: Picture): void {
  const describe = ({ format }: Picture): string => `${format.pixelFormat} ${format.width}x${format.height}`;
  if (describe(actual) === describe(expected)) return;
  throw new RangeError(`Cannot compare ${describe(actual)} with ${describe(expected)}: one size and format is right`);
}

function failure(message: string): AssertionError {
  return new AssertionError({ message, stackStartFn: failure });
}
