/**
 * White and pink noise that come out the same for the same seed, bit by bit, on every machine and runtime: only
 * integer operations, additions and multiplications are used.
 */
import { Gain } from "./level.ts";
import type { SampleSource } from "./source.ts";

/** 32 random bits at a time: xoshiro128** (Blackman and Vigna), seeded through SplitMix32. Period 2^128 - 1. */
export class RandomBits {
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;

  /** Starts the sequence that belongs to a seed. @param seed any whole number from 0 to 2^32 - 1. */
  constructor(seed: number) {
    let state = seed >>> 0;
    function next(): number {
      state = (state + 0x9e3779b9) >>> 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x21f0aaad);
      mixed ^= mixed >>> 15;
      mixed = Math.imul(mixed, 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) >>> 0;
    }
    this.#s0 = next();
    this.#s1 = next();
    this.#s2 = next();
    this.#s3 = next();
  }

  /** A whole number from 0 to 2^32 - 1, each equally likely. */
  next(): number {
    const product = Math.imul(this.#s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.#s1 << 9;
    this.#s2 ^= this.#s0;
    this.#s3 ^= this.#s1;
    this.#s1 ^= this.#s2;
    this.#s0 ^= this.#s3;
    this.#s2 ^= shifted;
    this.#s3 = (this.#s3 << 11) | (this.#s3 >>> 21);
    return result;
  }
}

/** Bits to a number from -1 to 1 (excluded); RMS 1/√3. */
const perBit = 2 / 2 ** 32;

/** White noise, uniformly distributed: flat spectrum, peaks at √3 times the RMS value. */
export class WhiteNoiseSource implements SampleSource {
  readonly #random: RandomBits;
  readonly #gain: Gain;

  /** Starts the noise of a seed. @param rms RMS value; up to 0.577 the samples stay within ±1. */
  constructor(rateHz: number, rms: number, seed: number) {
    this.#random = new RandomBits(seed);
    this.#gain = new Gain(rateHz, rms * Math.sqrt(3));
  }

  setAmplitude(rms: number): void {
    this.#gain.moveTo(rms * Math.sqrt(3));
  }

  fill(out: Float32Array, start: number, stride: number, count: number): void {
    const random = this.#random;
    const gain = this.#gain;
    const end = start + count * stride;
    for (let index = start; index < end; index += stride) out[index] = gain.next() * (random.next() * perBit - 1);
  }

  skip(_count: number): void {}
}

/** RMS value of the filter below for white noise of RMS 1: the root of the energy of its impulse response. */
const pinkFilterRms = 3.0525275463;

/**
 * Pink noise: white noise through Paul Kellet's filter of six one-pole sections, within ±0.05 dB of -3 dB per octave
 * from 9 Hz to the upper band edge at 44.1 kHz (the range scales with the rate). Nearly Gaussian: single peaks reach
 * 4 to 5 times the RMS value.
 */
export class PinkNoiseSource implements SampleSource {
  readonly #random: RandomBits;
  readonly #gain: Gain;
  #pole0: number = 0;
  #pole1: number = 0;
  #pole2: number = 0;
  #pole3: number = 0;
  #pole4: number = 0;
  #pole5: number = 0;
  #delayed: number = 0;

  /** Starts the noise of a seed. @param rms RMS value. */
  constructor(rateHz: number, rms: number, seed: number) {
    this.#random = new RandomBits(seed);
    this.#gain = new Gain(rateHz, (rms * Math.sqrt(3)) / pinkFilterRms);
  }

  setAmplitude(rms: number): void {
    this.#gain.moveTo((rms * Math.sqrt(3)) / pinkFilterRms);
  }

  fill(out: Float32Array, start: number, stride: number, count: number): void {
    const end = start + count * stride;
    for (let index = start; index < end; index += stride) out[index] = this.#gain.next() * this.#filter();
  }

  skip(_count: number): void {}

  #filter(): number {
    const white = this.#random.next() * perBit - 1;
    this.#pole0 = 0.99886 * this.#pole0 + 0.0555179 * white;
    this.#pole1 = 0.99332 * this.#pole1 + 0.0750759 * white;
    this.#pole2 = 0.969 * this.#pole2 + 0.153852 * white;
    this.#pole3 = 0.8665 * this.#pole3 + 0.3104856 * white;
    this.#pole4 = 0.55 * this.#pole4 + 0.5329522 * white;
    this.#pole5 = -0.7616 * this.#pole5 - 0.016898 * white;
    const pink = this.#pole0 + this.#pole1 + this.#pole2 + this.#pole3 + this.#pole4 + this.#pole5 + this.#delayed;
    this.#delayed = 0.115926 * white;
    return pink + 0.5362 * white;
  }
}
