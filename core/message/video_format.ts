/**
 * What a video frame looks like, apart from its pixels.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Rate } from "../time/rate.ts";
import { toRate } from "../time/rate.ts";
import { type PixelFormat, pixelFormatInfo } from "./pixel_format.ts";

/** How the rows of a frame were scanned (ST 2110-20 §7.2: progressive, interlaced, segmented). */
export type Scan = "progressive" | "interlaced" | "psf";

/** Colour primaries and matrix: ITU-R BT.601, BT.709, BT.2020. */
export type ColorSpace = "bt601" | "bt709" | "bt2020";

/** Code range: `narrow` puts 8-bit luma in 16–235, `full` in 0–255. RGB is full unless said. */
export type ColorRange = "narrow" | "full";

/** Meaning of the alpha component: none (the frame covers what is under it), straight, or already multiplied in. */
export type Alpha = "opaque" | "straight" | "premultiplied";

/** Format of every frame of one ring generation. A change of any field makes a new generation. */
export interface VideoFormat {
  /** Bit depth, sampling and packing of the pixels. */
  readonly pixelFormat: PixelFormat;
  /** Luma columns, 2–16384; even where chroma is subsampled. */
  readonly width: number;
  /** Luma rows, 2–16384; even for 4:2:0. */
  readonly height: number;
  /** Frames per second as a fraction; for interlaced scan, frames and not fields. */
  readonly rate: Rate;
  /** Bytes from one row to the next, per plane. Planes follow each other without a gap. */
  readonly strides: readonly number[];
  /** How the rows were scanned. */
  readonly scan: Scan;
  /** Colour primaries and matrix. */
  readonly colorSpace: ColorSpace;
  /** Code range of the components. */
  readonly range: ColorRange;
  /** Meaning of the alpha component. */
  readonly alpha: Alpha;
}

/** What must be said of a video format; the rest has defaults. */
export interface VideoFormatInit {
  /** Bit depth, sampling and packing of the pixels. */
  pixelFormat: PixelFormat;
  /** Luma columns, 2–16384; even where chroma is subsampled. */
  width: number;
  /** Luma rows, 2–16384; even for 4:2:0. */
  height: number;
  /** Frames per second: a fraction, or a number as {@linkcode toRate} takes it. */
  rate: Rate | number;
  /** Bytes from one row to the next, one per plane. Default: no padding. */
  strides?: readonly number[];
  /** Default `progressive`. */
  scan?: Scan;
  /** Default `bt709`. */
  colorSpace?: ColorSpace;
  /** Default `full` for RGB and XYZ, else `narrow`. */
  range?: ColorRange;
  /** Default `straight` where the pixel format has alpha, else `opaque`. */
  alpha?: Alpha;
}

const EDGE_MAX = 16384;

/**
 * A complete video format. Defaults: rows without padding, progressive, BT.709, full range for RGB and XYZ and
 * narrow for others, straight alpha where the pixel format has alpha, else opaque.
 *
 * @throws {StreamError} `format-invalid` if pixel format, width, height or strides cannot be, naming the field, its
 * value and what would be right.
 * @throws {RangeError} As {@linkcode toRate} for the rate.
 */
export function videoFormat(init: VideoFormatInit): VideoFormat {
  const pixels = pixelFormatInfo(init.pixelFormat);
  checkEdge("width", init.width, pixels.widthStep, init.pixelFormat);
  checkEdge("height", init.height, pixels.heightStep, init.pixelFormat);
  const tight = pixels.planes.map((plane) => plane.rowBytes(init.width));
  const strides = init.strides ?? tight;
  if (strides.length !== tight.length || strides.some((stride, i) => !Number.isInteger(stride) || stride < tight[i])) {
    throw new StreamError(
      "format-invalid",
      `Cannot use strides [${strides.join(", ")}] for ${init.pixelFormat} ${init.width} wide: ` +
        `one integer per plane is needed, at least [${tight.join(", ")}]`,
    );
  }
  return {
    pixelFormat: init.pixelFormat,
    width: init.width,
    height: init.height,
    rate: toRate(init.rate),
    strides: [...strides],
    scan: init.scan ?? "progressive",
    colorSpace: init.colorSpace ?? "bt709",
    range: init.range ?? (pixels.model === "rgb" || pixels.model === "xyz" ? "full" : "narrow"),
    alpha: init.alpha ?? (pixels.alpha ? "straight" : "opaque"),
  };
}

/** Where one plane of a frame lies. */
export interface PlaneSpan {
  /** Where it begins in the payload. */
  readonly offsetBytes: number;
  /** Bytes from one of its rows to the next. */
  readonly strideBytes: number;
  /** Its rows: those of the frame, or half of them where it is subsampled vertically or holds groups of 4:2:0. */
  readonly rows: number;
  /** Bytes of a row that carry samples; the rest of the stride is padding. */
  readonly rowBytes: number;
}

/** Where the planes of a frame of this format lie in its payload. */
export function planesOf(format: VideoFormat): readonly PlaneSpan[] {
  let offsetBytes = 0;
  return pixelFormatInfo(format.pixelFormat).planes.map((plane, i) => {
    const rows = format.height / plane.yStep;
    const span = { offsetBytes, strideBytes: format.strides[i], rows, rowBytes: plane.rowBytes(format.width) };
    offsetBytes += span.strideBytes * rows;
    return span;
  });
}

/** Bytes of one frame of this format, padding included. */
export function frameBytes(format: VideoFormat): number {
  return planesOf(format).reduce((sum, plane) => sum + plane.strideBytes * plane.rows, 0);
}

function checkEdge(name: string, value: number, step: number, pixelFormat: string): void {
  if (Number.isInteger(value) && value >= 2 && value <= EDGE_MAX && value % step === 0) return;
  const multiple = step === 1 ? "" : ` and a multiple of ${step} for ${pixelFormat}`;
  throw new StreamError(
    "format-invalid",
    `Cannot use video ${name} ${value}: it must be an integer from 2 to ${EDGE_MAX}${multiple}`,
  );
}
