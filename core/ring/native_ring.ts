/**
 * A ring in the shared memory of the native library.
 *
 * @module
 */
import type { BellHandle, NativeRing as LibraryRing, RingHandle, RingReader, RingWriter } from "@streamlib/ffi";
import { messageOf, StreamError } from "../errors.ts";
import type { NativeLibrary } from "../native.ts";
import { checkRingConfig, CONTROL, ENDED, type RingConfig } from "./layout.ts";
import type { NativeRef, SharedAddress } from "./native_ref.ts";
import { EMPTY, FULL, type Ring } from "./ring.ts";

/** A {@linkcode Ring} that the library keeps: for all threads of this process, laid out for several processes. */
export class NativeRing implements Ring {
  readonly kind = "native" as const;
  readonly config: RingConfig;
  readonly #library: NativeLibrary;
  readonly #ring: LibraryRing;
  readonly #doorbell: Uint32Array;
  readonly #bells = new Map<number, number>();
  #writer: RingWriter | undefined;
  #loaned: number = EMPTY;

  private constructor(library: NativeLibrary, config: RingConfig, ring: LibraryRing) {
    this.#library = library;
    this.config = config;
    this.#ring = ring;
    this.#doorbell = new Uint32Array(ring.buffer, CONTROL.doorbell, 1);
  }

  /**
   * Makes a ring.
   *
   * @throws {StreamError} `ring-invalid` if the configuration cannot be had.
   * @throws {Error} If the memory cannot be reserved.
   */
  static create(library: NativeLibrary, config: RingConfig): NativeRing {
    checkRingConfig(config);
    return new NativeRing(library, config, library.native.createRing(config, config.descriptor));
  }

  /**
   * The ring that another thread of this process has made.
   *
   * @param handle Its {@linkcode NativeRing.handle}.
   * @param config Its configuration.
   */
  static attach(library: NativeLibrary, handle: number, config: RingConfig): NativeRing {
    return new NativeRing(library, config, library.native.attachRing(handle as RingHandle));
  }

  /**
   * The ring that another thread or process has made.
   *
   * @param reference Its handle in this process, or its {@linkcode NativeRing.address} in another one.
   * @param config Its configuration.
   * @throws {Error} If it is gone.
   */
  static open(
    library: NativeLibrary,
    reference: NativeRef,
    config: RingConfig,
  ): NativeRing {
    if ("handle" in reference) return NativeRing.attach(library, reference.handle, config);
    return new NativeRing(library, config, library.native.openRing(reference.address));
  }

  /** Names the ring in other threads of this process. */
  get handle(): RingHandle {
    return this.#ring.handle;
  }

  /**
   * The right to write, which a native thread may use in place of this one.
   *
   * @throws {StreamError} `ring-invalid` while the writer is not open.
   */
  get writer(): RingWriter {
    return this.#writerToken("let a thread write");
  }

  /** Names the ring in other processes, as long as this one has it open. */
  address(): SharedAddress {
    return this.#ring.address();
  }

  /** Rings this bell at each commit, until it was removed as often as added. For the thread that opened the writer. */
  addBell(bell: number): void {
    const count = this.#bells.get(bell) ?? 0;
    if (count === 0) this.#ring.addBell(bell as BellHandle);
    this.#bells.set(bell, count + 1);
  }

  /** Takes back one {@linkcode NativeRing.addBell}. For the thread that opened the writer. */
  removeBell(bell: number): void {
    const count = this.#bells.get(bell) ?? 0;
    if (count > 1) this.#bells.set(bell, count - 1);
    else if (this.#bells.delete(bell)) this.#ring.removeBell(bell as BellHandle);
  }

  get memory(): ArrayBuffer {
    return this.#ring.buffer;
  }

  openWriter(): void {
    try {
      this.#writer = this.#ring.openWriter();
    } catch (thrown) {
      throw new StreamError("writer-taken", `Cannot write to the ring: ${messageOf(thrown)}; close that writer first`, {
        cause: thrown,
      });
    }
  }

  closeWriter(): void {
    if (this.#writer === undefined) return;
    if (this.#loaned !== EMPTY) this.abort(this.#loaned);
    this.#ring.closeWriter(this.#writer);
    this.#writer = undefined;
  }

  loan(): number {
    const slot = this.#ring.loan(this.#writerToken("loan a slot"));
    if (slot === this.#library.results.full) return FULL;
    if (slot < 0) this.#refuse(slot, "loan a slot");
    return this.#loaned = slot;
  }

  commit(slot: number): void {
    const code = this.#ring.commit(this.#writerToken("commit"), slot);
    if (code < 0) this.#refuse(code, `commit slot ${slot}`);
    this.#loaned = EMPTY;
  }

  abort(slot: number): void {
    const code = this.#ring.abort(this.#writerToken("abort"), slot);
    if (code < 0) this.#refuse(code, `abort slot ${slot}`);
    this.#loaned = EMPTY;
  }

  openReader(): number {
    try {
      return this.#ring.openReader();
    } catch (thrown) {
      throw new StreamError("ring-full", `Cannot read from the ring: ${messageOf(thrown)}`, { cause: thrown });
    }
  }

  closeReader(reader: number): void {
    this.#ring.closeReader(reader as RingReader);
  }

  pinLatest(reader: number, after: number): number {
    return this.#slot(this.#ring.pinLatest(reader as RingReader, after));
  }

  pinNext(reader: number, after: number): number {
    return this.#slot(this.#ring.pinNext(reader as RingReader, after));
  }

  pinAt(reader: number, timestampNs: bigint): number {
    return this.#slot(this.#ring.pinAt(reader as RingReader, timestampNs));
  }

  unpin(reader: number, slot: number): void {
    this.#ring.unpin(reader as RingReader, slot);
  }

  end(reason: number): void {
    this.#ring.end(reason === ENDED.finished ? "finished" : reason === ENDED.stopped ? "stopped" : "failed");
  }

  setSuccessor(id: number): void {
    this.#ring.setSuccessor(id);
  }

  doorbell(): number {
    return Atomics.load(this.#doorbell, 0);
  }

  wait(seen: number, timeoutMs: number): boolean {
    return this.#ring.wait(seen, timeoutMs) === this.#library.results.ok;
  }

  close(): void {
    this.closeWriter();
    this.#ring.detach();
  }

  #slot(code: number): number {
    if (code >= 0) return code;
    if (code === this.#library.results.empty) return EMPTY;
    return this.#refuse(code, "pin a slot");
  }

  #writerToken(action: string): RingWriter {
    if (this.#writer !== undefined) return this.#writer;
    throw new StreamError("ring-invalid", `Cannot ${action}: open the writer first`);
  }

  #refuse(code: number, action: string): never {
    try {
      this.#library.check(code, action);
    } catch (thrown) {
      throw new StreamError("ring-invalid", messageOf(thrown), { cause: thrown });
    }
    throw new StreamError("ring-invalid", `Cannot ${action}: the library answered ${code}`);
  }
}
