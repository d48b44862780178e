/**
 * A bounded queue of byte blocks between two threads: one writer, one reader, fixed slots in shared memory.
 *
 * Each slot has four float64 numbers in front of its bytes. The writer fills the head slot and publishes it, the reader
 * looks at the tail slot and releases it; nobody allocates, copies or locks. The counters run on and wrap at 2^32.
 *
 * @module
 */

const NUMBERS = 4;
const HEADER_BYTES = NUMBERS * 8;
const ALIGNMENT = 64;

/** How a queue is laid out; both threads make their own {@linkcode SlotQueue} from it. */
export interface SlotQueueLayout {
  readonly memory: SharedArrayBuffer;
  /** Slots, a power of two. */
  readonly slots: number;
  /** Bytes of one slot's payload. */
  readonly slotBytes: number;
  /** Words of the control block that count slots written and slots read. */
  readonly writtenWord: number;
  readonly readWord: number;
}

/** Memory and layout for `slots` (a power of two) of `slotBytes` each. */
export function newSlotQueueLayout(
  slots: number,
  slotBytes: number,
  writtenWord: number,
  readWord: number,
): SlotQueueLayout {
  const memory = new SharedArrayBuffer(slots * strideOf(slotBytes));
  return { memory, slots, slotBytes, writtenWord, readWord };
}

/** One slot: the four numbers mean what the two sides agree on. Valid until published or released. */
export interface Slot {
  readonly numbers: Float64Array;
  readonly bytes: Uint8Array;
}

/** One end of the queue. */
export class SlotQueue {
  readonly #words: Int32Array;
  readonly #layout: SlotQueueLayout;
  readonly #slots: readonly Slot[];

  constructor(words: Int32Array, layout: SlotQueueLayout) {
    this.#words = words;
    this.#layout = layout;
    const stride = strideOf(layout.slotBytes);
    this.#slots = Array.from({ length: layout.slots }, (_, i) => ({
      numbers: new Float64Array(layout.memory, i * stride, NUMBERS),
      bytes: new Uint8Array(layout.memory, i * stride + HEADER_BYTES, layout.slotBytes),
    }));
  }

  /** Bytes one slot holds. */
  get slotBytes(): number {
    return this.#layout.slotBytes;
  }

  /** Slots written and not yet released. */
  get filled(): number {
    const { writtenWord, readWord } = this.#layout;
    return (Atomics.load(this.#words, writtenWord) - Atomics.load(this.#words, readWord)) | 0;
  }

  /** Slots the writer may fill. */
  get free(): number {
    return this.#layout.slots - this.filled;
  }

  /** Writer: the slot to fill, or undefined if all are filled. */
  head(): Slot | undefined {
    return this.free > 0 ? this.#at(this.#layout.writtenWord) : undefined;
  }

  /** Writer: hands the head slot to the reader. */
  publish(): void {
    Atomics.add(this.#words, this.#layout.writtenWord, 1);
  }

  /** Reader: the oldest filled slot, or undefined if there is none. */
  tail(): Slot | undefined {
    return this.filled > 0 ? this.#at(this.#layout.readWord) : undefined;
  }

  /** Reader: gives the tail slot back to the writer. */
  release(): void {
    Atomics.add(this.#words, this.#layout.readWord, 1);
  }

  #at(word: number): Slot {
    return this.#slots[(Atomics.load(this.#words, word) >>> 0) % this.#layout.slots];
  }
}

function strideOf(slotBytes: number): number {
  return Math.ceil((HEADER_BYTES + slotBytes) / ALIGNMENT) * ALIGNMENT;
}
