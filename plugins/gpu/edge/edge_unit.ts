/**
 * Units: the smallest piece of a picture whose samples fill whole words of 32 bits in every plane. One invocation of a
 * shader takes one unit, with every place in it known when the shader is written.
 *
 * @module
 */
import type { EdgeLayout } from "./edge_layout.ts";

/** A sample: component 0 is R or Y, 1 G or Cb, 2 B or Cr, 3 alpha; its column and row count samples of that kind. */
export interface UnitSample {
  /** Which component. */
  readonly component: number;
  /** Its column in the unit. */
  readonly x: number;
  /** Its row in the unit. */
  readonly y: number;
}

/** What a unit has of one row of one plane. */
export interface UnitRun {
  /** The plane. */
  readonly plane: number;
  /** Its row in the unit, counted in rows of the plane. */
  readonly row: number;
  /** In the order in which they lie. */
  readonly samples: readonly UnitSample[];
  /** Words that they fill. */
  readonly words: number;
}

/** A piece of a picture. */
export interface EdgeUnit {
  /** Its width in pixels. */
  readonly columns: number;
  /** Its height in pixels: 2 in 4:2:0. */
  readonly rows: 1 | 2;
  /** What it has of each row of each plane. */
  readonly runs: readonly UnitRun[];
}

/** A part of a sample: in a word, shifted to the left, or to the right if that is negative. */
export interface UnitPiece {
  /** The word of the run. */
  readonly word: number;
  /** By how many bits. */
  readonly shift: number;
}

/** The unit of a layout. */
export function edgeUnit(layout: EdgeLayout): EdgeUnit {
  const { arrangement, order, packing, bits } = layout;
  const wordBits = packing === "v210" ? 30 : packing === "words" ? 2 * 16 : 32;
  const bitsOf = packing === "words" ? 16 : bits;
  const run = (plane: number, row: number, samples: readonly UnitSample[]): UnitRun => {
    return { plane, row, samples, words: samples.length * bitsOf / wordBits };
  };
  // With four bytes a pixel a word would be enough, but one invocation is not worth one pixel.
  for (let columns = order.length === 4 ? 4 : 1; columns <= 16; columns++) {
    const whole = (y: number, component = 0): UnitSample[] => list(columns, (x) => ({ component, x, y }));
    const halved = (component: number): UnitSample[] => list(columns / 2, (x) => ({ component, x, y: 0 }));
    const both = list(columns / 2, (x) => [1, 2].map((component) => ({ component, x, y: 0 }))).flat();
    const runs = {
      "components": () => [
        run(0, 0, list(columns, (x) => order.map((component) => ({ component, x, y: 0 }))).flat()),
      ],
      "pairs": () => [run(0, 0, list(columns / 2, pairOf).flat())],
      "squares": () => [run(0, 0, list(columns / 2, squareOf).flat())],
      "planes-444": () => [0, 1, 2].map((plane) => run(plane, 0, whole(0, plane))),
      "planes-422": () => [run(0, 0, whole(0)), run(1, 0, halved(1)), run(2, 0, halved(2))],
      "planes-420": () => [run(0, 0, whole(0)), run(0, 1, whole(1)), run(1, 0, halved(1)), run(2, 0, halved(2))],
      "planes-420-joint": () => [run(0, 0, whole(0)), run(0, 1, whole(1)), run(1, 0, both)],
    }[arrangement]();
    const isWhole = runs.every(({ words }) => words > 0 && Number.isInteger(words));
    const isEven = arrangement === "components" || arrangement === "planes-444" || columns % 2 === 0;
    if (isWhole && isEven) return { columns, rows: halvesRows(layout) ? 2 : 1, runs };
  }
  throw new RangeError(`Cannot find the unit of ${layout.key}`);
}

/** Whether chroma has half of the rows. */
export function halvesRows({ arrangement }: EdgeLayout): boolean {
  return arrangement === "squares" || arrangement === "planes-420" || arrangement === "planes-420-joint";
}

/** Whether chroma has half of the columns. */
export function halvesColumns({ arrangement }: EdgeLayout): boolean {
  return arrangement !== "components" && arrangement !== "planes-444";
}

/** Where sample number `n` of a run lies: in one word, or the beginning in one and the end in the next. */
export function piecesOf({ packing, bits }: EdgeLayout, n: number): readonly UnitPiece[] {
  if (packing === "words") return [{ word: n >> 1, shift: 16 * (n & 1) }];
  if (packing === "v210") return [{ word: Math.floor(n / 3), shift: 10 * (n % 3) }];
  const word = Math.floor(n * bits / 32);
  const shift = 32 - bits - n * bits % 32;
  return shift >= 0 ? [{ word, shift }] : [{ word, shift }, { word: word + 1, shift: 32 + shift }];
}

function list<T>(length: number, make: (i: number) => T): T[] {
  return Array.from({ length: Math.floor(length) }, (_, i) => make(i));
}

function pairOf(x: number): UnitSample[] {
  return [[1, x], [0, 2 * x], [2, x], [0, 2 * x + 1]].map(([component, column]) => ({ component, x: column, y: 0 }));
}

function squareOf(x: number): UnitSample[] {
  const luma = [0, 1].flatMap((y) => [0, 1].map((column) => ({ component: 0, x: 2 * x + column, y })));
  return [...luma, { component: 1, x, y: 0 }, { component: 2, x, y: 0 }];
}
