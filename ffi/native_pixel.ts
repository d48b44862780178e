/**
 * Pixels by the native library: fill, blend, scale, convert.
 *
 * @module
 */

import {
  type NativeFunctions,
  pixelBlendParamsLayout as blendLayout,
  pixelConvertParamsLayout as convertLayout,
  pixelFillParamsLayout as fillLayout,
  pixelPictureLayout as pictureLayout,
  pixelScaleParamsLayout as scaleLayout,
} from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { check } from "./result.ts";

/** Pixel formats that the library calculates with; the names are those of core. */
export type NativePlainFormat =
  | "rgba8"
  | "bgra8"
  | "i420"
  | "nv12"
  | "uyvy8"
  | "yuv422p10le"
  | "v210"
  | "yuv444p10le";

/**
 * Pixel groups of ST 2110-20 by sampling and depth in the words of SDP, as `pgroup/YCbCr-4:2:2/10`. One plane of rows
 * of whole groups, in 4:2:0 one for two rows of pixels.
 */
export type NativeGroupFormat = `pgroup/${string}/${string}`;

/** Pixel formats that the library converts. */
export type NativePixelFormat = NativePlainFormat | NativeGroupFormat;

/** Pixels in a buffer. Planes follow each other without a gap: each has its stride times its rows. */
export interface PixelPicture {
  /** The caller's bytes; used during the call only. */
  readonly data: ArrayBufferView;
  /** How the pixels lie. */
  readonly format: NativePixelFormat;
  /** 1 to 16384; even for formats with halved chroma. */
  readonly width: number;
  /** 1 to 16384; even for 4:2:0. */
  readonly height: number;
  /** Bytes from one row to the next, one number per plane. */
  readonly strides: readonly number[];
}

/** How a picture lies over another. */
export interface BlendPlacement {
  /** Column of the target where the source's left edge lies; may be negative. */
  readonly x: number;
  /** Row of the target where the source's top edge lies; may be negative. */
  readonly y: number;
  /** 0 to 255. */
  readonly opacity: number;
  /** Whether the source's colours are still to be multiplied with its alpha, already are, or it has no alpha. */
  readonly mode: "straight" | "premultiplied" | "opaque";
}

/** A rectangle of pixels; what lies outside of the picture is cut off. */
export interface PixelRectangle {
  /** The left column; may be negative. */
  readonly x: number;
  /** The top row; may be negative. */
  readonly y: number;
  /** Width. */
  readonly columns: number;
  /** Height. */
  readonly rows: number;
}

/** What the codes of the Y'CbCr side of a conversion mean. */
export interface PixelColors {
  /** ITU-R BT.601, BT.709, BT.2020. */
  readonly matrix: "bt601" | "bt709" | "bt2020";
  /** `narrow`: luma 16 to 235 of 256 codes. `full`: all codes. */
  readonly range: "narrow" | "full";
}

const formatCodes: Readonly<Record<NativePlainFormat, number>> = {
  rgba8: 1,
  bgra8: 2,
  i420: 3,
  nv12: 4,
  uyvy8: 5,
  yuv422p10le: 6,
  v210: 7,
  yuv444p10le: 8,
};
const samplingCodes: Readonly<Record<string, number>> = { "4:2:2": 1, "4:4:4": 2, "4:2:0": 3, RGB: 4, XYZ: 5, KEY: 6 };
const depthCodes: Readonly<Record<string, number>> = { "8": 8, "10": 10, "12": 12, "16": 16, "16f": 116 };
/** What the components of 4:4:4, 4:2:2 and 4:2:0 are does not change how they lie. */
const groupName = /^pgroup\/(?:(?:YCbCr|CLYCbCr|ICtCp)-(4:4:4|4:2:2|4:2:0)|(RGB|XYZ|KEY))\/(8|10|12|16f?)$/;
const modeCodes: Readonly<Record<BlendPlacement["mode"], number>> = { straight: 0, premultiplied: 1, opaque: 2 };
const matrixCodes: Readonly<Record<PixelColors["matrix"], number>> = { bt601: 0, bt709: 1, bt2020: 2 };
const rangeCodes: Readonly<Record<PixelColors["range"], number>> = { narrow: 0, full: 1 };

function put(view: DataView, offset: number, value: number, name: string): void {
  if ((value >>> 0) !== value) throw new RangeError(`Cannot use ${name} = ${value}: it must be an integer from 0 up`);
  view.setUint32(offset, value, true);
}

