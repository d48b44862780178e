/**
 * One generation of a ring: fixed slots in memory, one writer, many readers, latest-read.
 *
 * This is the contract that the native ring and its SharedArrayBuffer twin both keep. It moves slot numbers only;
 * {@linkcode SlotTable} gives the words and bytes behind them.
 *
 * @module
 */
import type { RingConfig } from "./layout.ts";

/** Answer instead of a slot: there is nothing to read. */
export const EMPTY = -1;
/** Answer instead of a slot: every slot is pinned by a reader; the writer drops its own item. */
export const FULL = -2;

/** One generation of a ring. All calls are wait-free or lock-free; none blocks but {@linkcode Ring.wait}. */
export interface Ring {
  /** `native`: shared memory of the library. `shared`: a SharedArrayBuffer. */
  readonly kind: "native" | "shared";
  readonly config: RingConfig;
  /** The whole memory of the ring; see `layout.ts`. Becomes empty when the ring is closed. */
  readonly memory: ArrayBufferLike;

  /**
   * Takes the writer's place.
   *
   * @throws {StreamError} `writer-taken` if the ring has a writer.
   */
  openWriter(): void;
  /** Gives the writer's place back; an outstanding loan is aborted. */
  closeWriter(): void;
  /**
   * A slot that nobody reads and that is not the newest, to be filled: the slot number or {@linkcode FULL}.
   * The oldest goes first. Only the writer may call it; one loan at a time.
   */
  loan(): number;
  /** Publishes the loaned slot. */
  commit(slot: number): void;
  /** Gives the loaned slot back unpublished. */
  abort(slot: number): void;

  /**
   * Takes a reader's place and returns its number.
   *
   * @throws {StreamError} `ring-full` if all places are taken.
   */
  openReader(): number;
  /** Gives a reader's place back with all its pins. */
  closeReader(reader: number): void;
  /** Pins the newest slot if its sequence is greater than `after`; the slot number or {@linkcode EMPTY}. */
  pinLatest(reader: number, after: number): number;
  /** Pins the oldest kept slot whose sequence is greater than `after`; the slot number or {@linkcode EMPTY}. */
  pinNext(reader: number, after: number): number;
  /**
   * Pins the newest kept slot whose time stamp is not later than `timestampNs`; the slot number or {@linkcode EMPTY}.
   */
  pinAt(reader: number, timestampNs: bigint): number;
  /** Lets a pinned slot go. */
  unpin(reader: number, slot: number): void;

  /**
   * Marks the ring as ended and wakes sleeping readers.
   *
   * @param reason One of {@linkcode ENDED}.
   */
  end(reason: number): void;
  /** Names the generation that follows this one. */
  setSuccessor(id: number): void;
  /** The doorbell word: changes at every commit. */
  doorbell(): number;
  /**
   * Blocks this thread until the doorbell differs from `seen`, at most `timeoutMs` (at most 100). For worker threads.
   *
   * @returns Whether it differs.
   */
  wait(seen: number, timeoutMs: number): boolean;
  /** Lets the memory go. Every view on it becomes empty. */
  close(): void;
}
