/**
 * Levels. 0 dBFS is a sine whose peaks are 1.0, and a noise of L dBFS has the same RMS value as a sine of L dBFS
 * (AES17: RMS levels count relative to a full-scale sine).
 */

const rampSeconds = 0.005;

/** RMS value of a signal of a level in dBFS. */
export function rmsOf(levelDbfs: number): number {
  return 10 ** (levelDbfs / 20) * Math.SQRT1_2;
}

/** A gain that moves to a new value on a straight line of 5 ms, so that a change does not click. */
export class Gain {
  readonly #rampSamples: number;
  #value: number;
  #target: number;
  #step: number = 0;
  #left: number = 0;

  /** Begins at `value` at once. */
  constructor(rateHz: number, value: number) {
    this.#rampSamples = Math.max(1, Math.round(rateHz * rampSeconds));
    this.#value = value;
    this.#target = value;
  }

  /** Starts moving to `value`. */
  moveTo(value: number): void {
    this.#target = value;
    this.#left = this.#rampSamples;
    this.#step = (value - this.#value) / this.#rampSamples;
  }

  /** The gain of the next sample. */
  next(): number {
    if (this.#left > 0) {
      this.#left--;
      this.#value = this.#left === 0 ? this.#target : this.#value + this.#step;
    }
    return this.#value;
  }
}