function putSigned(view: DataView, offset: number, value: number, name: string): void {
  if ((value | 0) !== value) throw new RangeError(`Cannot use ${name} = ${value}: it must be a 32-bit integer`);
  view.setInt32(offset, value, true);
}

function requireRgb(picture: PixelPicture, action: string): void {
  if (picture.format === "rgba8" || picture.format === "bgra8") return;
  throw new TypeError(`Cannot ${action} a picture of format ${picture.format}: it must be rgba8 or bgra8`);
}

/**
 * The number of a pixel format in the library.
 *
 * @throws {TypeError} If there is no such format.
 */
export function formatCode(format: NativePixelFormat): number {
  if (Object.hasOwn(formatCodes, format)) return formatCodes[format as NativePlainFormat];
  const [, subsampled, whole, depth] = groupName.exec(format) ?? [];
  if (depth) return 256 * samplingCodes[subsampled ?? whole] + depthCodes[depth];
  throw new TypeError(`Cannot convert a picture of format ${format}: there is no such format`);
}

function halvesRows(format: NativePixelFormat): boolean {
  return format === "i420" || format === "nv12";
}

/**
 * The pixel kernels. Calls block for as long as they calculate (about a millisecond for a 1080p frame) and allocate
 * nothing. All of them can be done in strips of rows, so that a part of the target stays in the processor's cache.
 *
 * They throw `RangeError` for numbers that cannot be, and `NativeError`: `out_of_range` for a picture that does not lie
 * within its buffer or rows outside of the picture, `invalid_argument` for pixel groups of another sampling or depth
 * than the other side.
 */
export class NativePixel {
  readonly #functions: NativeFunctions;
  readonly #fill: DataView = new DataView(new ArrayBuffer(fillLayout.structBytes));
  readonly #blend: DataView = new DataView(new ArrayBuffer(blendLayout.structBytes));
  readonly #scale: DataView = new DataView(new ArrayBuffer(scaleLayout.structBytes));
  readonly #convert: DataView = new DataView(new ArrayBuffer(convertLayout.structBytes));

  /** Over an open library, for one thread. */
  constructor(library: NativeLibrary) {
    this.#functions = library.functions;
  }

  /** The x86-64 level of the kernels in use: 2, 3 (AVX2) or 4 (AVX-512); 0 on other architectures. */
  get cpuLevel(): number {
    return this.#functions.sl_pixel_cpu_level();
  }

