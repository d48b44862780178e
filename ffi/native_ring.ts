/**
 * Rings of the native library: see zig/src/ring.zig for the rules, docs/internals/rings.md for the layout.
 *
 * @module
 */

import {
  type NativeFunctions,
  results,
  ringConfigLayout,
  ringControlLayout,
  ringCreationLayout,
  ringMemoryLayout,
} from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { NativeMemory } from "./memory.ts";
import type { BellHandle } from "./native_bell.ts";
import { NativeError } from "./native_error.ts";
import { check } from "./result.ts";
import { decodeAddress, emptyAddress, encodeAddress, type SharedAddress } from "./shared_address.ts";

/** Names a ring in this process; a plain number that may be posted to workers. One that is stale is `bad_handle`. */
export type RingHandle = number & { readonly brand: "RingHandle" };

/** The right to write into a ring, from `openWriter()`. */
export type RingWriter = number & { readonly brand: "RingWriter" };

/** A place in a ring's reader table, from `openReader()`. */
export type RingReader = number & { readonly brand: "RingReader" };

/** Why a ring ended, as its control block says it. */
export type RingEndReason = "finished" | "stopped" | "failed";

const endReasons: Readonly<Record<RingEndReason, number>> = { finished: 1, stopped: 2, failed: 3 };

/** Where the format descriptor of a ring begins. */
const formatOffset = 1024;

const configNames = ["slotCount", "readerMax", "payloadBytes", "metadataBytes", "generation"] as const;

/** What a ring is made from. */
export interface NativeRingConfig {
  /** 2 to 256. */
  readonly slotCount: number;
  /** 1 to 64. */
  readonly readerMax: number;
  /** Capacity of one slot, at least 1. */
  readonly payloadBytes: number;
  /** Capacity of one slot's metadata record, a multiple of 64, may be 0. */
  readonly metadataBytes: number;
  /** The owner's count of the rings of one output, from 0. */
  readonly generation: number;
}

/**
 * One ring as one thread has it: a reference that keeps it mapped, and a view of its memory.
 *
 * Calls on the data path return numbers and never throw for a state: a slot or other value is >= 0, a code of `results`
 * is < 0 (`results.empty`, `results.full`, `results.timed_out` ...). They throw `RangeError` for arguments that the ABI
 * cannot take. After `detach()` every call returns `results.bad_handle`.
 *
 * The caller fills payload, metadata and slot header through `buffer` between `loan` and `commit`; the library itself
 * writes state, sequence, head and doorbell.
 */
export class NativeRing {
  readonly #functions: NativeFunctions;
  readonly #memory: NativeMemory;
  readonly #openedFrom: SharedAddress | undefined;
  #handle: RingHandle;

  private constructor(functions: NativeFunctions, handle: RingHandle, openedFrom?: SharedAddress) {
    this.#functions = functions;
    this.#handle = handle;
    this.#openedFrom = openedFrom;
    try {
      const bytes = new BigUint64Array(ringMemoryLayout.structBytes / 8);
      check(functions.sl_ring_memory(handle, bytes), "map the ring");
      this.#memory = new NativeMemory(bytes[ringMemoryLayout.address / 8], Number(bytes[ringMemoryLayout.bytes / 8]));
    } catch (error) {
      functions.sl_ring_detach(handle);
      throw error;
    }
  }

  /**
   * Makes a ring in shared memory and holds the first reference to it.
   *
   * @param format Describes the content; UTF-8, at most 3072 bytes.
   * @throws {NativeError} `out_of_range` for a config outside of its limits or over 4 GiB in all, `out_of_memory` with
   * the numbers of bytes if the space cannot be reserved, `too_many_files`.
   */
  static create(library: NativeLibrary, config: NativeRingConfig, format: string = ""): NativeRing {
    const bytes = new Uint32Array(ringConfigLayout.structBytes / 4);
    for (const name of configNames) {
      const value = config[name];
      if ((value >>> 0) !== value) {
        throw new RangeError(`Cannot create a ring: ${name} is ${value}, it must be an integer from 0 to 4294967295`);
      }
      bytes[ringConfigLayout[name] / 4] = value;
    }
    const creation = new DataView(new ArrayBuffer(ringCreationLayout.structBytes));
    const code = library.functions.sl_ring_create(bytes, new TextEncoder().encode(format), creation);
    const action = `create a ring of ${config.slotCount} slots of ${config.payloadBytes} bytes`;
    if (code === results.out_of_memory) throw outOfMemory(code, action, creation);
    check(code, action);
    return new NativeRing(library.functions, creation.getUint32(ringCreationLayout.handle, true) as RingHandle);
  }

