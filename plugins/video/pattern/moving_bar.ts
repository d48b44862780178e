/**
 * An upright bar that travels sideways and wraps: its left edge tells the frame number, so that a repeated, lost or
 * torn frame can be seen. All rows are equal: a frame is one row and copies of it.
 */
import type { YcbcrColor } from "./color.ts";
import type { Pattern } from "./pattern.ts";
import { checkPictureSize, picturePlanes, type PictureSize, repeatRow } from "./picture.ts";

/** How the bar looks and moves. */
export interface MovingBarOptions {
  /** Colour of the bar. */
  readonly color: YcbcrColor;
  /** Colour of the rest. */
  readonly background: YcbcrColor;
  /** Pixels the bar moves to the right per frame; negative moves left. Whole. */
  readonly stepPixels: number;
  /** Width of the bar in pixels, whole, 1 to the picture's width. */
  readonly barPixels: number;
}

/** A bar whose left edge stands at `frameNumber × stepPixels`, modulo the width. */
export class MovingBarPattern implements Pattern {
  readonly size: PictureSize;
  readonly moving: boolean = true;
  readonly #options: MovingBarOptions;

  /** Checks the options. @throws {RangeError} naming the option that is out of its range. */
  constructor(size: PictureSize, options: MovingBarOptions) {
    checkPictureSize(size);
    if (!Number.isSafeInteger(options.stepPixels)) {
      throw new RangeError(`Test pattern option "stepPixels" is ${options.stepPixels}: it must be a whole number`);
    }
    if (!Number.isInteger(options.barPixels) || options.barPixels < 1 || options.barPixels > size.width) {
      throw new RangeError(
        `Test pattern option "barPixels" is ${options.barPixels}: it must be a whole number from 1 to ${size.width}`,
      );
    }
    this.size = { width: size.width, height: size.height };
    this.#options = options;
  }

  /** Column of the bar's left edge in a frame, 0 to width - 1. */
  position(frameNumber: number): number {
    const width = this.size.width;
    const step = ((this.#options.stepPixels % width) + width) % width;
    return ((frameNumber % width) * step) % width;
  }

  render(frameNumber: number, words: Uint16Array): void {
    const { width, height } = this.size;
    const { color, background, barPixels } = this.#options;
    const planes = picturePlanes(words, this.size);
    const start = this.position(frameNumber);
    const end = start + barPixels;
    paintSpans(planes.y, width, start, end, color.y, background.y);
    // A pair of colour differences belongs to its even luma column, so its span begins at the next whole pair.
    const pairStart = Math.ceil(start / 2);
    const pairEnd = Math.ceil(end / 2);
    paintSpans(planes.cb, width / 2, pairStart, pairEnd, color.cb, background.cb);
    paintSpans(planes.cr, width / 2, pairStart, pairEnd, color.cr, background.cr);
    repeatRow(planes.y, 0, width, height);
    repeatRow(planes.cb, 0, width / 2, height);
    repeatRow(planes.cr, 0, width / 2, height);
  }
}

function paintSpans(row: Uint16Array, width: number, start: number, end: number, bar: number, rest: number): void {
  row.fill(rest, 0, width);
  row.fill(bar, start, Math.min(end, width));
  if (end > width) row.fill(bar, 0, end - width);
}
