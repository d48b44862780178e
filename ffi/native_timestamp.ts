/**
 * RTP time stamps of ST 2110-10, in exact integers.
 *
 * @module
 */

import type { NativeFunctions } from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { check } from "./result.ts";

/** A rate as a fraction of integers, neither 0: `{ num: 60000, den: 1001 }`. */
export interface TimestampRate {
  /** Frames in `den` seconds. */
  readonly num: number;
  /** Seconds. */
  readonly den: number;
}

/**
 * The media clock: counts `clockHz` ticks per second from 1970-01-01 00:00:00 TAI on, always rounded down, and an RTP
 * time stamp is its low 32 bits (`mediaclk:direct=0`; ST 2110-10 section 7). 90 000 Hz for video and ancillary data, the
 * sampling rate for audio.
 *
 * Instants, ticks and frame numbers are bigint from 0 to 2^63 - 1, clocks 1 to 10^9 Hz; else, or if the result would
 * not fit, `NativeError` `out_of_range`.
 */
export class NativeTimestamp {
  readonly #functions: NativeFunctions;

  /** Over an open library. */
  constructor(library: NativeLibrary) {
    this.#functions = library.functions;
  }

  /** The time stamp of an instant, 0 to 2^32 - 1. */
  rtpAt(taiNs: bigint, clockHz: number): number {
    return Number(BigInt.asUintN(32, this.ticksAt(taiNs, clockHz)));
  }

  /** The full media clock at an instant. */
  ticksAt(taiNs: bigint, clockHz: number): bigint {
    const action = `find the tick of ${taiNs} ns at ${clockHz} Hz`;
    return checked(this.#functions.sl_timestamp_ticks_at(taiNs, clockHz), action);
  }

  /** The first nanosecond of a tick. */
  instantOf(ticks: bigint, clockHz: number): bigint {
    const action = `find the instant of tick ${ticks} at ${clockHz} Hz`;
    return checked(this.#functions.sl_timestamp_instant_of(ticks, clockHz), action);
  }

  /**
   * The full media clock that a time stamp means.
   *
   * @param nearTicks A clock less than 2^31 ticks away: 6 hours at 90 kHz.
   */
  extend(rtpTimestamp: number, nearTicks: bigint): bigint {
    const action = `extend time stamp ${rtpTimestamp} near tick ${nearTicks}`;
    return checked(this.#functions.sl_timestamp_extend(rtpTimestamp, nearTicks), action);
  }

  /** The first nanosecond with this time stamp, out of those near an instant. */
  taiOf(rtpTimestamp: number, nearTaiNs: bigint, clockHz: number): bigint {
    return this.instantOf(this.extend(rtpTimestamp, this.ticksAt(nearTaiNs, clockHz)), clockHz);
  }

  /** The number of the frame that an instant lies in, counted from the epoch (ST 2059-1). */
  frameAt(taiNs: bigint, rate: TimestampRate): bigint {
    const action = `find the frame of ${taiNs} ns at ${rate.num}/${rate.den}`;
    return checked(this.#functions.sl_timestamp_frame_at(taiNs, rate.num, rate.den), action);
  }

  /** The first nanosecond of a frame. */
  frameStart(frame: bigint, rate: TimestampRate): bigint {
    const action = `find the start of frame ${frame} at ${rate.num}/${rate.den}`;
    return checked(this.#functions.sl_timestamp_frame_start(frame, rate.num, rate.den), action);
  }

  /**
   * The media clock at the start of a frame. It comes from the number of the frame, so that no rounding to nanoseconds
   * can shift it: at 60000/1001 frames begin at ticks 0, 1501, 3003, 4504, 6006 of 90 kHz.
   *
   * @param field 1 for half a frame later, where the second field begins.
   */
  frameTicks(frame: bigint, rate: TimestampRate, clockHz: number, field: 0 | 1 = 0): bigint {
    const action = `find the tick of frame ${frame}, field ${field}, at ${rate.num}/${rate.den} and ${clockHz} Hz`;
    return checked(this.#functions.sl_timestamp_frame_ticks(frame, field, rate.num, rate.den, clockHz), action);
  }
}

function checked(value: bigint, action: string): bigint {
  if (value < 0n) check(Number(value), action);
  return value;
}
