/**
 * One generation of an output's ring, kept as long as somebody needs it.
 *
 * @module
 */
import type { RingBacking } from "../message/backing.ts";
import type { Ring } from "../ring/ring.ts";
import { SlotTable } from "../ring/slot_table.ts";

/** A ring, its views, its format, and a count of who uses it. */
export class Generation<F extends object> {
  readonly ring: Ring;
  readonly table: SlotTable;
  readonly format: F;
  /** Items committed in earlier generations: sequence numbers continue. */
  readonly sequenceBase: number;
  /** What is behind its slots, in the writer's thread. */
  readonly backing: RingBacking | undefined;
  #users = 1;

  constructor(ring: Ring, format: F, sequenceBase: number, backing?: RingBacking) {
    this.ring = ring;
    this.backing = backing;
    this.table = new SlotTable(ring);
    this.format = format;
    this.sequenceBase = sequenceBase;
  }

  /** Readers that have a place in it. */
  get readers(): number {
    return this.#users - 1;
  }

  /** One more user. */
  acquire(): void {
    this.#users++;
  }

  /** One user fewer; the last one closes the ring. */
  release(): void {
    if (--this.#users > 0) return;
    this.ring.close();
    this.backing?.close();
  }
}
