/**
 * The free-running clock.
 *
 * @module
 */
import { loadNative, nativeState } from "../native.ts";
import type { Clock, ClockStats, TimedTick } from "./clock.ts";
import { sleepUntil } from "./deadlines.ts";
import { monotonicNowNs, monotonicOf, taiNowNs, taiOf } from "./now.ts";
import { frameAt, instantOf, periodNs, type Rate, toRate } from "./rate.ts";

/**
 * Beats at a fixed rate on this machine's own time.
 *
 * Beat `k` is due at the start of TAI frame `k` (ST 2059-1 §5), an absolute instant: there is no drift, and all
 * software clocks of one rate beat together, in every process of the machine. Never early; what is missed is skipped
 * and counted.
 */
export class SoftwareClock implements Clock {
  /** Beats per second, in lowest terms. */
  readonly rate: Rate;
  /** `software/` and the rate, for example `software/60000/1001`. */
  readonly clockId: string;
  /** Always true: it has no reference. */
  readonly locked = true;
  #ticks = 0;
  #missed = 0;

  /**
   * Makes a clock.
   *
   * @param fps Beats per second: a number, or a fraction such as `{ num: 30000, den: 1001 }`.
   * @throws {RangeError} As {@linkcode toRate}.
   */
  constructor(fps: number | Rate) {
    this.rate = toRate(fps);
    this.clockId = `software/${this.rate.num}/${this.rate.den}`;
  }

  /** TAI nanoseconds. */
  now(): bigint {
    return taiNowNs();
  }

  /** The next beat; see {@linkcode Clock.nextTick}. */
  async nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    // The library brings another monotonic time: no deadline may be set before it is known which one counts.
    if (!nativeState()) await loadNative();
    signal?.throwIfAborted();
    const nowNs = taiNowNs();
    const current = frameAt(nowNs, this.rate);
    const isFresh = nowNs - instantOf(current, this.rate) < BigInt(periodNs(this.rate)) / 2n;
    let frame = current + 1n;
    if (previous && current > previous.taiFrame && isFresh) frame = current;
    if (previous && frame <= previous.taiFrame) frame = previous.taiFrame + 1n;
    const timestampNs = instantOf(frame, this.rate);
    const dueNs = monotonicOf(timestampNs);
    await sleepUntil(dueNs, signal);
    const missed = previous ? Number(frame - previous.taiFrame) - 1 : 0;
    this.#ticks++;
    this.#missed += missed;
    return {
      timestampNs,
      frameNumber: previous ? previous.frameNumber + missed + 1 : 0,
      taiFrame: frame,
      clockId: this.clockId,
      latenessNs: Number(taiOf(monotonicNowNs()) - timestampNs),
      missed,
      freewheel: false,
      discontinuity: false,
    };
  }

  /** What it has done so far. */
  stats(): ClockStats {
    return {
      clockId: this.clockId,
      rate: this.rate,
      locked: this.locked,
      ticks: this.#ticks,
      missed: this.#missed,
    };
  }
}
