/**
 * Where the samples of a pixel format lie, as the shaders at the edges of the GPU need it.
 *
 * @module
 */
import { type PixelFormat, pixelFormatInfo, StreamError } from "@streamlib/core";

/**
 * How samples follow each other: three or four components of each pixel; `Cb Y0 Cr Y1`; the squares of 4:2:0 in pixel
 * groups; or planes with chroma at every pixel, at every second column, at every second column of every second row in
 * a plane for each, or in one for both.
 */
export type EdgeArrangement =
  | "components"
  | "pairs"
  | "squares"
  | "planes-444"
  | "planes-422"
  | "planes-420"
  | "planes-420-joint";

/** Where samples lie. Formats whose layouts have the same key share their shaders. */
export interface EdgeLayout {
  /** Names it. */
  readonly key: string;
  /** How samples follow each other. */
  readonly arrangement: EdgeArrangement;
  /** Bits over the borders of bytes, the highest first; u16 little endian; or three in u32 as v210 has it. */
  readonly packing: "bits" | "words" | "v210";
  /** Bits of a sample. */
  readonly bits: number;
  /** Whether samples are half floats. */
  readonly isFloat: boolean;
  /** Of `components`: which component stands at each place of a pixel; 0 to 2 are R G B or Y Cb Cr, 3 is alpha. */
  readonly order: readonly number[];
  /** Planes. */
  readonly planes: 1 | 2 | 3;
}

const NO_ORDER: readonly number[] = [];

const PLAIN: Readonly<Partial<Record<PixelFormat, Omit<EdgeLayout, "key" | "isFloat">>>> = {
  rgba8: { arrangement: "components", packing: "bits", bits: 8, order: [0, 1, 2, 3], planes: 1 },
  bgra8: { arrangement: "components", packing: "bits", bits: 8, order: [2, 1, 0, 3], planes: 1 },
  i420: { arrangement: "planes-420", packing: "bits", bits: 8, order: NO_ORDER, planes: 3 },
  nv12: { arrangement: "planes-420-joint", packing: "bits", bits: 8, order: NO_ORDER, planes: 2 },
  uyvy8: { arrangement: "pairs", packing: "bits", bits: 8, order: NO_ORDER, planes: 1 },
  yuv422p10le: { arrangement: "planes-422", packing: "words", bits: 10, order: NO_ORDER, planes: 3 },
  yuv444p10le: { arrangement: "planes-444", packing: "words", bits: 10, order: NO_ORDER, planes: 3 },
  v210: { arrangement: "pairs", packing: "v210", bits: 10, order: NO_ORDER, planes: 1 },
};

/**
 * Where the samples of a pixel format lie.
 *
 * @param what Begins the message: `Cannot upload to a GPU in Upload "camera"`.
 * @throws {StreamError} `format-invalid` for what is neither R′G′B′ nor Y′CbCr with non-constant luminance: XYZ,
 * ICtCp, CLYCbCr and KEY. `convertFrame` refuses those, too.
 */
export function edgeLayout(pixelFormat: PixelFormat, what: string): EdgeLayout {
  const { group, bitDepth } = pixelFormatInfo(pixelFormat);
  if (!group) return named({ ...PLAIN[pixelFormat]!, isFloat: false });
  const [components, sampling = "4:4:4"] = group.sampling.split("-");
  if (components !== "RGB" && components !== "YCbCr") {
    throw new StreamError(
      "format-invalid",
      `${what}: ${pixelFormat} is neither R'G'B' nor Y'CbCr, and ${group.sampling} is not converted to either; ` +
        "such a frame stays as it is, on the CPU",
    );
  }
  return named({
    arrangement: sampling === "4:4:4" ? "components" : sampling === "4:2:2" ? "pairs" : "squares",
    packing: "bits",
    bits: bitDepth,
    isFloat: group.depth === "16f",
    order: sampling !== "4:4:4" ? NO_ORDER : components === "RGB" ? [0, 1, 2] : [1, 0, 2],
    planes: 1,
  });
}

function named(layout: Omit<EdgeLayout, "key">): EdgeLayout {
  const { arrangement, packing, bits, isFloat, order } = layout;
  return { ...layout, key: [arrangement, ...order, packing, isFloat ? `${bits}f` : bits].join("-") };
}
