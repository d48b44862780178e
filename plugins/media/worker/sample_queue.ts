/**
 * A bounded stream of interleaved float32 sound between two threads: one writer, one reader.
 *
 * @module
 */

/** How a queue is laid out; both threads make their own {@linkcode SampleQueue} from it. */
export interface SampleQueueLayout {
  readonly memory: SharedArrayBuffer;
  /** Frames it holds, a power of two. */
  readonly frames: number;
  readonly channels: number;
  /** Words of the control block that count frames written and frames read. */
  readonly writtenWord: number;
  readonly readWord: number;
}

/** Memory and layout for `frames` (a power of two) of `channels` samples. */
export function newSampleQueueLayout(
  frames: number,
  channels: number,
  writtenWord: number,
  readWord: number,
): SampleQueueLayout {
  return { memory: new SharedArrayBuffer(frames * channels * 4), frames, channels, writtenWord, readWord };
}

/** One end of the queue. */
export class SampleQueue {
  readonly #words: Int32Array;
  readonly #layout: SampleQueueLayout;
  readonly #samples: Float32Array;

  constructor(words: Int32Array, layout: SampleQueueLayout) {
    this.#words = words;
    this.#layout = layout;
    this.#samples = new Float32Array(layout.memory);
  }

  /** Frames written and not yet read. */
  get filled(): number {
    const { writtenWord, readWord } = this.#layout;
    return (Atomics.load(this.#words, writtenWord) - Atomics.load(this.#words, readWord)) | 0;
  }

  /** Writer: copies as many whole frames of `samples` in as there is room for, and answers how many. */
  write(samples: Float32Array): number {
    const { frames: capacity, channels, writtenWord } = this.#layout;
    const frames = Math.min(samples.length / channels, capacity - this.filled);
    const at = (Atomics.load(this.#words, writtenWord) >>> 0) % capacity;
    const first = Math.min(frames, capacity - at);
    this.#samples.set(samples.subarray(0, first * channels), at * channels);
    this.#samples.set(samples.subarray(first * channels, frames * channels), 0);
    Atomics.add(this.#words, writtenWord, frames);
    return frames;
  }

  /** Reader: copies up to `frames` frames to the start of `into`, and answers how many. */
  read(into: Float32Array, frames: number): number {
    const { frames: capacity, channels, readWord } = this.#layout;
    const count = Math.min(frames, this.filled);
    const at = (Atomics.load(this.#words, readWord) >>> 0) % capacity;
    const first = Math.min(count, capacity - at);
    into.set(this.#samples.subarray(at * channels, (at + first) * channels));
    into.set(this.#samples.subarray(0, (count - first) * channels), first * channels);
    Atomics.add(this.#words, readWord, count);
    return count;
  }
}
