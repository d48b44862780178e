/**
 * Changes the sample rate of interleaved float32 sound.
 *
 * A windowed-sinc low-pass evaluated at the exact phases of the rational ratio (44100 → 48000 is 160/147), with a
 * Kaiser window: about 90 dB of stop band, flat to 0.9 of the lower Nyquist frequency. Output frame n stands at the
 * instant n / outRate of the input, with no delay: before the first and after the last input frame there is silence.
 *
 * @module
 */

/** Zero crossings of the sinc on either side, at the lower of the two rates. */
const HALF_WIDTH = 24;
const KAISER_BETA = 9;
const PASS = 0.94;

/** A stream of one rate and channel count turned into another rate. Not for sharing between streams. */
export class Resampler {
  readonly #channels: number;
  readonly #up: number;
  readonly #down: number;
  readonly #taps: number;
  readonly #reach: number;
  readonly #bank: Float32Array;
  /** Input frames not yet out of reach; the first of them has number `#start` (may be negative: silence before all). */
  #held: Float32Array;
  #heldFrames: number;
  #start: number;
  #inputFrames: number = 0;
  #outputFrames: number = 0;

  /**
   * @param inRateHz Frames per second that come in, an integer > 0.
   * @param outRateHz Frames per second that go out, an integer > 0.
   * @param channels Channels, > 0.
   */
  constructor(inRateHz: number, outRateHz: number, channels: number) {
    const divisor = greatestCommonDivisor(inRateHz, outRateHz);
    this.#channels = channels;
    this.#up = outRateHz / divisor;
    this.#down = inRateHz / divisor;
    const cutoff = Math.min(1, outRateHz / inRateHz);
    this.#reach = Math.ceil(HALF_WIDTH / cutoff);
    this.#taps = 2 * this.#reach;
    this.#bank = makeBank(this.#up, this.#reach, cutoff * PASS);
    this.#heldFrames = this.#reach;
    this.#held = new Float32Array(this.#reach * channels);
    this.#start = -this.#reach;
  }

  /** Takes `samples` in (interleaved, read before the call returns) and answers what is ready; it is the caller's. */
  push(samples: Float32Array): Float32Array {
    this.#append(samples);
    this.#inputFrames += samples.length / this.#channels;
    return this.#produce(Infinity);
  }

  /** What is left at the end of the stream: in all, ⌈input frames · outRate / inRate⌉ frames have then come out. */
  end(): Float32Array {
    this.#append(new Float32Array(this.#taps * this.#channels));
    return this.#produce(Math.ceil((this.#inputFrames * this.#up) / this.#down));
  }

  #append(samples: Float32Array): void {
    const kept = this.#heldFrames * this.#channels;
    const joined = new Float32Array(kept + samples.length);
    joined.set(this.#held.subarray(0, kept));
    joined.set(samples, kept);
    this.#held = joined;
    this.#heldFrames = joined.length / this.#channels;
  }

  #produce(outputFramesMax: number): Float32Array {
    const channels = this.#channels;
    const available = this.#start + this.#heldFrames;
    // Output n needs input frames up to ⌊n·down/up⌋ + reach.
    const last = Math.ceil(((available - this.#reach) * this.#up) / this.#down) - 1;
    const count = Math.max(0, Math.min(last + 1, outputFramesMax) - this.#outputFrames);
    const output = new Float32Array(count * channels);
    for (let i = 0; i < count; i++) {
      const position = (this.#outputFrames + i) * this.#down;
      const whole = Math.floor(position / this.#up);
      const bankAt = (position - whole * this.#up) * this.#taps;
      const heldAt = whole - this.#reach + 1 - this.#start;
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let tap = 0, at = heldAt * channels + channel; tap < this.#taps; tap++, at += channels) {
          sum += this.#held[at] * this.#bank[bankAt + tap];
        }
        output[i * channels + channel] = sum;
      }
    }
    this.#outputFrames += count;
    this.#forget();
    return output;
  }

  #forget(): void {
    const needed = Math.floor((this.#outputFrames * this.#down) / this.#up) - this.#reach + 1;
    const gone = Math.max(0, Math.min(this.#heldFrames, needed - this.#start));
    this.#held.copyWithin(0, gone * this.#channels, this.#heldFrames * this.#channels);
    this.#heldFrames -= gone;
    this.#start += gone;
  }
}

/** Tap t of phase p weighs input frame ⌊position⌋ − reach + 1 + t for an output p/up after ⌊position⌋. */
function makeBank(up: number, reach: number, cutoff: number): Float32Array {
  const taps = 2 * reach;
  const bank = new Float32Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    const weights = new Float64Array(taps);
    let total = 0;
    for (let tap = 0; tap < taps; tap++) {
      const distance = tap - reach + 1 - phase / up;
      weights[tap] = sinc(distance * cutoff) * kaiser(distance / reach);
      total += weights[tap];
    }
    for (let tap = 0; tap < taps; tap++) bank[phase * taps + tap] = weights[tap] / total;
  }
  return bank;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
