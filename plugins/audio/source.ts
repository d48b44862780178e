/** What makes the samples of one channel. */

/** A mono signal with a memory: each call goes on where the last one ended. Allocates nothing per call. */
export interface SampleSource {
  /**
   * Writes `count` samples to `out[start]`, `out[start + stride]`, … (float32, full scale ±1). The buffer is the
   * caller's and not kept.
   */
  fill(out: Float32Array, start: number, stride: number, count: number): void;
  /** Goes on as if `count` samples had been written. A noise has no position and ignores it. */
  skip(count: number): void;
  /** Moves to another amplitude (peak of a tone, RMS of a noise) within 5 ms. */
  setAmplitude(amplitude: number): void;
}

/** Silence: zeros. */
export class SilenceSource implements SampleSource {
  fill(out: Float32Array, start: number, stride: number, count: number): void {
    const end = start + count * stride;
    for (let index = start; index < end; index += stride) out[index] = 0;
  }

  skip(_count: number): void {}

  setAmplitude(_amplitude: number): void {}
}
