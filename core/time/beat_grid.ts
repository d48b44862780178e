/**
 * Beats at any rate on a train of pulses: pure maths, no time of its own.
 *
 * Beat `b` is at pulse `b · pulseRate / rate`: at a pulse, every so many pulses, or at a part of the way between two. As
 * pulses and beats are both counted from the TAI epoch, which of two fields begins a frame is no accident, and a pulse
 * per second gives the frames of ST 2059-1.
 *
 * The estimate of the pulses changes with every pulse. So a beat is fixed when somebody asks for it first, and everybody
 * gets the same instant: items of several actors can be joined by it.
 *
 * @module
 */
import type { PulseReference } from "./pulse_model.ts";
import { frameAt, instantOf, periodNs, type Rate } from "./rate.ts";

/** Beats that are kept; whoever asks is at most two behind. */
const FIXED_MAX = 8;

/** A beat whose instant is fixed. */
export interface Beat {
  /** Its number in the grid. */
  readonly ordinal: bigint;
  /** Its ideal TAI instant, ns. */
  readonly timestampNs: bigint;
  /**
   * The TAI frame at that instant, with a margin: a beat that is less than a quarter of a period before a frame counts as
   * in it, and this is only reconsidered when a beat is half a period before or a whole one after. So a reference that is
   * aligned to TAI numbers its frames one by one, although its beats are now a bit before and now a bit after.
   */
  readonly taiFrame: bigint;
}

/** The beats of one rate on one train of pulses. */
export class BeatGrid {
  readonly #rate: Rate;
  /** Beats per pulse are `#beats / #pulses`. */
  readonly #beats: bigint;
  readonly #pulses: bigint;
  #epoch = 0;
  #fixed: Beat[] = [];

  /**
   * Makes a grid.
   *
   * @param pulseRate Nominal rate of the pulses.
   * @param rate Rate of the beats.
   */
  constructor(pulseRate: Rate, rate: Rate) {
    this.#rate = rate;
    this.#beats = BigInt(rate.num) * BigInt(pulseRate.den);
    this.#pulses = BigInt(rate.den) * BigInt(pulseRate.num);
  }

  /** Distance of the beats, ns. */
  periodNs(reference: PulseReference): number {
    return (reference.periodNs * Number(this.#pulses)) / Number(this.#beats);
  }

  /**
   * The next beat, or the newest past one if it is less than half a period old.
   *
   * @param reference Where the pulses are.
   * @param nowNs The present.
   * @param previousNs Instant of the beat before; the next one is more than half a period after it. Without it the beat
   * is after `nowNs`.
   */
  next(reference: PulseReference, nowNs: bigint, previousNs?: bigint): Beat {
    if (reference.epoch !== this.#epoch) {
      this.#epoch = reference.epoch;
      this.#fixed = [];
    }
    const halfNs = this.periodNs(reference) / 2;
    let ordinal = this.#ordinalAt(reference, nowNs);
    const isFresh = Number(nowNs - this.#instantOf(reference, ordinal)) < halfNs;
    if (previousNs === undefined || !isFresh) ordinal++;
    if (previousNs !== undefined) {
      const after = this.#ordinalAt(reference, previousNs + BigInt(Math.ceil(halfNs))) + 1n;
      if (ordinal < after) ordinal = after;
    }
    while (this.#instantOf(reference, ordinal) <= reference.sinceNs) ordinal++;
    return this.#fix(reference, ordinal);
  }

  #fix(reference: PulseReference, ordinal: bigint): Beat {
    const known = this.#fixed.find((beat) => beat.ordinal === ordinal);
    if (known) return known;
    const timestampNs = this.#instantOf(reference, ordinal);
    const beat = { ordinal, timestampNs, taiFrame: this.#taiFrame(ordinal, timestampNs) };
    this.#fixed.push(beat);
    if (this.#fixed.length > FIXED_MAX) this.#fixed.shift();
    return beat;
  }

  #taiFrame(ordinal: bigint, timestampNs: bigint): bigint {
    const nominalNs = periodNs(this.#rate);
    const last = this.#fixed.at(-1);
    if (last) {
      const frame = last.taiFrame + ordinal - last.ordinal;
      const afterNs = Number(timestampNs - instantOf(frame, this.#rate));
      if (afterNs >= -nominalNs / 2 && afterNs < nominalNs) return frame;
    }
    return frameAt(timestampNs + BigInt(Math.round(nominalNs / 4)), this.#rate);
  }

  /** The newest beat that is not after `atNs`. */
  #ordinalAt(reference: PulseReference, atNs: bigint): bigint {
    const pulses = (Number(atNs - reference.atNs) - reference.fractionNs) / reference.periodNs;
    const numerator = reference.index * this.#beats + BigInt(Math.round(pulses * Number(this.#beats)));
    let ordinal = numerator / this.#pulses;
    while (this.#instantOf(reference, ordinal) <= atNs) ordinal++;
    while (this.#instantOf(reference, ordinal) > atNs) ordinal--;
    return ordinal;
  }

  #instantOf(reference: PulseReference, ordinal: bigint): bigint {
    const known = this.#fixed.find((beat) => beat.ordinal === ordinal);
    if (known) return known.timestampNs;
    const pulses = Number(ordinal * this.#pulses - reference.index * this.#beats) / Number(this.#beats);
    return reference.atNs + BigInt(Math.round(reference.fractionNs + pulses * reference.periodNs));
  }
}
