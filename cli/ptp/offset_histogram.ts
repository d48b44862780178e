/**
 * Offsets by size, drawn as text and as data.
 *
 * @module
 */
import { nsText, signedNsText } from "./quantity.ts";
import type { PtpHistogram } from "./ptp_look.ts";

/** Columns of one side. The classes of the library are as wide as a column at the edge, and narrower inside. */
const SIDE = 8;
const COLUMN_WIDTH = 4;
const ROWS = 5;
const EIGHTHS = " ▁▂▃▄▅▆▇█";
/** The edge is not nearer than this, ns. */
const EDGE_MIN_NS = 64;
/** So many of all offsets lie within the edges. */
const SHARE_WITHIN = 0.99;

/** Offsets of like size. */
export interface OffsetClass {
  /** The least, ns; negative is behind the master. */
  readonly fromNs: number;
  /** The largest, ns. */
  readonly toNs: number;
  /** How many. */
  readonly count: number;
}

/** The classes that have any, from far behind to far ahead. */
export function offsetClasses({ limitsNs, behind, ahead }: PtpHistogram): readonly OffsetClass[] {
  const leastNs = (index: number): number => index === 0 ? 0 : limitsNs[index - 1] + 1;
  const before = behind.map((count, i) => ({ fromNs: -limitsNs[i], toNs: -leastNs(i), count })).reverse();
  const after = ahead.map((count, i) => ({ fromNs: leastNs(i), toNs: limitsNs[i], count }));
  return [...before, ...after].filter(({ count }) => count > 0);
}

/** A chart of five lines, its scale and what lies outside; nothing without offsets. */
export function histogramLines(histogram: PtpHistogram): readonly string[] {
  const classes = offsetClasses(histogram);
  const total = sumOf(classes);
  if (total === 0) return [];
  const edgeNs = edgeOf(classes, total);
  const widthNs = edgeNs / SIDE;
  const columns = new Array<number>(2 * SIDE).fill(0);
  for (const { fromNs, toNs, count } of classes) {
    const size = Math.floor(Math.max(-fromNs, toNs) / widthNs);
    if (size < SIDE) columns[fromNs < 0 ? SIDE - 1 - size : SIDE + size] += count;
  }
  const tallest = Math.max(...columns);
  // Whatever there is can be seen, if only as the lowest block.
  const heights = columns.map((count) => count === 0 ? 0 : Math.max(1, Math.round(count / tallest * ROWS * 8)));
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const floor = (ROWS - 1 - row) * 8;
    return heights.map((height) => EIGHTHS[Math.max(0, Math.min(8, height - floor))].repeat(COLUMN_WIDTH)).join("")
      .trimEnd();
  });
  return [...rows, scaleOf(edgeNs), ...outsideOf(classes, edgeNs)];
}

/** A power of two, so that no class lies across the border of a column. */
function edgeOf(classes: readonly OffsetClass[], total: number): number {
  let edgeNs = EDGE_MIN_NS;
  const within = (): number => sumOf(classes.filter((one) => -one.fromNs < edgeNs && one.toNs < edgeNs));
  while (within() < total * SHARE_WITHIN) edgeNs *= 2;
  return edgeNs;
}

function scaleOf(edgeNs: number): string {
  const half = SIDE * COLUMN_WIDTH;
  const labels: readonly (readonly [column: number, text: string])[] = [
    [0, nsText(-edgeNs)],
    [half / 2, nsText(-edgeNs / 2)],
    [half, "0"],
    [half * 1.5, signedNsText(edgeNs / 2)],
    [half * 2, signedNsText(edgeNs)],
  ];
  let line = "";
  for (const [column, text] of labels) {
    const start = Math.max(0, Math.min(column - Math.floor(text.length / 2), 2 * half - text.length));
    line = line.padEnd(start) + text;
  }
  return line;
}

function outsideOf(classes: readonly OffsetClass[], edgeNs: number): readonly string[] {
  const behind = sumOf(classes.filter(({ fromNs }) => -fromNs >= edgeNs));
  const ahead = sumOf(classes.filter(({ toNs }) => toNs >= edgeNs));
  return behind + ahead === 0 ? [] : [`outside: ${behind} behind, ${ahead} ahead`];
}

function sumOf(classes: readonly OffsetClass[]): number {
  return classes.reduce((sum, { count }) => sum + count, 0);
}
