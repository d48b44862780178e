/**
 * What a picture on a GPU looks like, apart from its pixels.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { ColorSpace } from "../message/video_format.ts";
import { type Rate, toRate } from "../time/rate.ts";

/** Components of a pixel: 8 or 16 bits as shares of 1, or floats of 16 or 32 bits. `rgba16` is not on every device. */
export type GpuPixelFormat = "rgba8" | "rgba16" | "rgba16-float" | "rgba32-float";

/** Every pixel format of a GPU. */
export const GPU_PIXEL_FORMATS: readonly GpuPixelFormat[] = ["rgba8", "rgba16", "rgba16-float", "rgba32-float"];

/** The device that a picture lies on, as one process has it open. */
export interface GpuDeviceKey {
  /** 32 digits; the same for the same device in every process. */
  readonly uuid: string;
  /** Names it within the process. */
  readonly handle: number;
  /** The process. */
  readonly pid: number;
}

/**
 * Format of every picture of one ring generation. A picture is R′G′B′ as it is coded, without a change of light, in full
 * range and multiplied with alpha.
 */
export interface GpuFormat {
  /** Components of a pixel. */
  readonly pixelFormat: GpuPixelFormat;
  /** Columns, 1–16384, and no more than the device has. */
  readonly width: number;
  /** Rows, 1–16384, and no more than the device has. */
  readonly height: number;
  /** Frames per second as a fraction. */
  readonly rate: Rate;
  /** Colour primaries, and the matrix for who needs luma and chroma. */
  readonly colorSpace: ColorSpace;
  /** Whether alpha is 1 everywhere. */
  readonly alpha: "opaque" | "premultiplied";
  /** Where it lies. */
  readonly device: GpuDeviceKey;
}

/** What must be said of a picture; the rest has defaults. A {@linkcode GpuFormat} is one: its device is passed over. */
export interface GpuFormatInit {
  /** Components of a pixel. Default `rgba8`. */
  readonly pixelFormat?: GpuPixelFormat;
  /** Columns, 1–16384. */
  readonly width: number;
  /** Rows, 1–16384. */
  readonly height: number;
  /** Frames per second: a fraction, or a number as {@linkcode toRate} takes it. */
  readonly rate: Rate | number;
  /** Default `bt709`. */
  readonly colorSpace?: ColorSpace;
  /** Default `premultiplied`. */
  readonly alpha?: "opaque" | "premultiplied";
}

const EDGE_MAX = 16384;

/**
 * A complete format for pictures of a device.
 *
 * @throws {StreamError} `format-invalid` naming the field, its value and what would be right.
 * @throws {RangeError} As {@linkcode toRate} for the rate.
 */
export function gpuFormat(init: GpuFormatInit, device: GpuDeviceKey): GpuFormat {
  const pixelFormat = init.pixelFormat ?? "rgba8";
  if (!GPU_PIXEL_FORMATS.includes(pixelFormat)) {
    throw new StreamError(
      "format-invalid",
      `Cannot use pixel format "${pixelFormat}" on a GPU: ${GPU_PIXEL_FORMATS.join(", ")} are right`,
    );
  }
  for (const name of ["width", "height"] as const) {
    const value = init[name];
    if (Number.isInteger(value) && value >= 1 && value <= EDGE_MAX) continue;
    throw new StreamError(
      "format-invalid",
      `Cannot use ${name} ${value} on a GPU: it must be an integer from 1 to ${EDGE_MAX}`,
    );
  }
  const { width, height, colorSpace = "bt709", alpha = "premultiplied" } = init;
  return { pixelFormat, width, height, rate: toRate(init.rate), colorSpace, alpha, device };
}