  /**
   * Opens a ring that another process has made and maps its memory here. It stays mapped when that process ends.
   *
   * @param address What `address()` of the ring gave there.
   * @throws {NativeError} `gone` if that process or the ring has ended, `permission`, `not_shared` if something else is
   * at the address, `wrong_version`, `corrupt`.
   * @throws {RangeError} For an address that cannot be one.
   */
  static open(library: NativeLibrary, address: SharedAddress): NativeRing {
    const code = library.functions.sl_ring_open(encodeAddress(address));
    const handle = check(code, `open a ring of process ${address.pid}`) as RingHandle;
    return new NativeRing(library.functions, handle, { pid: address.pid, fd: address.fd, key: address.key });
  }

  /**
   * Takes one more reference to a ring of this process, made in this thread or in another.
   *
   * @throws {NativeError} `bad_handle` if the ring is gone.
   */
  static attach(library: NativeLibrary, handle: RingHandle): NativeRing {
    check(library.functions.sl_ring_attach(handle), `attach to ring ${handle}`);
    return new NativeRing(library.functions, handle);
  }

  /** Names the ring in other threads of this process; 0 after `detach()`. */
  get handle(): RingHandle {
    return this.#handle;
  }

  /** The whole mapping, from the control block on. Make typed arrays over it once and keep them. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /** What the ring was made from, as its memory says. Not to be read after `detach()`. */
  get config(): NativeRingConfig {
    const words = new Uint32Array(this.buffer, 0, formatOffset / 4);
    const [slotCount, readerMax, payloadBytes, metadataBytes, generation] = configNames.map((name) =>
      words[ringControlLayout[name] / 4]
    );
    return { slotCount, readerMax, payloadBytes, metadataBytes, generation };
  }

  /** The format descriptor that the ring was made with. Not to be read after `detach()`. */
  get format(): string {
    const formatBytes = new Uint32Array(this.buffer, ringControlLayout.formatBytes, 1)[0];
    return new TextDecoder().decode(new Uint8Array(this.buffer, formatOffset, formatBytes).slice());
  }

