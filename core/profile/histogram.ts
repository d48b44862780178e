/**
 * How long something took, many times over, in fixed memory.
 *
 * Keeping every duration would need memory without end, and keeping a mean hides what matters: the slow ones. So
 * durations are counted in buckets that grow with the duration. Each octave (1 to 2 us, 2 to 4 us …) has 32 buckets of
 * equal width; up to 64 ns a bucket is one nanosecond. A percentile is the middle of its bucket, at most 1/64 of the
 * true value away. Histograms of the same thing add up by adding their buckets, in whatever order.
 *
 * @module
 */

/** Buckets per octave, and its logarithm to the base 2. */
const PER_OCTAVE = 32;
const PER_OCTAVE_BITS = 5;
/** Durations of 2^37 ns (137 s) and more fall into the last bucket. */
const END_NS = 2 ** 37;
const BUCKET_COUNT = PER_OCTAVE * (37 - PER_OCTAVE_BITS + 1);
/** From here on `clz32` has too few bits, and a 2^16th is looked at instead. */
const WIDE_NS = 2 ** 31;
const WIDE_BITS = 16;

/** A histogram as plain JSON. */
export interface HistogramState {
  /** Durations recorded. */
  readonly count: number;
  /** Their sum, ns. */
  readonly sumNs: number;
  /** The shortest, ns; 0 if there is none. */
  readonly minNs: number;
  /** The longest, ns; 0 if there is none. */
  readonly maxNs: number;
  /** The buckets that are not empty: number of the bucket, and how many durations it has. */
  readonly buckets: readonly (readonly [index: number, count: number])[];
}

/** Counts durations from 0 ns up; 8.4 kB, whatever is recorded. Not shared between threads: send its state instead. */
export class Histogram {
  readonly #buckets = new Float64Array(BUCKET_COUNT);
  #count = 0;
  #sumNs = 0;
  #minNs = Infinity;
  #maxNs = 0;

  /** Durations recorded. */
  get count(): number {
    return this.#count;
  }

  /** Their mean, ns, exact; 0 if there is none. */
  get meanNs(): number {
    return this.#count === 0 ? 0 : this.#sumNs / this.#count;
  }

  /** The longest, ns, exact; 0 if there is none. */
  get maxNs(): number {
    return this.#maxNs;
  }

  /**
   * Counts a duration.
   *
   * @param durationNs At least 0; rounded to whole nanoseconds. One of 137 s or more counts as that in percentiles; the
   * mean and the maximum stay exact.
   * @throws {RangeError} If it is negative, infinite or no number.
   */
  record(durationNs: number): void {
    if (!(durationNs >= 0 && durationNs < Infinity)) {
      throw new RangeError(`Cannot record a duration of ${durationNs} ns: 0 or more is right`);
    }
    const wholeNs = Math.round(durationNs);
    this.#buckets[bucketOf(wholeNs)]++;
    this.#count++;
    this.#sumNs += wholeNs;
    if (wholeNs < this.#minNs) this.#minNs = wholeNs;
    if (wholeNs > this.#maxNs) this.#maxNs = wholeNs;
  }

  /**
   * The duration that `percent` of all do not exceed (nearest rank), ns: at most 1/64 (1.6 %) away from the true one.
   *
   * @param percent From 0 to 100; 0 gives the shortest.
   * @returns 0 if nothing was recorded.
   */
  percentileNs(percent: number): number {
    if (this.#count === 0) return 0;
    const rank = Math.min(this.#count, Math.max(1, Math.ceil((percent / 100) * this.#count)));
    let index = -1;
    for (let counted = 0; counted < rank;) counted += this.#buckets[++index];
    return Math.min(this.#maxNs, Math.max(this.#minNs, middleOf(index)));
  }

  /** What was recorded, as plain JSON. */
  state(): HistogramState {
    const buckets: [number, number][] = [];
    this.#buckets.forEach((count, index) => count > 0 && buckets.push([index, count]));
    return {
      count: this.#count,
      sumNs: this.#sumNs,
      minNs: this.#count === 0 ? 0 : this.#minNs,
      maxNs: this.#maxNs,
      buckets,
    };
  }

  /**
   * Adds what another histogram has recorded, perhaps in another thread or process.
   *
   * @throws {RangeError} If `state` is none of this kind of histogram; nothing is added then.
   */
  add(state: HistogramState): void {
    for (const [index] of state.buckets) {
      if (Number.isInteger(index) && index >= 0 && index < BUCKET_COUNT) continue;
      throw new RangeError(`Cannot add a histogram with a bucket ${index}: 0 to ${BUCKET_COUNT - 1} are right`);
    }
    if (state.count === 0) return;
    for (const [index, count] of state.buckets) this.#buckets[index] += count;
    this.#count += state.count;
    this.#sumNs += state.sumNs;
    this.#minNs = Math.min(this.#minNs, state.minNs);
    this.#maxNs = Math.max(this.#maxNs, state.maxNs);
  }
}

/** The bucket of a whole number of nanoseconds. */
function bucketOf(wholeNs: number): number {
  if (wholeNs < PER_OCTAVE) return wholeNs;
  if (wholeNs >= END_NS) return BUCKET_COUNT - 1;
  const isWide = wholeNs >= WIDE_NS;
  const bits = isWide ? Math.floor(wholeNs / 2 ** WIDE_BITS) : wholeNs;
  const shift = 31 - Math.clz32(bits) - PER_OCTAVE_BITS;
  // What is left has its highest bit at 32, so octave 0 goes on where the single nanoseconds end.
  return (shift + (isWide ? WIDE_BITS : 0)) * PER_OCTAVE + (bits >>> shift);
}

/** The middle of the whole numbers that a bucket counts. */
function middleOf(index: number): number {
  const octave = Math.max(0, Math.floor(index / PER_OCTAVE) - 1);
  const widthNs = 2 ** octave;
  return (index - octave * PER_OCTAVE) * widthNs + (widthNs - 1) / 2;
}
