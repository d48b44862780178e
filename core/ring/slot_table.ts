/**
 * Views on the slots of a ring's memory, made once per ring and then reused.
 *
 * @module
 */
import { CONTROL, planRing, type RingPlan, SLOT, SLOT_HEADER_BYTES } from "./layout.ts";
import type { Ring } from "./ring.ts";

const HIGH_WORD = 0x1_0000_0000;

/** Words and bytes of a ring's slots. Valid until the ring is closed. */
export class SlotTable {
  readonly #ring: Ring;
  readonly #plan: RingPlan;
  readonly #u32: Uint32Array;
  readonly #i64: BigInt64Array;
  readonly #payloads: (Uint8Array | undefined)[] = [];

  /** @param ring The ring whose memory is looked at. */
  constructor(ring: Ring) {
    this.#ring = ring;
    this.#plan = planRing(ring.config);
    const words = this.#plan.payloadOffset;
    this.#u32 = new Uint32Array(ring.memory, 0, words / 4);
    this.#i64 = new BigInt64Array(ring.memory, 0, words / 8);
  }

  /** Whole payload of a slot. The same view at every call. */
  payload(slot: number): Uint8Array {
    return this.#payloads[slot] ??= new Uint8Array(
      this.#ring.memory,
      this.#plan.payloadOffset + slot * this.#plan.payloadStride,
      this.#ring.config.payloadBytes,
    );
  }

  /** Whole metadata record of a slot. */
  metadata(slot: number): Uint8Array {
    const bytes = this.#ring.config.metadataBytes;
    return new Uint8Array(this.#ring.memory, this.#plan.metadataOffset + slot * bytes, bytes);
  }

  /** A u32 of a slot header; `field` is a byte offset of {@linkcode SLOT}. */
  word(slot: number, field: number): number {
    return this.#u32[(this.#header(slot) + field) >> 2];
  }

  /** Sets a u32 of a slot header. Only between loan and commit. */
  setWord(slot: number, field: number, value: number): void {
    this.#u32[(this.#header(slot) + field) >> 2] = value;
  }

  /** A 64-bit count of a slot header as a number; exact below 2^53. */
  count(slot: number, field: number): number {
    const index = (this.#header(slot) + field) >> 2;
    return this.#u32[index] + this.#u32[index + 1] * HIGH_WORD;
  }

  /** A 64-bit instant of a slot header. */
  instant(slot: number, field: number): bigint {
    return this.#i64[(this.#header(slot) + field) >> 3];
  }

  /** Sets a 64-bit field of a slot header. Only between loan and commit. */
  setInstant(slot: number, field: number, value: bigint): void {
    this.#i64[(this.#header(slot) + field) >> 3] = value;
  }

  /** Sequence number of a slot, from 1. */
  sequence(slot: number): number {
    return this.count(slot, SLOT.sequence);
  }

  /** Sequence number of the newest commit; 0 before the first. */
  get headSequence(): number {
    const index = CONTROL.headSequence >> 2;
    return this.#u32[index] + this.#u32[index + 1] * HIGH_WORD;
  }

  /** Items that the writer dropped because no slot was free. */
  get droppedCount(): number {
    const index = CONTROL.droppedCount >> 2;
    return this.#u32[index] + this.#u32[index + 1] * HIGH_WORD;
  }

  /** Why the ring ended; 0 while it is open. */
  get ended(): number {
    return Atomics.load(this.#u32, CONTROL.ended >> 2);
  }

  #header(slot: number): number {
    return this.#plan.slotHeaderOffset + slot * SLOT_HEADER_BYTES;
  }
}
