/**
 * The numbers between codes of samples and R′G′B′ from 0 to 1.
 *
 * @module
 */
import { type ColorSpace, pixelFormatInfo, type VideoFormat } from "@streamlib/core";

/** Three rows of four: each a factor for three components, and what is added. */
export type ColorRows = readonly (readonly [number, number, number, number])[];

/** Weights of red and blue in luma: BT.601-7 §2.5.1, BT.709-6 §3.2, BT.2020-2 table 4, non-constant luminance. */
const LUMA_WEIGHTS: Readonly<Record<ColorSpace, readonly [red: number, blue: number]>> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
};

/** Code of zero, and codes from there to one, of luma and R′G′B′ and of chroma (BT.709-6 §4.6; full: all codes). */
interface Codes {
  readonly zero: number;
  readonly span: number;
  readonly chromaZero: number;
  readonly chromaSpan: number;
}

function codesOf(format: VideoFormat): Codes {
  const { bitDepth, group } = pixelFormatInfo(format.pixelFormat);
  if (group?.depth === "16f") return { zero: 0, span: 1, chromaZero: 0, chromaSpan: 1 };
  const unit = 2 ** (bitDepth - 8);
  if (format.range === "narrow") {
    return { zero: 16 * unit, span: 219 * unit, chromaZero: 128 * unit, chromaSpan: 224 * unit };
  }
  const top = 256 * unit - 1;
  return { zero: 0, span: top, chromaZero: 128 * unit, chromaSpan: top };
}

/**
 * From codes to R′G′B′: rows of red, green, blue over the components R G B or Y Cb Cr. Half floats are R′G′B′ and Y′
 * from 0 to 1, and Cb, Cr from -0.5 to 0.5, whatever the range (our reading of ST 2110-20).
 */
export function rgbRows(format: VideoFormat): ColorRows {
  const { zero, span, chromaZero, chromaSpan } = codesOf(format);
  const one = 1 / span;
  if (pixelFormatInfo(format.pixelFormat).model === "rgb") {
    return [[one, 0, 0, -zero * one], [0, one, 0, -zero * one], [0, 0, one, -zero * one]];
  }
  const [red, blue] = LUMA_WEIGHTS[format.colorSpace];
  const green = 1 - red - blue;
  const [fromCb, fromCr] = [(2 * (1 - blue)) / chromaSpan, (2 * (1 - red)) / chromaSpan];
  const rows = [[0, fromCr], [-fromCb * blue / green, -fromCr * red / green], [fromCb, 0]];
  return rows.map(([cb, cr]) => [one, cb, cr, -one * zero - (cb + cr) * chromaZero] as const);
}

/** From R′G′B′ to codes: rows of the components R G B or Y Cb Cr. Undoes {@linkcode rgbRows}. */
export function codeRows(format: VideoFormat): ColorRows {
  const { zero, span, chromaZero, chromaSpan } = codesOf(format);
  if (pixelFormatInfo(format.pixelFormat).model === "rgb") {
    return [[span, 0, 0, zero], [0, span, 0, zero], [0, 0, span, zero]];
  }
  const [red, blue] = LUMA_WEIGHTS[format.colorSpace];
  const green = 1 - red - blue;
  const [toCb, toCr] = [chromaSpan / (2 * (1 - blue)), chromaSpan / (2 * (1 - red))];
  return [
    [red * span, green * span, blue * span, zero],
    [-red * toCb, -green * toCb, (1 - blue) * toCb, chromaZero],
    [(1 - red) * toCr, -green * toCr, -blue * toCr, chromaZero],
  ];
}
