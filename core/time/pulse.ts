/**
 * Pulses: devices that say "now".
 *
 * @module
 */
import { clearTimeout, setTimeout } from "node:timers";
import { StreamError } from "../errors.ts";
import { loadNative } from "../native.ts";
import { monotonicNowNs, taiOf } from "./now.ts";
import { frameAt, instantOf, type Rate, toRate } from "./rate.ts";

/**
 * A device that says "now" at a steady rate: the field or frame pulse of black burst or tri-level sync, a pulse per
 * second, word clock. A device driver implements this; `GenlockClock` makes beats of it.
 */
export interface Pulse {
  /** Names the reference in clock ids, so one name means one reference: a letter or digit, then those, `.`, `_`, `-`. */
  readonly name: string;
  /** Pulses per second that the reference is meant to have. */
  readonly rate: Rate;
  /**
   * Calls `onPulse` with the monotonic time of each pulse, ns, from now on: the time at which the device saw the pulse,
   * not that of the call, which may be later. Pulses come in their order; some may be left out, for example when the
   * event loop stood still. To listen keeps no process alive.
   *
   * @returns A function that ends it.
   */
  listen(onPulse: (monotonicNs: bigint) => void): () => void;
}

/** What a {@linkcode SimulatedPulse} is like. */
export interface SimulatedPulseOptions {
  /** Name of the reference. Default `simulated`. */
  readonly name?: string;
  /** Pulses per second: a number or a fraction. */
  readonly rate: number | Rate;
  /** How long after the starts of TAI frames the pulses are at first, ns. Default 0. */
  readonly phaseNs?: number;
  /** Each pulse is off by up to this, either way, ns; from 0 to a quarter of a period. Default 0. */
  readonly jitterNs?: number;
  /** How much faster than {@linkcode SimulatedPulseOptions.rate} it is, parts per million; -100000 to 100000. Default 0. */
  readonly ppm?: number;
  /** Pulses of the same seed have the same jitter. An integer from 0 to 2³² − 1. Default 1. */
  readonly seed?: number;
}

/** What a {@linkcode SimulatedPulse} has done so far. */
export interface SimulatedPulseStats {
  /** Pulses that were told to listeners. */
  readonly pulses: number;
  /** Pulses that nobody was told of, because the event loop stood still until the next one. */
  readonly skipped: number;
}

/** A pulse without a device, for tests and for trying out what a lost reference does. */
export class SimulatedPulse implements Pulse {
  /** Name of the reference. */
  readonly name: string;
  /** Pulses per second that it is meant to have, in lowest terms. */
  readonly rate: Rate;
  readonly #phaseNs: number;
  readonly #jitterNs: number;
  readonly #periodNs: number;
  readonly #seed: number;
  readonly #listeners = new Set<(monotonicNs: bigint) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** TAI instant of pulse 0; set when somebody listens for the first time. */
  #originNs: bigint | undefined;
  /** TAI less monotonic time when the first pulse was to come, ns. */
  #offsetNs: bigint | undefined;
  #lastIndex = -1;
  #isLost = false;
  #pulses = 0;
  #skipped = 0;

  /**
   * Makes a pulse.
   *
   * @throws {StreamError} `clock-invalid` if an option is out of range.
   * @throws {RangeError} As {@linkcode toRate}.
   */
  constructor(options: SimulatedPulseOptions) {
    const { name = "simulated", phaseNs = 0, jitterNs = 0, ppm = 0, seed = 1 } = options;
    this.name = name;
    this.rate = toRate(options.rate);
    this.#periodNs = (1e9 * this.rate.den) / this.rate.num / (1 + ppm / 1e6);
    const quarterNs = this.#periodNs / 4;
    demand(Number.isFinite(phaseNs), "phaseNs", phaseNs, "a finite number");
    demand(Math.abs(ppm) <= 1e5, "ppm", ppm, "a number from -100000 to 100000");
    demand(jitterNs >= 0 && jitterNs <= quarterNs, "jitterNs", jitterNs, `a number from 0 to ${Math.floor(quarterNs)}`);
    demand(seed >>> 0 === seed, "seed", seed, "an integer from 0 to 4294967295");
    this.#phaseNs = phaseNs;
    this.#jitterNs = jitterNs;
    this.#seed = seed;
  }

