/**
 * How many audio samples belong to each video frame, for any whole sample rate and any rational frame rate.
 *
 * At 48 kHz a frame of 30000/1001 Hz lasts 1601.6 samples. Frame n therefore begins at sample round(n · 1601.6): its
 * length alternates 1602, 1601, 1602, 1601, 1602 (the five-frame sequence of SMPTE ST 272), and the sum never drifts,
 * because each start is computed from the frame number and not from the frame before.
 */

/** A rate as a fraction: `{ num: 30000, den: 1001 }` is 29.97 frames per second. */
export interface FrameRate {
  /** Frames, whole, 1 or more. */
  readonly num: number;
  /** Per this many seconds, whole, 1 or more. */
  readonly den: number;
}

/** First sample and length of each frame. Frame 0 begins at sample 0. */
export class SampleSchedule {
  readonly #samplesPerPeriod: number;
  readonly #framesPerPeriod: number;
  /** Most samples that any frame has: the size of a buffer that fits them all. */
  readonly sampleCountMax: number;

  /**
   * Counts samples of one rate in frames of another.
   *
   * @param rateHz samples per second, whole, 1 or more.
   * @param frameRate frames per second as a fraction.
   * @throws {RangeError} if a number is not whole, below 1, or so large that sample counts would lose precision.
   */
  constructor(rateHz: number, frameRate: FrameRate) {
    const { num, den } = frameRate;
    for (const [name, value] of [["rateHz", rateHz], ["frameRate.num", num], ["frameRate.den", den]] as const) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`Sample schedule option "${name}" is ${value}: it must be a whole number from 1`);
      }
    }
    const samples = rateHz * den;
    const divisor = greatestCommonDivisor(samples, num);
    if (!Number.isSafeInteger(samples * 2 * (num / divisor))) {
      throw new RangeError(`Sample schedule cannot count ${rateHz} Hz at ${num}/${den} frames per second exactly`);
    }
    this.#samplesPerPeriod = samples / divisor;
    this.#framesPerPeriod = num / divisor;
    this.sampleCountMax = Math.ceil(this.#samplesPerPeriod / this.#framesPerPeriod);
  }

  /** Number of the first sample of a frame; whole frame numbers from 0 (exact while the result is below 2^53). */
  sampleAt(frameNumber: number): number {
    const periods = Math.floor(frameNumber / this.#framesPerPeriod);
    const frames = frameNumber - periods * this.#framesPerPeriod;
    const within = Math.floor(
      (2 * frames * this.#samplesPerPeriod + this.#framesPerPeriod) / (2 * this.#framesPerPeriod),
    );
    return periods * this.#samplesPerPeriod + within;
  }

  /** Number of samples in a frame. */
  sampleCountAt(frameNumber: number): number {
    return this.sampleAt(frameNumber + 1) - this.sampleAt(frameNumber);
  }
}

function greatestCommonDivisor(first: number, second: number): number {
  while (second !== 0) [first, second] = [second, first % second];
  return first;
}
