/**
 * A clock at home that follows TAI, as it is made anew in another place.
 *
 * @module
 */
import type { Clock, ClockStats, TimedTick } from "../time/clock.ts";
import { taiNowNs } from "../time/now.ts";
import type { Rate } from "../time/rate.ts";
import { TaiBeats } from "../time/tai_beats.ts";
import { taiTold } from "../time/tai_told.ts";
import { type TaiReference, trustOf } from "../time/tai_trust.ts";
import type { ClockRef } from "./protocol.ts";

/**
 * Has the beats of the clock at home, as both take TAI from what this machine's processes share. It opens no client: that
 * is at home, and while it is there, the reference is sought.
 */
export class SharedTaiClock implements Clock {
  readonly clockId: string;
  readonly rate: Rate;
  /** Whose time it follows. */
  readonly reference: TaiReference;
  readonly #beats: TaiBeats;

  /**
   * @param reference The clock as home told of it.
   */
  constructor({ clockId, rate, reference }: ClockRef & { kind: "tai" }) {
    this.clockId = clockId;
    this.rate = rate;
    this.reference = reference;
    this.#beats = new TaiBeats(clockId, rate);
  }

  get locked(): boolean {
    return trustOf(this.reference, taiTold(), () => true).locked;
  }

  now(): bigint {
    return taiNowNs();
  }

  nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    return this.#beats.next(previous, signal);
  }

  stats(): ClockStats {
    return this.#beats.stats(this.locked);
  }
}
