/**
 * HD colour bars of SMPTE RP 219-1:2014 (the layout ARIB STD-B28 shares): four patterns one under the other.
 *
 *   rows 7/12  │ 40 % grey │ 75 %: white yellow cyan green magenta red blue      │ 40 % grey │
 *   rows 1/12  │ 100 % cyan│ *2  │ 75 % white                                    │ 100 % blue│
 *   rows 1/12  │ 100 % yel.│ *3  │ luma ramp 0 to 100 %            │ 100 % white │ 100 % red │
 *   rows 3/12  │ 15 % grey │ black *5 │ white *6 │ black │-2 0 +2 0 +4 │ black    │ 15 % grey │
 *
 * *2 and *3 are the choices of {@link ChromaSet}; *5 and *6 are the optional sub-black valley and super-white peak,
 * in the middle third of the last rows: linear to code 4 (1019) at mid-bar and back.
 *
 * The code values and the even column widths for 1920×1080 and 1280×720 are those of the practice as two independent
 * public generators give them (they agree for 1920); the text of the practice was not at hand. The rounding of the ramp
 * (nearest code, first column 0 %, and 100 % in the column after the last) is ours. Other sizes scale the 1920 columns
 * to the nearest even one.
 *
 * RP 219-1 asks for slow edges: rise 4 luma samples from 10 % to 90 %, of an integrated sine-squared pulse. That is
 * the option `edges: "shaped"`; the default `"hard"` keeps every column at its exact code, which is what a digital
 * check wants.
 */
import { black, white, type YcbcrColor } from "./color.ts";
import { type Pattern, StillPattern } from "./pattern.ts";
import { type PicturePlanes, picturePlanes, type PictureSize, repeatRow } from "./picture.ts";

/**
 * What stands in the second column of the second and third row: 75 % white over black (the default), 100 % white over
 * black, +I over black, or −I over +Q. The three I/Q colours have codes outside of what R′G′B′ can show.
 */
export type ChromaSet = "white-75" | "white-100" | "plus-i" | "minus-i-plus-q";

/** The names of {@link ChromaSet}, default first. */
export const chromaSets: readonly ChromaSet[] = ["white-75", "white-100", "plus-i", "minus-i-plus-q"];

/** Whether colours change from one column to the next, or with the slow edges that RP 219-1 asks for. */
export type BarEdges = "hard" | "shaped";

/** The choices RP 219-1 leaves open. */
export interface SmpteBarsOptions {
  /** Second column of the second and third row. */
  readonly chromaSet: ChromaSet;
  /** Whether the black bar of the last rows dips to code 4 in its middle third. */
  readonly subBlack: boolean;
  /** Whether the white bar of the last rows peaks at code 1019 in its middle third. */
  readonly superWhite: boolean;
  /** Edge shape. */
  readonly edges: BarEdges;
}

/** Names of the colours in the bars; the number is the level in per cent. */
export type BarColorName =
  | "gray40"
  | "gray15"
  | "white75"
  | "yellow75"
  | "cyan75"
  | "green75"
  | "magenta75"
  | "red75"
  | "blue75"
  | "cyan100"
  | "blue100"
  | "yellow100"
  | "red100"
  | "minusI"
  | "plusI"
  | "plusQ"
  | "black"
  | "white"
  | "minus2"
  | "plus2"
  | "plus4";

/** 10-bit codes of the colours of the bars (RP 219-1:2014, BT.709 primaries). */
export const barColors: Readonly<Record<BarColorName, YcbcrColor>> = {
  gray40: { y: 414, cb: 512, cr: 512 },
  gray15: { y: 195, cb: 512, cr: 512 },
  white75: { y: 721, cb: 512, cr: 512 },
  yellow75: { y: 674, cb: 176, cr: 543 },
  cyan75: { y: 581, cb: 589, cr: 176 },
  green75: { y: 534, cb: 253, cr: 207 },
  magenta75: { y: 251, cb: 771, cr: 817 },
  red75: { y: 204, cb: 435, cr: 848 },
  blue75: { y: 111, cb: 848, cr: 481 },
  cyan100: { y: 754, cb: 615, cr: 64 },
  blue100: { y: 127, cb: 960, cr: 471 },
  yellow100: { y: 877, cb: 64, cr: 553 },
  red100: { y: 250, cb: 409, cr: 960 },
  minusI: { y: 244, cb: 612, cr: 395 },
  plusI: { y: 245, cb: 412, cr: 629 },
  plusQ: { y: 141, cb: 697, cr: 606 },
  black: black,
  white: white,
  minus2: { y: 46, cb: 512, cr: 512 },
  plus2: { y: 82, cb: 512, cr: 512 },
  plus4: { y: 99, cb: 512, cr: 512 },
};

