/** A straight ramp between two colours: shows banding, wrong range and clipped ends. */
import type { YcbcrColor } from "./color.ts";
import { type Pattern, StillPattern } from "./pattern.ts";
import { picturePlanes, type PictureSize, repeatRow } from "./picture.ts";

/** Which way the colours of a gradient change: from left to right, or from top to bottom. */
export type GradientDirection = "horizontal" | "vertical";

/** The two ends of a gradient. */
export interface GradientColors {
  /** Colour of the first column or row. */
  readonly from: YcbcrColor;
  /** Colour of the last column or row. */
  readonly to: YcbcrColor;
}

/** Makes a gradient; the first and the last luma column (or row) have exactly the two colours. */
export function gradientPattern(size: PictureSize, direction: GradientDirection, colors: GradientColors): Pattern {
  const { from, to } = colors;
  return new StillPattern(size, (words) => {
    const planes = picturePlanes(words, size);
    paintRamp(planes.y, size.width, size.height, direction, from.y, to.y);
    paintRamp(planes.cb, size.width / 2, size.height, direction, from.cb, to.cb);
    paintRamp(planes.cr, size.width / 2, size.height, direction, from.cr, to.cr);
  });
}

function paintRamp(
  plane: Uint16Array,
  width: number,
  height: number,
  direction: GradientDirection,
  from: number,
  to: number,
): void {
  if (direction === "vertical") {
    for (let row = 0; row < height; row++) {
      plane.fill(codeAt(row, height, from, to), row * width, (row + 1) * width);
    }
    return;
  }
  for (let column = 0; column < width; column++) plane[column] = codeAt(column, width, from, to);
  repeatRow(plane, 0, width, height);
}

function codeAt(index: number, count: number, from: number, to: number): number {
  return count === 1 ? from : Math.round(from + ((to - from) * index) / (count - 1));
}
