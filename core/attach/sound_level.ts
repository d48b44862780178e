/**
 * How loud sound is.
 *
 * @module
 */
import type { ChannelLevel } from "./protocol.ts";

/** Adds up blocks of interleaved samples. */
export class SoundLevel {
  #peaks = new Float64Array(0);
  #squares = new Float64Array(0);
  #frames = 0;

  /** Adds a block; one of another number of channels begins anew. */
  add(samples: Float32Array, channels: number): void {
    if (channels !== this.#peaks.length) {
      this.#peaks = new Float64Array(channels);
      this.#squares = new Float64Array(channels);
      this.#frames = 0;
    }
    const [peaks, squares] = [this.#peaks, this.#squares];
    for (let at = 0; at < samples.length; at += channels) {
      for (let channel = 0; channel < channels; channel++) {
        const sample = samples[at + channel];
        const size = Math.abs(sample);
        if (size > peaks[channel]) peaks[channel] = size;
        squares[channel] += sample * sample;
      }
    }
    this.#frames += samples.length / channels;
  }

  /** The levels since the last call, and none of it any more. */
  take(): ChannelLevel[] {
    const levels = [...this.#peaks].map((peak, channel) => ({
      peakDbfs: dbfsOf(peak),
      rmsDbfs: dbfsOf(Math.sqrt(this.#squares[channel] / Math.max(1, this.#frames))),
    }));
    this.#peaks.fill(0);
    this.#squares.fill(0);
    this.#frames = 0;
    return levels;
  }
}

/** To 0.01 dB; `null` where there is no number. */
function dbfsOf(value: number): number | null {
  const dbfs = Math.round(2000 * Math.log10(value)) / 100;
  return Number.isFinite(dbfs) ? dbfs : null;
}
