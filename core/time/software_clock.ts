/**
 * The free-running clock.
 *
 * @module
 */
import type { Clock, ClockStats, TimedTick } from "./clock.ts";
import { taiNowNs } from "./now.ts";
import { type Rate, toRate } from "./rate.ts";
import { TaiBeats } from "./tai_beats.ts";

/**
 * Beats at a fixed rate on this machine's own time.
 *
 * Beat `k` is due at the start of TAI frame `k` (ST 2059-1 §5), an absolute instant: there is no drift, and all
 * software clocks of one rate beat together, in every process of the machine. Never early; what is missed is skipped
 * and counted. It takes TAI as this machine has it, good or not: a {@linkcode PTPClock} knows how good it is.
 */
export class SoftwareClock implements Clock {
  /** Beats per second, in lowest terms. */
  readonly rate: Rate;
  /** `software/` and the rate, for example `software/60000/1001`. */
  readonly clockId: string;
  /** Always true: it has no reference. */
  readonly locked = true;
  readonly #beats: TaiBeats;

  /**
   * Makes a clock.
   *
   * @param fps Beats per second: a number, or a fraction such as `{ num: 30000, den: 1001 }`.
   * @throws {RangeError} As {@linkcode toRate}.
   */
  constructor(fps: number | Rate) {
    this.rate = toRate(fps);
    this.clockId = `software/${this.rate.num}/${this.rate.den}`;
    this.#beats = new TaiBeats(this.clockId, this.rate);
  }

  /** TAI nanoseconds. */
  now(): bigint {
    return taiNowNs();
  }

  /** The next beat; see {@linkcode Clock.nextTick}. */
  nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    return this.#beats.next(previous, signal);
  }

  /** What it has done so far. */
  stats(): ClockStats {
    return this.#beats.stats(this.locked);
  }
}
