/**
 * Pixel formats by name: bit depth, sampling and packing.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { PIXEL_GROUPS, type PixelGroup, type PixelGroupFormat } from "./pixel_group.ts";

/** Names of the pixel formats that actors calculate with. */
export type PlainPixelFormat =
  | "rgba8"
  | "bgra8"
  | "i420"
  | "nv12"
  | "uyvy8"
  | "yuv422p10le"
  | "yuv444p10le"
  | "v210";

/**
 * Names of the pixel formats: those that actors calculate with, and the pixel groups of ST 2110-20 as they are on the
 * wire.
 */
export type PixelFormat = PlainPixelFormat | PixelGroupFormat;

/** One plane of a pixel format. */
export interface PlaneLayout {
  /** Horizontal subsampling: 1 or 2 luma columns per sample. */
  readonly xStep: 1 | 2;
  /** Vertical subsampling: 1 or 2 luma rows per row of the plane. */
  readonly yStep: 1 | 2;
  /** Bytes that one row of `width` luma columns takes, before any padding. */
  rowBytes(width: number): number;
}

/** What a pixel format is. */
export interface PixelFormatInfo {
  /** Its name. */
  readonly name: PixelFormat;
  /** What the components are: R′G′B′; luma and two of chroma (Y′CbCr, ICtCp); X′Y′Z′; or a key alone. */
  readonly model: "rgb" | "yuv" | "xyz" | "key";
  /**
   * How often chroma is sampled: at every pixel, at every second column, at every second column of every second row; or
   * not at all.
   */
  readonly sampling: "4:4:4" | "4:2:2" | "4:2:0" | "4:0:0";
  /** Bits of one component. */
  readonly bitDepth: 8 | 10 | 12 | 16;
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
  /** The pixel group, if the format is one of ST 2110-20. */
  readonly group?: PixelGroup;
  /**
   * The formats with the same samples on the other side, the preferred one first: of a pixel group the formats that
   * actors calculate with, of such a format its pixel group. Between the two only bits are moved. Of the groups only
   * YCbCr-4:4:4/10, YCbCr-4:2:2/8 and /10, YCbCr-4:2:0/8 and RGB/8 have any.
   */
  readonly counterparts: readonly PixelFormat[];
}

function plane(xStep: 1 | 2, yStep: 1 | 2, bytes: number): PlaneLayout {
  return { xStep, yStep, rowBytes: (width) => (width / xStep) * bytes };
}

function info(
  name: PlainPixelFormat,
  model: "rgb" | "yuv",
  sampling: PixelFormatInfo["sampling"],
  bitDepth: 8 | 10,
  planes: readonly PlaneLayout[],
  packing: string,
  counterpart: PixelGroupFormat,
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
    counterparts: [counterpart],
  };
}

function groupInfo(name: PixelGroupFormat, group: PixelGroup): PixelFormatInfo {
  const { depth, bytes, columns, rows } = group;
  const [components, sampling = components === "KEY" ? "4:0:0" : "4:4:4"] = group.sampling.split("-");
  return {
    name,
    model: components === "RGB" ? "rgb" : components === "XYZ" ? "xyz" : components === "KEY" ? "key" : "yuv",
    sampling: sampling as PixelFormatInfo["sampling"],
    bitDepth: parseInt(depth) as PixelFormatInfo["bitDepth"],
    alpha: false,
    planes: [{ xStep: 1, yStep: rows, rowBytes: (width) => Math.ceil(width / columns) * bytes }],
    widthStep: sampling === "4:2:2" || sampling === "4:2:0" ? 2 : 1,
    heightStep: rows,
    packing: `pixel groups of ST 2110-20: ${bytes} bytes for ${columns} x ${rows} pixels`,
    group,
    counterparts: Object.values(PLAIN_FORMATS).filter((one) => one.counterparts[0] === name).map((one) => one.name),
  };
}

const PLAIN_FORMATS: Readonly<Record<PlainPixelFormat, PixelFormatInfo>> = {
  rgba8: info("rgba8", "rgb", "4:4:4", 8, [plane(1, 1, 4)], "R G B A, one byte each, straight alpha", "pgroup/RGB/8"),
  bgra8: info("bgra8", "rgb", "4:4:4", 8, [plane(1, 1, 4)], "B G R A, one byte each, straight alpha", "pgroup/RGB/8"),
  i420: info(
    "i420",
    "yuv",
    "4:2:0",
    8,
    [plane(1, 1, 1), plane(2, 2, 1), plane(2, 2, 1)],
    "planes Y, Cb, Cr",
    "pgroup/YCbCr-4:2:0/8",
  ),
  nv12: info(
    "nv12",
    "yuv",
    "4:2:0",
    8,
    [plane(1, 1, 1), plane(2, 2, 2)],
    "plane Y, then plane Cb Cr interleaved",
    "pgroup/YCbCr-4:2:0/8",
  ),
  uyvy8: info("uyvy8", "yuv", "4:2:2", 8, [plane(1, 1, 2)], "Cb Y0 Cr Y1, one byte each", "pgroup/YCbCr-4:2:2/8"),
  yuv422p10le: info(
    "yuv422p10le",
    "yuv",
    "4:2:2",
    10,
    [plane(1, 1, 2), plane(2, 1, 2), plane(2, 1, 2)],
    "planes Y, Cb, Cr, 10 bits in u16 little endian",
    "pgroup/YCbCr-4:2:2/10",
  ),
  yuv444p10le: info(
    "yuv444p10le",
    "yuv",
    "4:4:4",
    10,
    [plane(1, 1, 2), plane(1, 1, 2), plane(1, 1, 2)],
    "planes Y, Cb, Cr, 10 bits in u16 little endian",
    "pgroup/YCbCr-4:4:4/10",
  ),
  v210: info(
    "v210",
    "yuv",
    "4:2:2",
    10,
    [{ xStep: 1, yStep: 1, rowBytes: (width) => Math.ceil(width / 48) * 128 }],
    "six pixels in four u32 little endian, rows padded to 128 bytes",
    "pgroup/YCbCr-4:2:2/10",
  ),
};

/** Every pixel format by name. */
export const PIXEL_FORMATS: Readonly<Record<PixelFormat, PixelFormatInfo>> = {
  ...PLAIN_FORMATS,
  ...Object.fromEntries(
    Object.entries(PIXEL_GROUPS).map(([name, group]) => [name, groupInfo(name as PixelGroupFormat, group)]),
  ) as Record<PixelGroupFormat, PixelFormatInfo>,
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
    `Cannot use pixel format "${name}": known are ${Object.keys(PLAIN_FORMATS).join(", ")}, and the pixel groups of ` +
      "ST 2110-20 as pgroup/YCbCr-4:2:2/10: 4:4:4, 4:2:2, RGB and KEY with 8, 10, 12, 16 or 16f bits, 4:2:0 with 8, " +
      "10 or 12, XYZ with 12, 16 or 16f",
  );
}
