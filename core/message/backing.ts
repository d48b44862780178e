/**
 * What a ring keeps beside its memory: pictures on a device, for example.
 *
 * @module
 */

/** A ring, as far as what is behind its slots depends on it. */
export interface RingShape {
  /** Its slots. */
  readonly slotCount: number;
  /** Number of the ring at its output, from 1. */
  readonly generation: number;
}

/** What is behind the slots of one ring. Kept by the writer's thread for as long as anybody there uses the ring. */
export interface RingBacking {
  /** Gives it back; called once. */
  close(): void;
}