  /** Listens; see {@linkcode Pulse.listen}. After a standstill of the event loop only the newest pulse is told. */
  listen(onPulse: (monotonicNs: bigint) => void): () => void {
    const listener = (atNs: bigint): void => onPulse(atNs);
    this.#listeners.add(listener);
    // The library brings another monotonic time: nothing may be told before it is known which one counts.
    void loadNative().then(() => this.#resume());
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#pause();
    };
  }

  /** The reference fails: no pulses until {@linkcode SimulatedPulse.restore}. */
  lose(): void {
    this.#isLost = true;
    this.#pause();
  }

  /**
   * The reference comes back.
   *
   * @param shiftNs How much later than before its pulses are from now on, ns. Default 0: it went on unseen.
   * @throws {StreamError} `clock-invalid` if `shiftNs` is not a finite number.
   */
  restore(shiftNs = 0): void {
    demand(Number.isFinite(shiftNs), "shiftNs", shiftNs, "a finite number");
    this.#isLost = false;
    if (this.#originNs !== undefined) this.#originNs += BigInt(Math.round(shiftNs));
    this.#resume();
  }

  /** What it has done so far. */
  stats(): SimulatedPulseStats {
    return { pulses: this.#pulses, skipped: this.#skipped };
  }

  #resume(): void {
    if (this.#timer !== undefined || this.#isLost || this.#listeners.size === 0) return;
    // Pulses come at their own pace, whatever becomes of TAI.
    const monotonicNs = monotonicNowNs();
    this.#offsetNs ??= taiOf(monotonicNs) - monotonicNs;
    const nowNs = this.#nowNs();
    this.#originNs ??= instantOf(frameAt(nowNs, this.rate), this.rate) + BigInt(Math.round(this.#phaseNs));
    this.#lastIndex = this.#indexAt(nowNs);
    this.#arm(nowNs);
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(nowNs: bigint): void {
    const ms = Math.max(0, Math.ceil(Number(this.#instantOf(this.#lastIndex + 1) - nowNs) / 1e6));
    this.#timer = setTimeout(() => this.#fire(), ms);
    this.#timer.unref();
  }

  #fire(): void {
    const nowNs = this.#nowNs();
    const index = this.#indexAt(nowNs);
    if (index > this.#lastIndex) {
      this.#pulses++;
      this.#skipped += index - this.#lastIndex - 1;
      this.#lastIndex = index;
      const atNs = this.#instantOf(index) - (this.#offsetNs ?? 0n);
      for (const listener of [...this.#listeners]) listener(atNs);
    }
    // A listener may have ended it all.
    if (this.#timer !== undefined) this.#arm(nowNs);
  }

  /** TAI, as it was going when the first pulse was to come. */
  #nowNs(): bigint {
    return monotonicNowNs() + (this.#offsetNs ?? 0n);
  }

  /** The newest pulse that has happened by `nowNs`. */
  #indexAt(nowNs: bigint): number {
    let index = Math.floor(Number(nowNs - (this.#originNs ?? 0n)) / this.#periodNs) + 1;
    while (this.#instantOf(index) > nowNs) index--;
    return index;
  }

  #instantOf(index: number): bigint {
    const jitterNs = this.#jitterNs * (2 * scatter(this.#seed, index) - 1);
    return (this.#originNs ?? 0n) + BigInt(Math.round(index * this.#periodNs + jitterNs));
  }
}

/** A number from 0 to 1 for each index (the mixing steps of splitmix32). */
function scatter(seed: number, index: number): number {
  let mixed = (seed + Math.imul(index, 0x9e3779b9)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

function demand(isRight: boolean, option: string, value: number, right: string): void {
  if (isRight) return;
  throw new StreamError("clock-invalid", `Cannot simulate a pulse: ${option} is ${value}; it must be ${right}`);
}
