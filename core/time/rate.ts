/**
 * Rates as exact fractions, and the instants of their frames.
 *
 * 29.97 is not a rate: 30000/1001 is. Frame boundaries are counted from the TAI epoch (ST 2059-1 §5), so frame `k` of a
 * rate is at the same instant on every machine, and two clocks of one rate share their boundaries.
 *
 * @module
 */

/** Frames, blocks or samples per second as a fraction: `{ num: 30000, den: 1001 }` is 29.97. Both are integers > 0. */
export interface Rate {
  /** Numerator. */
  readonly num: number;
  /** Denominator. */
  readonly den: number;
}

const NS_PER_S = 1_000_000_000n;

/**
 * The rate meant by a number of frames per second: an integer as it is, what is within 0.01 of n·1000/1001 as that
 * (23.976, 29.97, 47.952, 59.94, 119.88), others by their thousandths. A fraction is brought to lowest terms.
 *
 * @throws {RangeError} If `fps` is not a finite number > 0, or has more than three decimals and is none of these; if a
 * part of a fraction is not a safe integer > 0.
 */
export function toRate(fps: number | Rate): Rate {
  if (typeof fps === "object") {
    if (!Number.isSafeInteger(fps.num) || !Number.isSafeInteger(fps.den) || fps.num <= 0 || fps.den <= 0) {
      throw new RangeError(`Cannot use rate ${fps.num}/${fps.den}: both must be integers > 0`);
    }
    return reduce(fps.num, fps.den);
  }
  if (!Number.isFinite(fps) || fps <= 0) throw new RangeError(`Cannot use rate ${fps}: it must be a number > 0`);
  if (Number.isInteger(fps)) return { num: fps, den: 1 };
  const whole = Math.ceil(fps);
  if (Math.abs(fps - (whole * 1000) / 1001) < 0.01) return { num: whole * 1000, den: 1001 };
  const thousandths = Math.round(fps * 1000);
  if (Math.abs(fps * 1000 - thousandths) < 1e-6) return reduce(thousandths, 1000);
  throw new RangeError(`Cannot use rate ${fps}: give it as a fraction, for example { num: 30000, den: 1001 }`);
}

/** `num/den` in lowest terms. */
export function reduce(num: number, den: number): Rate {
  let a = num;
  let b = den;
  while (b !== 0) [a, b] = [b, a % b];
  return { num: num / a, den: den / a };
}

/** Frames per second as a number, for showing and for rough sums; exact sums use the fraction. */
export function fpsOf(rate: Rate): number {
  return rate.num / rate.den;
}

/** Length of one frame in nanoseconds, rounded to the nearest. */
export function periodNs(rate: Rate): number {
  return Math.round((1e9 * rate.den) / rate.num);
}

/** Number of the frame that is current at `instantNs` since the epoch: ⌊instant · rate⌋. */
export function frameAt(instantNs: bigint, rate: Rate): bigint {
  const num = instantNs * BigInt(rate.num);
  const den = NS_PER_S * BigInt(rate.den);
  const quotient = num / den;
  return num < 0n && quotient * den !== num ? quotient - 1n : quotient;
}

/**
 * Instant (ns since the epoch) at which frame `frame` begins: the first nanosecond for which {@linkcode frameAt} is
 * `frame`.
 */
export function instantOf(frame: bigint, rate: Rate): bigint {
  const num = frame * NS_PER_S * BigInt(rate.den);
  const den = BigInt(rate.num);
  const quotient = num / den;
  return num > 0n && quotient * den !== num ? quotient + 1n : quotient;
}

/** Whether two rates are the same number. */
export function sameRate(a: Rate, b: Rate): boolean {
  return a.num * b.den === b.num * a.den;
}
