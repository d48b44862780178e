/**
 * A reader's place in one generation of a ring.
 *
 * @module
 */
import type { Generation } from "./generation.ts";

/**
 * A reader's place, and how often it has pinned each slot. Closed when it is told to and nothing is pinned any more.
 */
export class Attachment<F extends object> {
  readonly generation: Generation<F>;
  readonly reader: number;
  /** Sequence (within the generation) of the newest item read. */
  cursor = 0;
  readonly #pins: Uint16Array;
  #pinned = 0;
  #closing = false;
  #isRevoked = false;

  /** @throws {StreamError} `ring-full` if the ring has no place for another reader. */
  constructor(generation: Generation<F>) {
    this.reader = generation.ring.openReader();
    this.generation = generation;
    this.#pins = new Uint16Array(generation.ring.config.slotCount);
    generation.acquire();
  }

  /** Counts a pin that the ring has granted. */
  pinned(slot: number): void {
    this.#pins[slot]++;
    this.#pinned++;
  }

  /** Lets one pin go; the slot is free when its last pin went. */
  unpin(slot: number): void {
    if (this.#isRevoked) return;
    this.#pinned--;
    if (--this.#pins[slot] === 0) this.generation.ring.unpin(this.reader, slot);
    if (this.#closing && this.#pinned === 0) this.#close();
  }

  /** Whether its pins were taken away; what they held can no longer be looked at. */
  get isRevoked(): boolean {
    return this.#isRevoked;
  }

  /** Takes all pins away. @returns The same place without pins. */
  renew(): Attachment<F> {
    if (this.#pinned === 0) return this;
    this.#isRevoked = true;
    this.generation.ring.closeReader(this.reader);
    const renewed = new Attachment(this.generation);
    renewed.cursor = this.cursor;
    this.generation.release();
    return renewed;
  }

  /** Gives the place back as soon as nothing is pinned. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#pinned === 0) this.#close();
  }

  #close(): void {
    this.generation.ring.closeReader(this.reader);
    this.generation.release();
  }
}