interface Layout {
  /** Side panel, seven bars, side panel. */
  readonly bars: readonly number[];
  /** Side panel, black, white, black, −2, 0, +2, 0, +4, black, side panel. */
  readonly steps: readonly number[];
}

const layout1080: Layout = {
  bars: [240, 206, 206, 206, 204, 206, 206, 206, 240],
  steps: [240, 308, 412, 170, 68, 70, 68, 70, 68, 206, 240],
};

const layout720: Layout = {
  bars: [160, 136, 138, 138, 136, 138, 138, 136, 160],
  steps: [160, 206, 274, 114, 46, 46, 46, 46, 46, 136, 160],
};

/** A stretch of one row: one colour, or luma in a straight line from `color.y` to `lumaEnd` (one column later). */
interface Segment {
  readonly pixels: number;
  readonly color: YcbcrColor;
  readonly lumaEnd?: number;
}

/** Makes the colour bars in any size; the published columns for 1920×1080 and 1280×720. */
export function smpteBarsPattern(size: PictureSize, options: SmpteBarsOptions): Pattern {
  return new StillPattern(size, (words) => {
    const planes = picturePlanes(words, size);
    const layout = layoutOf(size.width);
    const ends = [7, 8, 9, 10, 11, 12].map((twelfths) => Math.round((size.height * twelfths) / 12));
    const last = lastRows(layout, false, false);
    const rows = [
      topRows(layout),
      secondRows(layout, options.chromaSet),
      thirdRows(layout, options.chromaSet),
      last,
      lastRows(layout, options.subBlack, options.superWhite),
      last,
    ];
    let start = 0;
    for (let band = 0; band < rows.length; band++) {
      paintRows(planes, size.width, start, ends[band] - start, rows[band], options.edges);
      start = ends[band];
    }
  });
}

function layoutOf(width: number): Layout {
  if (width === 1280) return layout720;
  if (width === 1920) return layout1080;
  return { bars: scaleWidths(layout1080.bars, width), steps: scaleWidths(layout1080.steps, width) };
}

function scaleWidths(widths: readonly number[], width: number): number[] {
  let nominalEnd = 0;
  let start = 0;
  return widths.map((nominal) => {
    nominalEnd += nominal;
    const end = 2 * Math.round((nominalEnd * width) / 1920 / 2);
    const pixels = end - start;
    start = end;
    return pixels;
  });
}

function topRows(layout: Layout): Segment[] {
  const c = barColors;
  const colors = [c.gray40, c.white75, c.yellow75, c.cyan75, c.green75, c.magenta75, c.red75, c.blue75, c.gray40];
  return colors.map((color, index) => ({ pixels: layout.bars[index], color }));
}

function secondRows(layout: Layout, chromaSet: ChromaSet): Segment[] {
  const chosen: Record<ChromaSet, YcbcrColor> = {
    "white-75": barColors.white75,
    "white-100": barColors.white,
    "plus-i": barColors.plusI,
    "minus-i-plus-q": barColors.minusI,
  };
  const bars = layout.bars;
  return [
    { pixels: bars[0], color: barColors.cyan100 },
    { pixels: bars[1], color: chosen[chromaSet] },
    { pixels: sum(bars.slice(2, 8)), color: barColors.white75 },
    { pixels: bars[8], color: barColors.blue100 },
  ];
}

