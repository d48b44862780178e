/**
 * Views of a ring's memory for the tests of this package.
 *
 * @module
 */

import { type NativeRing, ringControlLayout, ringSlotHeaderLayout } from "../mod.ts";

/** Reads and writes the words of a ring by the names of the layout. */
export class RingViews {
  readonly control: Uint32Array;
  readonly bytes: DataView;
  readonly payloads: readonly Uint32Array[];

  constructor(ring: NativeRing) {
    this.control = new Uint32Array(ring.buffer, 0, 1024);
    this.bytes = new DataView(ring.buffer);
    const offset = this.word("payloadOffset");
    const stride = this.word("payloadStride");
    const words = this.word("payloadBytes") / 4;
    this.payloads = Array.from(
      { length: this.word("slotCount") },
      (_, slot) => new Uint32Array(ring.buffer, offset + slot * stride, words),
    );
  }

  word(name: keyof typeof ringControlLayout): number {
    return this.control[ringControlLayout[name] / 4];
  }

  /** Where a field of a slot's header lies. */
  headerOffset(slot: number, field: keyof typeof ringSlotHeaderLayout): number {
    return this.word("slotHeaderOffset") + slot * ringSlotHeaderLayout.structBytes + ringSlotHeaderLayout[field];
  }

  headSequence(): number {
    return Number(this.bytes.getBigUint64(ringControlLayout.headSequence, true));
  }

  sequenceOf(slot: number): number {
    return Number(this.bytes.getBigUint64(this.headerOffset(slot, "sequence"), true));
  }
}
