/**
 * One measured figure, as one JSON line.
 *
 * @module
 */
import process from "node:process";

/** A figure. `limit` and `ok` where a promise is made, `peer` and `ratio` where something else did the same work. */
export interface Figure {
  readonly bench: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  /** Who did the same work in this run. */
  readonly peer?: string;
  /** The peer's value divided by ours: above 1 we are better. */
  readonly ratio?: number;
  /** The value, or with a peer the ratio, that was promised. */
  readonly limit?: number;
  readonly ok?: boolean;
}

/** Name and version of this runtime. */
export const RUNTIME: string = process.versions.bun ? `bun ${process.versions.bun}` : `deno ${process.versions.deno}`;

/** Prints a figure. */
export function report(figure: Figure): void {
  const { bench, case: name, value, unit, ...rest } = figure;
  console.log(JSON.stringify({ bench, case: name, runtime: RUNTIME, value: round(value), unit, ...rounded(rest) }));
}

/** The value below which `percent` of the values lie. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1))];
}

/** The middle of the values. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function rounded(rest: Partial<Figure>): Partial<Figure> {
  return rest.ratio === undefined ? rest : { ...rest, ratio: round(rest.ratio) };
}
