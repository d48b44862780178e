/**
 * Pixel groups: what ST 2110-20 sends, as pixel formats, so that a frame can stay as the wire has it.
 *
 * A group is the smallest run of samples that fills whole bytes (ST 2110-20 tables 1 to 4, RFC 4175 §4.3). Bits lie in
 * the order of the samples, the most significant first, over the borders of bytes:
 *
 *   4:2:2   Cb Y0 Cr Y1
 *   4:4:4   Cb Y Cr of each pixel; R G B; X Y Z
 *   4:2:0   Y00 Y01 Y10 Y11 Cb Cr of two rows; with 10 bits two such squares side by side
 *   KEY     K
 *
 * CLYCbCr and ICtCp lie as YCbCr does, with Ct in the place of Cb and Cp in that of Cr; for ICtCp and XYZ that is by
 * analogy, not read in the standard.
 *
 * @module
 */

/** Bits of a sample as SDP writes them; `16f` is half float (ST 2110-20 §7.2). */
export type PixelGroupDepth = "8" | "10" | "12" | "16" | "16f";

/** Components and how often chroma is sampled, as SDP writes them (ST 2110-20 §7.2). */
export type PixelGroupSampling =
  | `${"YCbCr" | "CLYCbCr" | "ICtCp"}-${"4:4:4" | "4:2:2" | "4:2:0"}`
  | "RGB"
  | "XYZ"
  | "KEY";

/**
 * Pixel formats that are the groups of ST 2110-20, named `pgroup/<sampling>/<depth>` in the words of SDP, as
 * `pgroup/YCbCr-4:2:2/10`: every sampling and depth for which the standard has a group.
 *
 * There is one plane of rows of whole groups; the last group of a row is filled up with zeros. In 4:2:0 a row of groups
 * holds two rows of pixels.
 */
export type PixelGroupFormat =
  | `pgroup/${Exclude<PixelGroupSampling, `${string}4:2:0` | "XYZ">}/${PixelGroupDepth}`
  | `pgroup/${Extract<PixelGroupSampling, `${string}4:2:0`>}/${"8" | "10" | "12"}`
  | `pgroup/XYZ/${"12" | "16" | "16f"}`;

/** One pixel group of ST 2110-20. */
export interface PixelGroup {
  /** Components and how often chroma is sampled. */
  readonly sampling: PixelGroupSampling;
  /** Bits of a sample. */
  readonly depth: PixelGroupDepth;
  /** Bytes of a group. */
  readonly bytes: number;
  /** Its width in pixels. */
  readonly columns: number;
  /** Its height in pixels: 2 in 4:2:0, else 1. */
  readonly rows: 1 | 2;
}

const DEPTHS: readonly PixelGroupDepth[] = ["8", "10", "12", "16", "16f"];
const SAMPLINGS: readonly PixelGroupSampling[] = [
  "YCbCr-4:4:4",
  "YCbCr-4:2:2",
  "YCbCr-4:2:0",
  "CLYCbCr-4:4:4",
  "CLYCbCr-4:2:2",
  "CLYCbCr-4:2:0",
  "ICtCp-4:4:4",
  "ICtCp-4:2:2",
  "ICtCp-4:2:0",
  "RGB",
  "XYZ",
  "KEY",
];

/** Samples per pixel, at least how many columns a group has, its rows, and its depths. */
function shapeOf(
  sampling: PixelGroupSampling,
): { samples: number; columns: number; rows: 1 | 2; depths: readonly PixelGroupDepth[] } {
  if (sampling.endsWith("4:2:0")) return { samples: 1.5, columns: 2, rows: 2, depths: DEPTHS.slice(0, 3) };
  if (sampling.endsWith("4:2:2")) return { samples: 2, columns: 2, rows: 1, depths: DEPTHS };
  if (sampling === "KEY") return { samples: 1, columns: 1, rows: 1, depths: DEPTHS };
  return { samples: 3, columns: 1, rows: 1, depths: sampling === "XYZ" ? DEPTHS.slice(2) : DEPTHS };
}

function groupOf(sampling: PixelGroupSampling, depth: PixelGroupDepth): PixelGroup {
  const { samples, columns: columnsMin, rows } = shapeOf(sampling);
  const bitsOf = (columns: number): number => samples * columns * rows * parseInt(depth);
  let columns = columnsMin;
  while (bitsOf(columns) % 8 !== 0) columns *= 2;
  return { sampling, depth, bytes: bitsOf(columns) / 8, columns, rows };
}

/** Every pixel group by the name of its pixel format. */
export const PIXEL_GROUPS: Readonly<Record<PixelGroupFormat, PixelGroup>> = Object.fromEntries(
  SAMPLINGS.flatMap((sampling) =>
    shapeOf(sampling).depths.map((depth) => [`pgroup/${sampling}/${depth}`, groupOf(sampling, depth)])
  ),
) as Record<PixelGroupFormat, PixelGroup>;