  /**
   * Writes one pixel value into a rectangle of an rgba8 or bgra8 picture.
   *
   * @param value Four bytes as they lie in memory, the first in the low bits: 0xff0000ff is opaque red in rgba8.
   */
  fill(target: PixelPicture, rectangle: PixelRectangle, value: number): void {
    requireRgb(target, "fill");
    const params = this.#fill;
    put(params, fillLayout.width, target.width, "width");
    put(params, fillLayout.height, target.height, "height");
    put(params, fillLayout.strideBytes, target.strides[0], "strides[0]");
    putSigned(params, fillLayout.x, rectangle.x, "x");
    putSigned(params, fillLayout.y, rectangle.y, "y");
    put(params, fillLayout.columns, rectangle.columns, "columns");
    put(params, fillLayout.rows, rectangle.rows, "rows");
    put(params, fillLayout.value, value, "value");
    check(this.#functions.sl_pixel_fill(target.data, params), "fill a picture");
  }

  /**
   * Puts `source` over `target`, clipped; both rgba8 or both bgra8. Every product is rounded to the nearest. The target
   * is taken as opaque or premultiplied, and stays so.
   *
   * @param rowStart The first target row to work on.
   * @param rowCount How many; default all that follow.
   */
  blend(
    target: PixelPicture,
    source: PixelPicture,
    placement: BlendPlacement,
    rowStart: number = 0,
    rowCount: number = target.height - rowStart,
  ): void {
    requireRgb(target, "blend over");
    if (target.format !== source.format) requireSame(target, source, "blend");
    const params = this.#blend;
    put(params, blendLayout.targetWidth, target.width, "target width");
    put(params, blendLayout.targetHeight, target.height, "target height");
    put(params, blendLayout.targetStrideBytes, target.strides[0], "target strides[0]");
    put(params, blendLayout.sourceWidth, source.width, "source width");
    put(params, blendLayout.sourceHeight, source.height, "source height");
    put(params, blendLayout.sourceStrideBytes, source.strides[0], "source strides[0]");
    putSigned(params, blendLayout.x, placement.x, "x");
    putSigned(params, blendLayout.y, placement.y, "y");
    put(params, blendLayout.opacity, placement.opacity, "opacity");
    put(params, blendLayout.mode, modeCodes[placement.mode], "mode");
    put(params, blendLayout.rowStart, rowStart, "rowStart");
    put(params, blendLayout.rowCount, rowCount, "rowCount");
    check(this.#functions.sl_pixel_blend(target.data, source.data, params), "blend pictures");
  }

  /**
   * Scales `source` to the size of `target`, bilinear; both rgba8 or both bgra8. Straight alpha is scaled like a colour,
   * so premultiplied pictures have the better edges. At most 1.5 codes from the exact value.
   *
   * @param rowStart The first target row to make.
   * @param rowCount How many; default all that follow.
   * @param bufferRow The target row at the start of `target.data`: not 0 if it holds only a strip.
   */
  scale(
    target: PixelPicture,
    source: PixelPicture,
    rowStart: number = 0,
    rowCount: number = target.height - rowStart,
    bufferRow: number = 0,
  ): void {
    requireRgb(target, "scale to");
    if (target.format !== source.format) requireSame(target, source, "scale");
    const params = this.#scale;
    put(params, scaleLayout.targetWidth, target.width, "target width");
    put(params, scaleLayout.targetHeight, target.height, "target height");
    put(params, scaleLayout.targetStrideBytes, target.strides[0], "target strides[0]");
    put(params, scaleLayout.sourceWidth, source.width, "source width");
    put(params, scaleLayout.sourceHeight, source.height, "source height");
    put(params, scaleLayout.sourceStrideBytes, source.strides[0], "source strides[0]");
    put(params, scaleLayout.rowStart, rowStart, "rowStart");
    put(params, scaleLayout.rowCount, rowCount, "rowCount");
    put(params, scaleLayout.bufferRow, bufferRow, "bufferRow");
    check(this.#functions.sl_pixel_scale(target.data, source.data, params), "scale a picture");
  }

  /**
   * Converts `source` to the format of `target`; both of one size. From any format to any, but of pixel groups only to
   * and from the formats of the same sampling and depth. Results are rounded to the nearest code; repacking within one
   * sampling and depth is exact. Chroma lies on the even columns ("left", as in MPEG-2 and BT.709), in 4:2:0 between
   * two rows. Alpha is kept between RGB formats, else dropped, or set to 255.
   *
   * @param rowStart The first row; even if a format is 4:2:0.
   * @param rowCount How many; even if a format is 4:2:0; default all that follow.
   */
  convert(
    target: PixelPicture,
    source: PixelPicture,
    colors: PixelColors,
    rowStart: number = 0,
    rowCount: number = target.height - rowStart,
  ): void {
    if (target.width !== source.width || target.height !== source.height) {
      const sizes = `${source.width}x${source.height} to ${target.width}x${target.height}`;
      throw new RangeError(`Cannot convert a picture of ${sizes}: the sizes must be equal, scale it before`);
    }
    const params = this.#convert;
    put(params, convertLayout.width, target.width, "width");
    put(params, convertLayout.height, target.height, "height");
    put(params, convertLayout.matrix, matrixCodes[colors.matrix], "matrix");
    put(params, convertLayout.range, rangeCodes[colors.range], "range");
    put(params, convertLayout.rowStart, rowStart, "rowStart");
    put(params, convertLayout.rowCount, rowCount, "rowCount");
    putPicture(params, convertLayout.target, target, "target");
    putPicture(params, convertLayout.source, source, "source");
    check(this.#functions.sl_pixel_convert(target.data, source.data, params), "convert a picture");
  }
}

function requireSame(target: PixelPicture, source: PixelPicture, action: string): never {
  throw new TypeError(`Cannot ${action} ${source.format} to ${target.format}: the formats must be equal`);
}

function putPicture(view: DataView, offset: number, picture: PixelPicture, name: string): void {
  put(view, offset + pictureLayout.format, formatCode(picture.format), `${name} format`);
  let planeOffset = 0;
  for (let plane = 0; plane < 3; plane++) {
    const stride = plane < picture.strides.length ? picture.strides[plane] : 0;
    put(view, offset + pictureLayout.planeOffsets + 4 * plane, planeOffset, `${name} plane ${plane}`);
    put(view, offset + pictureLayout.planeStridesBytes + 4 * plane, stride, `${name} strides[${plane}]`);
    planeOffset += stride * (plane > 0 && halvesRows(picture.format) ? picture.height / 2 : picture.height);
  }
}
