/**
 * The exact frame rate behind a file's timestamps.
 *
 * Containers store timestamps in units of their own (1/90000 s, 1 ms in Matroska), so 30000/1001 reads as 29.97 or as a
 * mixture of 33 ms and 34 ms. The mean period over the file (dropped frames counted) is compared with the rates that
 * cameras and studios use; only if none is near is the number itself turned into a fraction.
 *
 * @module
 */

/** Frames per second as a fraction: `{ num: 30000, den: 1001 }` is 29.97. Both are integers > 0. */
export interface Rate {
  /** Frames in `den` seconds. */
  readonly num: number;
  /** Seconds in which `num` frames pass. */
  readonly den: number;
}

/** A rate, and whether every frame keeps to it. */
export interface DetectedRate {
  /** The rate itself. */
  readonly rate: Rate;
  /** False for a variable-rate file; `rate` is then that of its median period. */
  readonly constant: boolean;
}

const KNOWN: readonly Rate[] = [
  { num: 10, den: 1 },
  { num: 12, den: 1 },
  { num: 25, den: 2 },
  { num: 15000, den: 1001 },
  { num: 15, den: 1 },
  { num: 20, den: 1 },
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 30, den: 1 },
  { num: 48000, den: 1001 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
  { num: 90, den: 1 },
  { num: 100, den: 1 },
  { num: 120000, den: 1001 },
  { num: 120, den: 1 },
];

/** The nearest known rates differ by 1/1001; a match may be off by less than half of that. */
const MATCH = 0.4 / 1001;
const DENOMINATOR_MAX = 1001;

/**
 * The rate of frames shown at these instants.
 *
 * @param timestampsS Presentation times in seconds, any order, of frames that follow each other.
 * @param resolutionS Unit of the container's timestamps in seconds; each may be off by so much.
 * @param fallback What to answer for fewer than two frames.
 */
export function detectRate(timestampsS: readonly number[], resolutionS: number, fallback: Rate): DetectedRate {
  const sorted = [...timestampsS].sort((a, b) => a - b);
  if (sorted.length < 2) return { rate: fallback, constant: true };
  const first = sorted[0];
  const spanS = sorted[sorted.length - 1] - first;
  if (spanS <= 0) return { rate: fallback, constant: true };
  const deltas = sorted.slice(1).map((time, i) => time - sorted[i]);
  const medianS = [...deltas].sort((a, b) => a - b)[deltas.length >> 1];
  // Where frames were dropped, a delta is a multiple of the period; the whole span then gives the period far better.
  const periods = deltas.map((delta) => Math.round(delta / medianS));
  const steady = deltas.every((delta, i) => Math.abs(delta - periods[i] * medianS) <= medianS * 0.1 + 2 * resolutionS);
  const rate = steady
    ? nearest(spanS / periods.reduce((sum, count) => sum + count), resolutionS / spanS)
    : nearest(medianS, resolutionS / medianS);
  const periodS = rate.den / rate.num;
  const tolerance = resolutionS + periodS * 0.02;
  const constant = sorted.every((time, i) => Math.abs(time - first - i * periodS) <= tolerance);
  return { rate, constant };
}

function nearest(periodS: number, relativeError: number): Rate {
  const fps = 1 / periodS;
  const off = (rate: Rate) => Math.abs(fps * rate.den / rate.num - 1);
  const best = KNOWN.reduce((a, b) => (off(b) < off(a) ? b : a));
  return off(best) <= Math.max(MATCH, relativeError) ? best : toFraction(fps);
}

/** The fraction nearest to `value` whose denominator is at most 1001 (continued fractions). */
function toFraction(value: number): Rate {
  let [num, den, previousNum, previousDen] = [Math.floor(value), 1, 1, 0];
  let rest = value - num;
  while (rest > 1e-9) {
    const term = Math.floor(1 / rest);
    const nextDen = term * den + previousDen;
    if (nextDen > DENOMINATOR_MAX) break;
    [num, previousNum] = [term * num + previousNum, num];
    [den, previousDen] = [nextDen, den];
    rest = 1 / rest - term;
  }
  return num > 0 ? { num, den } : { num: 1, den: Math.max(1, Math.round(1 / value)) };
}
