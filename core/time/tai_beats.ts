/**
 * Beats at the starts of TAI frames: what all clocks have that follow this machine's TAI.
 *
 * Beat `k` is due at the start of TAI frame `k` (ST 2059-1 §5), an absolute instant. What it takes to get there depends
 * on who sets TAI: without PTP it is monotonic time plus a constant; with it the pace changes a little all the time and
 * now and then TAI is stepped. So whoever wakes looks again: a beat that is not due yet is waited for, and after a step,
 * which may be one back, the next beat is sought anew.
 *
 * @module
 */
import { loadNative, nativeState } from "../native.ts";
import type { ClockStats, TimedTick } from "./clock.ts";
import { frameAt, instantOf, periodNs, type Rate } from "./rate.ts";
import { MACHINE_STEPS, MACHINE_TIME, type TaiSteps, type TaiTime } from "./tai_time.ts";

/** The beats of one clock. */
export class TaiBeats {
  readonly #clockId: string;
  readonly #rate: Rate;
  readonly #time: TaiTime;
  readonly #steps: TaiSteps;
  #ticks = 0;
  #missed = 0;

  /**
   * @param clockId What ticks say of their clock.
   * @param rate Beats per second.
   */
  constructor(clockId: string, rate: Rate, time: TaiTime = MACHINE_TIME, steps: TaiSteps = MACHINE_STEPS) {
    this.#clockId = clockId;
    this.#rate = rate;
    this.#time = time;
    this.#steps = steps;
  }

  /** The next beat; see {@linkcode Clock.nextTick}. The first one after a step of TAI is a discontinuity. */
  async next(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    // The library brings another monotonic time: no deadline may be set before it is known which one counts.
    if (!nativeState()) await loadNative();
    for (;;) {
      signal?.throwIfAborted();
      const steps = this.#steps.look();
      const frame = this.#frameAfter(previous);
      const timestampNs = instantOf(frame, this.#rate);
      // The event loop has its turn also when the beat is past, so that an actor that is always late starves nobody.
      do await this.#time.sleepTowards(timestampNs, signal); while (
        steps === this.#steps.look() && this.#time.nowNs() < timestampNs
      );
      if (steps === this.#steps.look()) return this.#deliver(frame, timestampNs, previous);
    }
  }

  /** What it has done so far. */
  stats(locked: boolean): ClockStats {
    return { clockId: this.#clockId, rate: this.#rate, locked, ticks: this.#ticks, missed: this.#missed };
  }

  #frameAfter(previous: TimedTick | undefined): bigint {
    const rate = this.#rate;
    const nowNs = this.#time.nowNs();
    const current = frameAt(nowNs, rate);
    const isFresh = nowNs - instantOf(current, rate) < BigInt(periodNs(rate)) / 2n;
    let frame = current + 1n;
    if (previous && this.#steps.isOver(previous.timestampNs)) {
      if (isFresh) frame = current;
    } else if (previous) {
      if (current > previous.taiFrame && isFresh) frame = current;
      if (frame <= previous.taiFrame) frame = previous.taiFrame + 1n;
    }
    // What follows a step is after it, so that everybody knows by its instant which of two beats was before.
    const { last } = this.#steps;
    if (last && instantOf(frame, rate) <= last.seenNs) frame = frameAt(last.seenNs, rate) + 1n;
    return frame;
  }

  #deliver(frame: bigint, timestampNs: bigint, previous: TimedTick | undefined): TimedTick {
    const discontinuity = previous !== undefined && this.#steps.isOver(previous.timestampNs);
    let missed = previous ? Number(frame - previous.taiFrame) - 1 : 0;
    if (discontinuity) {
      const jumpedNs = this.#steps.after(previous.timestampNs).reduce((sum, step) => sum + step.jumpedNs, 0n);
      const periods = Number(timestampNs - jumpedNs - previous.timestampNs) / periodNs(this.#rate);
      missed = Math.max(0, Math.round(periods) - 1);
    }
    this.#ticks++;
    this.#missed += missed;
    return {
      timestampNs,
      frameNumber: previous ? previous.frameNumber + missed + 1 : 0,
      taiFrame: frame,
      clockId: this.#clockId,
      latenessNs: Number(this.#time.nowNs() - timestampNs),
      missed,
      freewheel: false,
      discontinuity,
    };
  }
}