function thirdRows(layout: Layout, chromaSet: ChromaSet): Segment[] {
  const bars = layout.bars;
  return [
    { pixels: bars[0], color: barColors.yellow100 },
    { pixels: bars[1], color: chromaSet === "minus-i-plus-q" ? barColors.plusQ : black },
    { pixels: sum(bars.slice(2, 7)), color: black, lumaEnd: white.y },
    { pixels: bars[7], color: white },
    { pixels: bars[8], color: barColors.red100 },
  ];
}

function lastRows(layout: Layout, subBlack: boolean, superWhite: boolean): Segment[] {
  const c = barColors;
  const [side, wideBlack, wideWhite, ...narrow] = layout.steps;
  const colors = [black, c.minus2, black, c.plus2, black, c.plus4, black, c.gray15];
  return [
    { pixels: side, color: c.gray15 },
    ...(subBlack ? excursion(wideBlack, black, 4) : [{ pixels: wideBlack, color: black }]),
    ...(superWhite ? excursion(wideWhite, white, 1019) : [{ pixels: wideWhite, color: white }]),
    ...colors.map((color, index) => ({ pixels: narrow[index], color })),
  ];
}

/** A bar whose luma goes straight to `extreme` at its middle and back. */
function excursion(pixels: number, color: YcbcrColor, extreme: number): Segment[] {
  const first = Math.floor(pixels / 2);
  return [
    { pixels: first, color, lumaEnd: extreme },
    { pixels: pixels - first, color: { ...color, y: extreme }, lumaEnd: color.y },
  ];
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
}

function paintRows(
  planes: PicturePlanes,
  width: number,
  start: number,
  count: number,
  segments: readonly Segment[],
  edges: BarEdges,
): void {
  if (count === 0) return;
  let row = lineUp(segments, width);
  if (edges === "shaped") row = { y: shape(row.y), cb: shape(row.cb), cr: shape(row.cr) };
  const pairs = width / 2;
  for (let column = 0; column < width; column++) planes.y[start * width + column] = Math.round(row.y[column]);
  for (let pair = 0; pair < pairs; pair++) {
    planes.cb[start * pairs + pair] = Math.round(row.cb[2 * pair]);
    planes.cr[start * pairs + pair] = Math.round(row.cr[2 * pair]);
  }
  repeatRow(planes.y, start * width, width, count);
  repeatRow(planes.cb, start * pairs, pairs, count);
  repeatRow(planes.cr, start * pairs, pairs, count);
}

/** One row with all three components at every column. */
interface FullRow {
  readonly y: Float64Array;
  readonly cb: Float64Array;
  readonly cr: Float64Array;
}

function lineUp(segments: readonly Segment[], width: number): FullRow {
  const row: FullRow = { y: new Float64Array(width), cb: new Float64Array(width), cr: new Float64Array(width) };
  let column = 0;
  for (const { pixels, color, lumaEnd } of segments) {
    const slope = lumaEnd === undefined ? 0 : (lumaEnd - color.y) / pixels;
    for (let index = 0; index < pixels; index++, column++) {
      row.y[column] = color.y + slope * index;
      row.cb[column] = color.cb;
      row.cr[column] = color.cr;
    }
  }
  return row;
}

/**
 * Weights of a sine-squared pulse, sampled; a step run through it rises from 10 % to 90 % within 4 samples.
 * The rise of the integrated pulse takes 0.482 of its base width, hence the base of 8.3 samples.
 */
const pulse: readonly number[] = makePulse(4 / 0.482);

function makePulse(baseSamples: number): number[] {
  const reach = Math.floor(baseSamples / 2);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, index) => {
    return Math.cos((Math.PI * (index - reach)) / baseSamples) ** 2;
  });
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

function shape(row: Float64Array): Float64Array {
  const reach = (pulse.length - 1) / 2;
  return row.map((_, column) => {
    let value = 0;
    for (let index = 0; index < pulse.length; index++) {
      const source = Math.min(row.length - 1, Math.max(0, column + index - reach));
      value += pulse[index] * row[source];
    }
    return value;
  });
}
