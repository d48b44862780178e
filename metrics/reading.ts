/**
 * What was read of a program at one instant, whoever it is for.
 *
 * @module
 */
import { FAMILIES, type FamilyKey, type MetricFamily } from "./families.ts";

/** What tells one point of a family from the others. */
export type Labels = Readonly<Record<string, string>>;

/** A histogram as it is read. */
export interface HistogramValue {
  /** Upper bounds of the buckets, ascending; the last bucket has none. */
  readonly bounds: readonly number[];
  /** Observations of each bucket, one more than there are bounds. */
  readonly counts: readonly number[];
  /** Sum of all observations. */
  readonly sum: number;
}

/** A summary as it is read. */
export interface SummaryValue {
  /** Quantile, 0 to 1, and its value. */
  readonly quantiles: readonly (readonly [quantile: number, value: number])[];
  /** Observations. */
  readonly count: number;
  /** Their sum. */
  readonly sum: number;
}

/** One point. */
export interface MetricPoint {
  /** Its labels. Points that are about the same thing share one object. */
  readonly labels: Labels;
  /** Its value, of the kind that its family says. */
  readonly value: number | HistogramValue | SummaryValue;
}

/** Families that have points, in the order of the table. */
export type MetricReading = readonly (readonly [family: MetricFamily, points: readonly MetricPoint[]])[];

/** How many series a value is in the text format. */
export function seriesOf(value: MetricPoint["value"]): number {
  if (typeof value === "number") return 1;
  return "bounds" in value ? value.counts.length + 2 : value.quantiles.length + 2;
}

/** Gathers points. */
export class Points {
  readonly #points = new Map<FamilyKey, MetricPoint[]>();
  #series = 0;

  /** Series so far. */
  get series(): number {
    return this.#series;
  }

  /** Adds a point; `undefined` is none. */
  add(key: FamilyKey, labels: Labels, value: MetricPoint["value"] | undefined): void {
    if (value === undefined) return;
    const points = this.#points.get(key);
    if (points) points.push({ labels, value });
    else this.#points.set(key, [{ labels, value }]);
    this.#series += seriesOf(value);
  }

  /** Adds all points of another. */
  addAll(other: Points): void {
    for (const [key, points] of other.#points) {
      const known = this.#points.get(key);
      if (known) known.push(...points);
      else this.#points.set(key, points);
    }
    this.#series += other.#series;
  }

  /** What was gathered. */
  reading(): MetricReading {
    return (Object.keys(FAMILIES) as FamilyKey[]).flatMap((key) => {
      const points = this.#points.get(key);
      return points ? [[FAMILIES[key], points] as const] : [];
    });
  }
}
