/**
 * How long items took from their source to an input, measured while somebody asks for it.
 *
 * Asking is one variable per thread that every first read of an item looks at: while nobody asks, that comparison is all
 * it costs. Places are told by their homes.
 *
 * @module
 */
import type { Header } from "../message/message.ts";
import { taiNowNs } from "../time/now.ts";

/** Upper bounds of the buckets, ns, inclusive; what took longer falls into one more. */
export const LATENCY_BOUNDS_NS: readonly number[] = [
  5e5,
  1e6,
  2e6,
  5e6,
  1e7,
  1.5e7,
  2e7,
  3e7,
  5e7,
  7.5e7,
  1e8,
  1.5e8,
  2.5e8,
  5e8,
  1e9,
  2.5e9,
  1e10,
];
/** 1980-01-01 TAI: what is earlier is a position in a file and no instant. */
const FIRST_INSTANT_NS = 315_532_800_000_000_000n;

/** The instant at which an item began: at its source, or its own where the source tells a position in a file. */
export function originNs(header: Pick<Header, "sourceTimestampNs" | "timestampNs">): bigint {
  const { sourceTimestampNs, timestampNs } = header;
  return sourceTimestampNs < FIRST_INSTANT_NS ? timestampNs : sourceTimestampNs;
}

/** Latencies of an input since they are measured, as plain JSON. */
export interface LatencyStats {
  /** Items measured. */
  readonly count: number;
  /** Their latencies together, ns. */
  readonly sumNs: number;
  /** Items whose source instant lay in the future; they count as 0. */
  readonly early: number;
  /** Items by latency: for each bound of `LATENCY_BOUNDS_NS` those up to it and above the one before; last the rest. */
  readonly buckets: readonly number[];
}

/** The latencies of one input. */
export class ReadLatency {
  readonly #buckets = new Float64Array(LATENCY_BOUNDS_NS.length + 1);
  #count = 0;
  #sumNs = 0;
  #early = 0;

  /** An item is read now for the first time. */
  note(header: Header): void {
    this.add(Number(taiNowNs() - originNs(header)));
  }

  /** Counts a latency; a negative one as early. */
  add(latencyNs: number): void {
    if (latencyNs < 0) this.#early++;
    const countedNs = Math.max(0, latencyNs);
    let bucket = 0;
    while (bucket < LATENCY_BOUNDS_NS.length && countedNs > LATENCY_BOUNDS_NS[bucket]) bucket++;
    this.#buckets[bucket]++;
    this.#count++;
    this.#sumNs += countedNs;
  }

  /** What was counted. */
  stats(): LatencyStats {
    return { count: this.#count, sumNs: this.#sumNs, early: this.#early, buckets: [...this.#buckets] };
  }
}

/** The latencies of two lives together. */
export function addedLatency(one: LatencyStats, other: LatencyStats): LatencyStats {
  return {
    count: one.count + other.count,
    sumNs: one.sumNs + other.sumNs,
    early: one.early + other.early,
    buckets: one.buckets.map((count, index) => count + other.buckets[index]),
  };
}

/** Whether reads of this thread are measured. */
export let isTimingReads = false;

let askers = 0;
const listeners = new Set<(isOn: boolean) => void>();

/**
 * Has every input measure from now on how long items took from their source to their first read, also in the threads
 * and processes where actors of this thread live: `InputStats.latency`. It costs each read of a new item less than a
 * microsecond; while nobody asks, one comparison.
 *
 * @returns A function that ends it; with the last one nothing is measured any more. A second call does nothing.
 */
export function timeReads(): () => void {
  let isAsking = true;
  change(1);
  return () => {
    if (isAsking) change(-1);
    isAsking = false;
  };
}

/** Calls `listener` when reads begin or cease to be measured. @returns A function that takes the listener away. */
export function onTimingReads(listener: (isOn: boolean) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function change(by: 1 | -1): void {
  askers += by;
  if (isTimingReads === askers > 0) return;
  isTimingReads = askers > 0;
  for (const listener of listeners) listener(isTimingReads);
}
