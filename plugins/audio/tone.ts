/**
 * A sine that does not drift.
 *
 * Adding a rounded phase step sample after sample drifts, and `sin(2π · f · n / rate)` loses digits as n grows.
 * Here the phase is a whole number of micro-hertz steps out of `rate × 10⁶`, added and wrapped without any rounding:
 * after a day it is still the exact phase of the frequency (which is itself rounded to 1 µHz).
 */
import { Gain } from "./level.ts";
import type { SampleSource } from "./source.ts";

const stepsPerHertz = 1e6;

/** A sine of one frequency; frequency and level can be changed between blocks, the phase goes on. */
export class ToneSource implements SampleSource {
  readonly #modulus: number;
  readonly #radiansPerStep: number;
  readonly #gain: Gain;
  #increment: number;
  #phase: number;

  /**
   * Starts at a phase.
   *
   * @param rateHz samples per second.
   * @param frequencyHz above 0 and below half of the rate.
   * @param peak amplitude, 0 to 1.
   * @param phaseDegrees phase of the first sample; 0 starts at zero, rising.
   */
  constructor(rateHz: number, frequencyHz: number, peak: number, phaseDegrees: number) {
    this.#modulus = rateHz * stepsPerHertz;
    this.#radiansPerStep = (2 * Math.PI) / this.#modulus;
    this.#gain = new Gain(rateHz, peak);
    this.#increment = Math.round(frequencyHz * stepsPerHertz);
    const turns = (((phaseDegrees / 360) % 1) + 1) % 1;
    this.#phase = Math.round(turns * this.#modulus) % this.#modulus;
  }

  /** Changes the frequency from the next sample on, without a jump in the signal. */
  setFrequency(frequencyHz: number): void {
    this.#increment = Math.round(frequencyHz * stepsPerHertz);
  }

  setAmplitude(peak: number): void {
    this.#gain.moveTo(peak);
  }

  fill(out: Float32Array, start: number, stride: number, count: number): void {
    const gain = this.#gain;
    const modulus = this.#modulus;
    const increment = this.#increment;
    const radiansPerStep = this.#radiansPerStep;
    let phase = this.#phase;
    const end = start + count * stride;
    for (let index = start; index < end; index += stride) {
      out[index] = gain.next() * Math.sin(phase * radiansPerStep);
      phase += increment;
      if (phase >= modulus) phase -= modulus;
    }
    this.#phase = phase;
  }

  skip(count: number): void {
    const steps = (BigInt(count) * BigInt(this.#increment)) % BigInt(this.#modulus);
    this.#phase = (this.#phase + Number(steps)) % this.#modulus;
  }
}
