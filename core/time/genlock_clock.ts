/**
 * The clock that follows a pulse.
 *
 * @module
 */
import { loadNative, nativeState } from "../native.ts";
import type { Beat, BeatGrid } from "./beat_grid.ts";
import type { Clock, ClockStats, TimedTick } from "./clock.ts";
import type { Pulse } from "./pulse.ts";
import { PulseFollower } from "./pulse_follower.ts";
import { type Rate, toRate } from "./rate.ts";
import { type TaiMachine, taiMachine } from "./tai_machine.ts";

/** What a {@linkcode GenlockClock} knows of itself. */
export interface GenlockStats extends ClockStats {
  /**
   * What the beats follow: the pulse; its last period, since it was lost or does not come as predicted (`holdover`); or
   * the starts of this machine's TAI frames, as it has never been locked (`free`).
   */
  readonly mode: "locked" | "holdover" | "free";
  /** Pulses taken into account. */
  readonly pulses: number;
  /** Pulses refused: spurious, or not yet or no longer in step. */
  readonly refused: number;
  /** How often the reference was lost. */
  readonly losses: number;
  /** How often the reference jumped by more than an eighth of a period; the next beat is a discontinuity. */
  readonly jumps: number;
  /** How much faster than its nominal rate the reference is on this machine's time, parts per million. */
  readonly ppm: number;
  /** Mean deviation of the pulses from their predictions, ns. */
  readonly jitterNs: number;
}

/**
 * Beats with a pulse: at each one, at every so many, or at parts of the way between two, as the rates say.
 *
 * It keeps an estimate of the phase and period of the pulses and beats at absolute deadlines of that estimate. So the
 * jitter of the pulses is not that of the beats, a spurious pulse does nothing and a missing one is not missed. It is
 * locked after 8 good pulses. When none comes for 4 periods (and at least 50 ms) it is not locked and goes on at the last
 * period; before it has ever been locked it beats at the starts of TAI frames. A jump of its beats by more than an eighth
 * of a pulse's period is flagged as a discontinuity.
 *
 * It listens from its making until {@linkcode GenlockClock.close}, which keeps no process alive. Clocks of one pulse have
 * one estimate between them, and those of one rate the same beats.
 */
export class GenlockClock implements Clock, Disposable {
  /** Beats per second, in lowest terms. */
  readonly rate: Rate;
  /** `genlock/`, the name of the pulse, and the rate, for example `genlock/blackburst/30000/1001`. */
  readonly clockId: string;
  readonly #machine: TaiMachine = taiMachine();
  readonly #follower: PulseFollower;
  readonly #grid: BeatGrid;
  #isClosed = false;
  #ticks = 0;
  #missed = 0;

  /**
   * Makes a clock that follows `pulse`.
   *
   * @param pulse The reference.
   * @param fps Beats per second: a number or a fraction. Default: one per pulse.
   * @throws {StreamError} `clock-invalid` if the name of the pulse is malformed, or is that of another one in use.
   * @throws {RangeError} As {@linkcode toRate}.
   */
  constructor(pulse: Pulse, fps: number | Rate = pulse.rate) {
    this.rate = toRate(fps);
    this.clockId = `genlock/${pulse.name}/${this.rate.num}/${this.rate.den}`;
    this.#follower = PulseFollower.join(pulse);
    this.#grid = this.#follower.grid(this.rate);
  }

  /** Whether pulses come as predicted. */
  get locked(): boolean {
    return !this.#isClosed && this.#follower.model.locked;
  }

  /** TAI nanoseconds of this machine; the pulse says how long a period is, not what time it is. */
  now(): bigint {
    return this.#machine.time.nowNs();
  }

  /** The next beat; see {@linkcode Clock.nextTick}. */
  async nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    if (!nativeState()) await loadNative();
    const follower = this.#follower;
    const { time, steps } = this.#machine;
    for (;;) {
      signal?.throwIfAborted();
      follower.look();
      const { reference } = follower.model;
      const lastNs = previous && !steps.isOver(previous.timestampNs) ? previous.timestampNs : undefined;
      const beat = this.#grid.next(reference, time.nowNs(), lastNs);
      const isOne = (): boolean => {
        follower.look();
        return reference.epoch === follower.model.reference.epoch;
      };
      do await time.sleepTowards(beat.timestampNs, signal); while (isOne() && time.nowNs() < beat.timestampNs);
      // If the reference has jumped meanwhile, or TAI, that beat is none any more.
      if (isOne()) return this.#deliver(beat, previous);
    }
  }

  /** What it has done so far. */
  stats(): GenlockStats {
    const { model } = this.#follower;
    return {
      clockId: this.clockId,
      rate: this.rate,
      locked: this.locked,
      ticks: this.#ticks,
      missed: this.#missed,
      mode: this.locked ? "locked" : model.wasLocked ? "holdover" : "free",
      pulses: model.accepted,
      refused: model.refused,
      losses: model.losses,
      jumps: model.jumps,
      ppm: model.ppm,
      jitterNs: model.deviationNs,
    };
  }

  /** Listens no more: it is not locked, and beats go on at the last period. */
  close(): void {
    if (!this.#isClosed) this.#follower.leave();
    this.#isClosed = true;
  }

  /** As {@linkcode GenlockClock.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #deliver({ timestampNs, taiFrame }: Beat, previous: TimedTick | undefined): TimedTick {
    const { reference } = this.#follower.model;
    const { time, steps } = this.#machine;
    const jumps = previous ? steps.after(previous.timestampNs) : [];
    const jumpedNs = jumps.reduce((sum, step) => sum + step.jumpedNs, 0n);
    const elapsedNs = previous && Number(timestampNs - previous.timestampNs - jumpedNs);
    const periods = elapsedNs === undefined ? 1 : elapsedNs / this.#grid.periodNs(reference);
    const missed = Math.max(0, Math.round(periods) - 1);
    this.#ticks++;
    this.#missed += missed;
    return {
      timestampNs,
      frameNumber: previous ? previous.frameNumber + missed + 1 : 0,
      taiFrame,
      clockId: this.clockId,
      latenessNs: Number(time.nowNs() - timestampNs),
      missed,
      freewheel: false,
      discontinuity: previous !== undefined &&
        (previous.timestampNs <= reference.sinceNs || steps.isOver(previous.timestampNs)),
    };
  }
}
