/**
 * Pixel formats by name: bit depth, sampling and packing.
 *
 * @module
 */
import { StreamError } from "../errors.ts";

/** Names of the pixel formats. */
export type PixelFormat =
  | "rgba8"
  | "bgra8"
  | "i420"
  | "nv12"
  | "uyvy8"
  | "yuv422p10le"
  | "yuv444p10le"
  | "v210";

/** One plane of a pixel format. */
export interface PlaneLayout {
  /** Horizontal subsampling: 1 or 2 luma columns per sample. */
  readonly xStep: 1 | 2;
  /** Vertical subsampling: 1 or 2 luma rows per sample. */
  readonly yStep: 1 | 2;
  /** Bytes that one row of `width` luma columns takes, before any padding. */
  rowBytes(width: number): number;
}

/** What a pixel format is. */
export interface PixelFormatInfo {
  /** Its name. */
  readonly name: PixelFormat;
  /** What the components are: R′G′B′, or Y′CbCr. */
  readonly model: "rgb" | "yuv";
  /**
   * How often chroma is sampled: at every pixel, at every second column, or at every second column of every second row.
   */
  readonly sampling: "4:4:4" | "4:2:2" | "4:2:0";
  /** Bits of one component. */
  readonly bitDepth: 8 | 10;
  /** Whether there is an alpha component. */
  readonly alpha: boolean;
  /** The planes in the order in which they lie. */
  readonly planes: readonly PlaneLayout[];
  /** Width must be a multiple of this. */
  readonly widthStep: 1 | 2;
  /** Height must be a multiple of this. */
  readonly heightStep: 1 | 2;
  /** How bytes lie, in words. */
  readonly packing: string;
}

function plane(xStep: 1 | 2, yStep: 1 | 2, bytes: number): PlaneLayout {
  return { xStep, yStep, rowBytes: (width) => (width / xStep) * bytes };
}

function info(
  name: PixelFormat,
  model: "rgb" | "yuv",
  sampling: PixelFormatInfo["sampling"],
  bitDepth: 8 | 10,
  planes: readonly PlaneLayout[],
  packing: string,
): PixelFormatInfo {
  return {
    name,
    model,
    sampling,
    bitDepth,
    alpha: name === "rgba8" || name === "bgra8",
    planes,
    widthStep: sampling === "4:4:4" ? 1 : 2,
    heightStep: sampling === "4:2:0" ? 2 : 1,
    packing,
  };
}

/** Every pixel format by name. */
export const PIXEL_FORMATS: Readonly<Record<PixelFormat, PixelFormatInfo>> = {
  rgba8: info("rgba8", "rgb", "4:4:4", 8, [plane(1, 1, 4)], "R G B A, one byte each, straight alpha"),
  bgra8: info("bgra8", "rgb", "4:4:4", 8, [plane(1, 1, 4)], "B G R A, one byte each, straight alpha"),
  i420: info("i420", "yuv", "4:2:0", 8, [plane(1, 1, 1), plane(2, 2, 1), plane(2, 2, 1)], "planes Y, Cb, Cr"),
  nv12: info("nv12", "yuv", "4:2:0", 8, [plane(1, 1, 1), plane(2, 2, 2)], "plane Y, then plane Cb Cr interleaved"),
  uyvy8: info("uyvy8", "yuv", "4:2:2", 8, [plane(1, 1, 2)], "Cb Y0 Cr Y1, one byte each"),
  yuv422p10le: info(
    "yuv422p10le",
    "yuv",
    "4:2:2",
    10,
    [plane(1, 1, 2), plane(2, 1, 2), plane(2, 1, 2)],
    "planes Y, Cb, Cr, 10 bits in u16 little endian",
  ),
  yuv444p10le: info(
    "yuv444p10le",
    "yuv",
    "4:4:4",
    10,
    [plane(1, 1, 2), plane(1, 1, 2), plane(1, 1, 2)],
    "planes Y, Cb, Cr, 10 bits in u16 little endian",
  ),
  v210: info(
    "v210",
    "yuv",
    "4:2:2",
    10,
    [{ xStep: 1, yStep: 1, rowBytes: (width) => Math.ceil(width / 48) * 128 }],
    "six pixels in four u32 little endian, rows padded to 128 bytes",
  ),
};

/**
 * What the pixel format called `name` is.
 *
 * @throws {StreamError} `format-invalid` if there is no such format; the message lists those there are.
 */
export function pixelFormatInfo(name: string): PixelFormatInfo {
  const found = Object.hasOwn(PIXEL_FORMATS, name) ? PIXEL_FORMATS[name as PixelFormat] : undefined;
  if (found) return found;
  throw new StreamError(
    "format-invalid",
    `Cannot use pixel format "${name}": known are ${Object.keys(PIXEL_FORMATS).join(", ")}`,
  );
}
