/**
 * What can be known of a pulse train from the times at which its pulses were seen: pure maths, no time of its own.
 *
 * The problem: pulses come with jitter, some are missing, some are spurious, and the reference may fail or jump. Beats
 * must have none of that. What fails: to beat when a pulse comes (jitter and losses become beats), and to average
 * intervals (a missing pulse is a wrong interval). What is done here: a track predicts each pulse from its estimate of
 * phase and period, refuses what is too far off, and corrects itself by a part of what was off. That part shrinks as in a
 * least-squares line through all pulses so far (the growing-memory filter), down to that of a window of
 * {@linkcode WINDOW_PULSES}, so that a drifting oscillator is followed. Pulses that the track refuses are given to a rival
 * track; when only the rival's pulses come and they are steady, it takes over.
 *
 * @module
 */
import { frameAt, instantOf, type Rate } from "./rate.ts";

/** Good pulses until it is locked. */
export const LOCK_PULSES = 8;
/** Periods without a good pulse after which the reference is lost. */
const LOSS_PULSES = 4;
/** Shortest such time, ns: an event loop is told of fast pulses only now and then. */
const LOSS_NS_MIN = 50_000_000;
/** Pulses in the memory of a track; its estimate of the phase has about a quarter of the jitter of one pulse. */
const WINDOW_PULSES = 64;
/** Furthest that the rate of a reference may be off, parts per million: sync generators keep 10, crystals of computers 100. */
const PPM_MAX = 200;
/** A pulse more than this part of a period off its prediction is refused, whatever the jitter. */
const GATE_PART_MAX = 1 / 8;
/** A pulse less than this off is never refused, ns. */
const GATE_NS_MIN = 20_000;
/** A pulse more than this many times the mean deviation off is refused. */
const GATE_DEVIATIONS = 6;

/** Pulses that deviate more than this part of a period on average are not locked to: so does noise. */
const STEADY_PART_MAX = 1 / 32;

/** Where the pulses are: pulse `index` at `atNs + fractionNs`, the next ones each `periodNs` later. */
export interface PulseReference {
  /** Number of a pulse. As near as can be it is the TAI frame (at the rate of the pulses) that begins with the pulse. */
  readonly index: bigint;
  /** Its TAI instant, ns, rounded down. */
  readonly atNs: bigint;
  /** What the instant has beyond that, ns from 0 to 1. */
  readonly fractionNs: number;
  /** Distance of the pulses, ns. */
  readonly periodNs: number;
  /** Counts the jumps: instants of one epoch continue those before, those of another do not. */
  readonly epoch: number;
  /** TAI instant at which the epoch began, ns. */
  readonly sinceNs: bigint;
}

/** One estimate of phase and period. */
class PulseTrack {
  /** Accepted pulses. */
  count = 1;
  /** Pulses refused since the last accepted one. */
  refused = 0;
  atNs: bigint;
  fractionNs = 0;
  periodNs: number;
  /** Mean deviation of the pulses from their predictions, ns. */
  deviationNs = 0;
  /** Number of periods since the first pulse. */
  steps = 0;

  constructor(firstNs: bigint, periodNs: number) {
    this.atNs = firstNs;
    this.periodNs = periodNs;
  }

  /** Takes a pulse if it is near a prediction. @returns Whether it did. */
  offer(atNs: bigint): boolean {
    const elapsedNs = Number(atNs - this.atNs) - this.fractionNs;
    const steps = Math.round(elapsedNs / this.periodNs);
    const errorNs = elapsedNs - steps * this.periodNs;
    if (steps < 1 || Math.abs(errorNs) > this.#gateNs()) {
      this.refused++;
      return false;
    }
    this.refused = 0;
    this.count++;
    const memory = Math.min(this.count, WINDOW_PULSES);
    const phaseGain = (2 * (2 * memory - 1)) / (memory * (memory + 1));
    const periodGain = 6 / (memory * (memory + 1));
    const nextNs = this.fractionNs + steps * this.periodNs + phaseGain * errorNs;
    const wholeNs = Math.floor(nextNs);
    this.atNs += BigInt(wholeNs);
    this.fractionNs = nextNs - wholeNs;
    this.periodNs += (periodGain * errorNs) / steps;
    this.steps += steps;
    // The first two pulses lie on their line exactly; what they deviate says nothing.
    if (this.count > 2) this.deviationNs += (Math.abs(errorNs) - this.deviationNs) / (memory - 2);
    return true;
  }

  /** Whether the period can be that of the nominal rate: allows for `errors` times what it may be wrong by now. */
  isNear(nominalNs: number, errors: number): boolean {
    const memory = Math.min(this.count, WINDOW_PULSES);
    // Standard error of the slope of a line through `memory` points; 1.25 mean deviations are a standard deviation.
    const errorNs = (1.25 * this.deviationNs * Math.sqrt(12)) / memory ** 1.5;
    return Math.abs(this.periodNs - nominalNs) <= (nominalNs * PPM_MAX) / 1e6 + errors * errorNs;
  }

  #gateNs(): number {
    const widestNs = this.periodNs * GATE_PART_MAX;
    const usualNs = GATE_DEVIATIONS * this.deviationNs + GATE_NS_MIN;
    // A few pulses that happen to lie on a line say little about the next ones.
    const earlyNs = this.count < WINDOW_PULSES ? (widestNs * LOCK_PULSES) / this.count : 0;
    return Math.min(widestNs, Math.max(usualNs, earlyNs));
  }
}

