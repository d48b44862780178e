/**
 * Clocks and ticks.
 *
 * @module
 */
import type { Domain } from "./domain.ts";
import type { Rate } from "./rate.ts";

/** One beat of a clock. It says that it is time to work; it carries no data. */
export interface TimedTick {
  /** The ideal TAI instant of the beat, ns; not the moment of delivery. */
  readonly timestampNs: bigint;
  /** Beats since the first, from 0; counts missed ones, never goes back. */
  readonly frameNumber: number;
  /**
   * ⌊TAI · rate⌋: the same on every machine with the same time. A clock that follows pulses leaves a margin of half a
   * period, so that a beat just before a frame counts as in it, and says a frame twice or leaves one out when its pulses
   * have drifted from TAI by a whole one. It goes back only with TAI itself, when that was stepped back by more than a
   * second; that tick is a discontinuity.
   */
  readonly taiFrame: bigint;
  /** The clock that beat, for example `software/60000/1001`. */
  readonly clockId: string;
  /** How late the beat was delivered, ns ≥ 0. */
  readonly latenessNs: number;
  /** Beats missed since the previous delivered one, because the actor was busy or the machine stood still. */
  readonly missed: number;
  /** The driving input is silent and this beat replaces it. */
  readonly freewheel: boolean;
  /** Time does not continue from the previous beat: another clock or another source. */
  readonly discontinuity: boolean;
}

/** What a clock knows of itself. */
export interface ClockStats {
  /** Id of the clock. */
  readonly clockId: string;
  /** Beats per second. */
  readonly rate: Rate;
  /** Whether it follows its reference. */
  readonly locked: boolean;
  /** Beats delivered, to all actors together. */
  readonly ticks: number;
  /** Beats missed, all actors together. */
  readonly missed: number;
}

/** A source of ticks. One clock may drive many actors. */
export interface Clock {
  /** Kind, and what else tells it from others. Clocks of one id have the same beats and can be joined. */
  readonly clockId: string;
  /** Beats per second, as a fraction. */
  readonly rate: Rate;
  /**
   * Whether it follows its reference; a clock without a reference is always locked. One that is not locked beats all the
   * same; whoever wants another clock then uses a `ClockSelector`.
   */
  readonly locked: boolean;
  /** TAI nanoseconds, as this clock sees it. */
  now(): bigint;
  /**
   * The next beat after `previous`, or the first one. Beats that are already past are skipped and counted, but the
   * newest one is still delivered if it is less than half a period late.
   *
   * @param previous The beat delivered before, for the numbers to continue.
   * @param signal Gives up waiting; the promise then rejects with the signal's reason.
   */
  nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick>;
  /** What it has done so far. */
  stats(): ClockStats;
  /** The same time at another rate, if this clock sets only the time: sources choose their own rate then. */
  forRate?(rate: Rate): Clock;
  /** Where work is counted instead of timed: only clocks of virtual time have it. */
  readonly domain?: Domain;
}