  /**
   * Names the ring to other processes, as long as the process that made it keeps it.
   *
   * @throws {NativeError} `bad_handle` after `detach()`; `invalid_argument` for a ring that another thread of this
   * process has opened from elsewhere: only the opener knows where from.
   */
  address(): SharedAddress {
    if (this.#openedFrom !== undefined) return this.#openedFrom;
    const bytes = emptyAddress();
    check(this.#functions.sl_ring_address(this.#handle, bytes), "share a ring");
    return decodeAddress(bytes);
  }

  /** Empties the views of this thread and lets go of the reference; the last one of the process frees the memory. */
  detach(): void {
    if (this.#handle === 0) return;
    const handle = this.#handle;
    this.#handle = 0 as RingHandle;
    this.#memory.detach();
    this.#functions.sl_ring_detach(handle);
  }

  /**
   * Becomes the ring's one writer. Takes over from a writer whose thread or process has died: the sequence goes on, and
   * the slot it was writing is emptied.
   *
   * @throws {NativeError} `writer_taken`.
   */
  openWriter(): RingWriter {
    return check(this.#functions.sl_ring_writer_open(this.#handle), "open the ring for writing") as RingWriter;
  }

  /** Stops being the writer; a slot on loan is aborted. Returns 0 or `bad_writer`. */
  closeWriter(writer: RingWriter): number {
    return this.#functions.sl_ring_writer_close(this.#handle, writer);
  }

  /**
   * Has a bell rung after each commit, end, successor and wake that this process makes on the ring. For the thread that
   * opened the writer, also while a native thread writes in its place. The ring holds the bell until it is removed or
   * the ring detached by all.
   *
   * @returns 0, `already_set` if it is on the list, `out_of_space` if there are 64, `bad_handle`.
   */
  addBell(bell: BellHandle): number {
    return this.#functions.sl_ring_bell_add(this.#handle, bell);
  }

  /** Has a bell rung no longer. As {@link NativeRing.addBell}. Returns 0, or `bad_handle` if it is not on the list. */
  removeBell(bell: BellHandle): number {
    return this.#functions.sl_ring_bell_remove(this.#handle, bell);
  }

  /**
   * A slot to fill, its header cleared; or `full` (counted as dropped, after pins of the dead were
   * taken back), `loan_outstanding`, `ended`, `bad_writer`.
   */
  loan(writer: RingWriter): number {
    return this.#functions.sl_ring_loan(this.#handle, writer);
  }

  /**
   * Makes the slot on loan the newest frame and rings the doorbell. A `monotonicNs` of 0 in its header is stamped now.
   * Returns 0, `not_loaned`, `bad_writer`, or `out_of_range` if the header claims more bytes than the slot has.
   */
  commit(writer: RingWriter, slot: number): number {
    return this.#functions.sl_ring_commit(this.#handle, writer, slot);
  }

  /** Gives the slot on loan back unused. Returns 0, `not_loaned` or `bad_writer`. */
  abort(writer: RingWriter, slot: number): number {
    return this.#functions.sl_ring_abort(this.#handle, writer, slot);
  }

  /**
   * Takes a place in the reader table. All its pins are its own; a place serves one thread at a time.
   *
   * @throws {NativeError} `readers_full`.
   */
  openReader(): RingReader {
    return check(this.#functions.sl_ring_reader_open(this.#handle), "open the ring for reading") as RingReader;
  }

  /** Frees the place and all its pins. Returns 0 or `bad_reader`. */
  closeReader(reader: RingReader): number {
    return this.#functions.sl_ring_reader_close(this.#handle, reader);
  }

  /**
   * Pins the newest frame. A slot that this reader has pinned before stays pinned once: who counts references, counts
   * them above.
   *
   * @param newerThan The sequence that was seen last; 0 accepts any frame.
   * @returns The slot, or `empty` if there is none with a higher sequence.
   */
  pinLatest(reader: RingReader, newerThan: number): number {
    return this.#functions.sl_ring_pin_latest(this.#handle, reader, newerThan);
  }

  /**
   * Pins the oldest kept frame whose sequence is above `cursor`. A gap in the sequences is what was overrun.
   *
   * @returns The slot, or `empty`.
   */
  pinNext(reader: RingReader, cursor: number): number {
    return this.#functions.sl_ring_pin_next(this.#handle, reader, cursor);
  }

  /**
   * Pins the newest kept frame whose `timestampNs` is not after the instant (TAI).
   *
   * @returns The slot, or `empty`.
   */
  pinAt(reader: RingReader, timestampNs: bigint): number {
    return this.#functions.sl_ring_pin_at(this.#handle, reader, timestampNs);
  }

  /** Lets the writer have a pinned slot again. Returns 0, `not_pinned` or `bad_reader`. */
  unpin(reader: RingReader, slot: number): number {
    return this.#functions.sl_ring_unpin(this.#handle, reader, slot);
  }

  /**
   * Blocks this thread until the doorbell word is not `doorbellSeen`, at most `timeoutMs` and never above 100 ms.
   *
   * @returns 0, or `timed_out`.
   */
  wait(doorbellSeen: number, timeoutMs: number): number {
    return this.#functions.sl_ring_wait(this.#handle, doorbellSeen, timeoutMs);
  }

  /** Rings the doorbell without a commit. */
  wake(): number {
    return this.#functions.sl_ring_wake(this.#handle);
  }

  /** Says once that nothing more will be committed. Returns 0 or `already_set`: the first reason stays. */
  end(reason: RingEndReason): number {
    return this.#functions.sl_ring_end(this.#handle, endReasons[reason]);
  }

  /** Names the ring that follows by an id > 0 of the owner's choice, once. Returns 0 or `already_set`. */
  setSuccessor(id: number): number {
    return this.#functions.sl_ring_set_successor(this.#handle, id);
  }

  /** Frees what readers and a writer of ended threads left behind. Returns how many places were freed. */
  reap(): number {
    return this.#functions.sl_ring_reap(this.#handle);
  }
}

function outOfMemory(code: number, action: string, creation: DataView): NativeError {
  const [wanted, available] = [ringCreationLayout.wantedBytes, ringCreationLayout.availableBytes].map((offset) =>
    creation.getBigUint64(offset, true).toString().replace(/\B(?=(\d{3})+$)/g, " ")
  );
  return new NativeError(
    "out_of_memory",
    code,
    `Cannot ${action}: ${wanted} bytes are wanted, ${available} are available`,
  );
}