/** Follows a pulse train. All instants are TAI ns. */
export class PulseModel {
  /** Whether pulses come as predicted. */
  locked = false;
  /** Whether it has been locked once: from then on beats have the period of the reference, before the nominal one. */
  wasLocked = false;
  /** Pulses taken into account. */
  accepted = 0;
  /** Pulses refused: spurious, or of a train that it does not follow, or does not yet. */
  refused = 0;
  /** How often the reference was lost. */
  losses = 0;
  /** How often the reference jumped by more than an eighth of a period. */
  jumps = 0;
  readonly #rate: Rate;
  readonly #nominalNs: number;
  #reference: PulseReference;
  #track: PulseTrack | undefined;
  #rival: PulseTrack | undefined;
  /** What is to be added to the steps of the track to get the index. */
  #firstIndex = 0n;
  /** Good pulses since the reference was lost. */
  #run = 0;
  /** The present when the last good pulse was told, which may be long after it was seen. */
  #heardNs = 0n;

  /**
   * Makes a model that assumes pulses at the starts of TAI frames until it sees some.
   *
   * @param rate The rate that the pulses are meant to have.
   * @param startNs An instant near the first pulses.
   */
  constructor(rate: Rate, startNs: bigint) {
    this.#rate = rate;
    this.#nominalNs = (1e9 * rate.den) / rate.num;
    const index = frameAt(startNs, rate);
    const atNs = instantOf(index, rate);
    this.#reference = { index, atNs, fractionNs: 0, periodNs: this.#nominalNs, epoch: 0, sinceNs: 0n };
  }

  /** Where the pulses are; while the reference is lost, where they would be. */
  get reference(): PulseReference {
    return this.#reference;
  }

  /** How much faster than nominal the pulses are, parts per million. */
  get ppm(): number {
    return (this.#nominalNs / this.#reference.periodNs - 1) * 1e6;
  }

  /** Mean deviation of the pulses from their predictions, ns. */
  get deviationNs(): number {
    return this.#track?.deviationNs ?? 0;
  }

  /** Time without a good pulse after which the reference is lost, ns. */
  get lossNs(): number {
    return Math.max(LOSS_NS_MIN, LOSS_PULSES * this.#reference.periodNs);
  }

  /**
   * Takes a pulse.
   *
   * @param atNs When it was seen.
   * @param nowNs The present, when that is later.
   */
  add(atNs: bigint, nowNs: bigint = atNs): void {
    if (this.#track?.offer(atNs)) {
      this.accepted++;
      this.#rival = undefined;
      this.#good(this.#track, nowNs);
      return;
    }
    this.refused++;
    // One spurious pulse must not undo a rival that has begun well.
    if (!this.#rival?.offer(atNs) && (!this.#rival || this.#rival.count < 3 || this.#rival.refused > 1)) {
      this.#rival = new PulseTrack(atNs, this.#nominalNs);
    }
    const isSteady = this.#rival.deviationNs <= this.#nominalNs * STEADY_PART_MAX;
    const isComplete = this.#rival.count >= LOCK_PULSES && this.#rival.refused === 0;
    if (isComplete && isSteady && this.#rival.isNear(this.#nominalNs, 4)) this.#adopt(this.#rival, nowNs);
  }

  /** Notices that no good pulse has come for too long. */
  check(nowNs: bigint): void {
    if (this.locked && Number(nowNs - this.#heardNs) > this.lossNs) this.#lose();
  }

  /**
   * TAI was stepped: what was seen so far has other instants from now on, and a new epoch begins.
   *
   * @param byNs By how much it jumped.
   * @param nowNs The present, after the step.
   */
  shift(byNs: bigint, nowNs: bigint): void {
    const before = this.#reference;
    const near = before.atNs + byNs;
    const index = frameAt((this.wasLocked ? near : nowNs) + BigInt(Math.round(this.#nominalNs / 2)), this.#rate);
    const atNs = this.wasLocked ? near : instantOf(index, this.#rate);
    this.#reference = { ...before, index, atNs, epoch: before.epoch + 1, sinceNs: nowNs };
    this.#firstIndex += index - before.index;
    this.#heardNs += byNs;
    if (this.#track) this.#track.atNs += byNs;
    if (this.#rival) this.#rival.atNs += byNs;
  }

  #good(track: PulseTrack, nowNs: bigint): void {
    if (!track.isNear(this.#nominalNs, 8)) {
      // It has drifted to another rate: beats go on at the last right one.
      this.#track = undefined;
      if (this.locked) this.#lose();
      return;
    }
    this.#heardNs = nowNs;
    this.#run++;
    if (this.#run >= LOCK_PULSES) this.locked = true;
    const { atNs: trackNs, fractionNs, periodNs } = track;
    const index = this.#firstIndex + BigInt(track.steps);
    this.#reference = { ...this.#reference, index, atNs: trackNs, fractionNs, periodNs };
  }

  #adopt(track: PulseTrack, nowNs: bigint): void {
    const before = this.#reference;
    const elapsedNs = Number(track.atNs - before.atNs) + track.fractionNs - before.fractionNs;
    const steps = Math.round(elapsedNs / before.periodNs);
    const jumpNs = elapsedNs - steps * before.periodNs;
    let index = before.index + BigInt(steps);
    if (Math.abs(jumpNs) > before.periodNs * GATE_PART_MAX) {
      index = frameAt(track.atNs + BigInt(Math.round(this.#nominalNs / 2)), this.#rate);
      this.#reference = { ...before, epoch: before.epoch + 1, sinceNs: nowNs };
      if (this.wasLocked) this.jumps++;
    }
    this.#track = track;
    this.#rival = undefined;
    this.#firstIndex = index - BigInt(track.steps);
    this.accepted += track.count;
    this.refused -= track.count;
    this.#run = track.count;
    this.wasLocked = true;
    this.#good(track, nowNs);
  }

  #lose(): void {
    this.locked = false;
    this.losses++;
    this.#run = 0;
  }
}
