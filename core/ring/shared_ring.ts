/**
 * A ring in a SharedArrayBuffer: the pure TypeScript twin of the native ring, for places without the library.
 *
 * It keeps the same layout and the same algorithm (`docs/internals/rings.md`): a reader announces the slot it wants in
 * its own pin mask and then looks again whether the slot is still committed; the writer announces that it is probing a
 * slot and then looks again whether anybody has pinned it. JavaScript's Atomics are sequentially consistent, so at
 * least one of the two sees the other.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import {
  checkRingConfig,
  CONTROL,
  CONTROL_BYTES,
  ENDED,
  FORMAT_OFFSET,
  LAYOUT_VERSION,
  planRing,
  READER,
  READER_BYTES,
  RING_MAGIC,
  type RingConfig,
  type RingPlan,
  SLOT,
  SLOT_HEADER_BYTES,
  STATE,
} from "./layout.ts";
import { EMPTY, FULL, type Ring } from "./ring.ts";

const HIGH_WORD = 0x1_0000_0000;
const PROBE_SPINS_MAX = 10_000;
/** The slot that was found holds another item now. */
const CHANGED = -3;
/** How an attempt to pin a slot went. `held`: this reader had it pinned before. */
const PIN = { refused: 0, made: 1, held: 2 } as const;

/**
 * A {@linkcode Ring} in a SharedArrayBuffer. One process; share it with worker threads by
 * {@linkcode SharedRing.memory}.
 */
export class SharedRing implements Ring {
  readonly kind = "shared" as const;
  readonly config: RingConfig;
  #memory: SharedArrayBuffer;
  #words: Uint32Array;
  #instants: BigInt64Array;
  readonly #plan: RingPlan;
  readonly #tried: Uint8Array;
  #isWriter = false;
  #loaned: number = EMPTY;

  private constructor(config: RingConfig, memory: SharedArrayBuffer) {
    this.config = config;
    this.#memory = memory;
    this.#plan = planRing(config);
    this.#tried = new Uint8Array(config.slotCount);
    this.#words = new Uint32Array(memory, 0, this.#plan.payloadOffset / 4);
    this.#instants = new BigInt64Array(memory, 0, this.#plan.payloadOffset / 8);
  }

  /**
   * Makes a ring.
   *
   * @throws {StreamError} `ring-invalid` if the configuration cannot be had.
   */
  static create(config: RingConfig): SharedRing {
    checkRingConfig(config);
    const format = new TextEncoder().encode(config.descriptor);
    const plan = planRing(config);
    const ring = new SharedRing(config, new SharedArrayBuffer(plan.totalBytes));
    const set = (offset: number, value: number): void => void Atomics.store(ring.#words, offset >> 2, value);
    set(CONTROL.layoutVersion, LAYOUT_VERSION);
    set(CONTROL.slotCount, config.slotCount);
    set(CONTROL.readerMax, config.readerMax);
    set(CONTROL.payloadBytes, config.payloadBytes);
    set(CONTROL.metadataBytes, config.metadataBytes);
    set(CONTROL.slotHeaderOffset, plan.slotHeaderOffset);
    set(CONTROL.metadataOffset, plan.metadataOffset);
    set(CONTROL.payloadOffset, plan.payloadOffset);
    set(CONTROL.payloadStride, plan.payloadStride);
    set(CONTROL.generation, config.generation);
    set(CONTROL.formatBytes, format.length);
    new Uint8Array(ring.memory, FORMAT_OFFSET, format.length).set(format);
    set(CONTROL.magic, RING_MAGIC);
    return ring;
  }

  /**
   * The ring that lies in `memory`, for another thread.
   *
   * @throws {StreamError} `ring-invalid` if it is no ring of this layout.
   */
  static attach(memory: SharedArrayBuffer): SharedRing {
    const words = new Uint32Array(memory, 0, CONTROL_BYTES / 4);
    const get = (offset: number): number => Atomics.load(words, offset >> 2);
    if (get(CONTROL.magic) !== RING_MAGIC || get(CONTROL.layoutVersion) !== LAYOUT_VERSION) {
      throw new StreamError(
        "ring-invalid",
        `Cannot attach a ring: the memory has layout version ${
          get(CONTROL.layoutVersion)
        }, wanted is ${LAYOUT_VERSION}`,
      );
    }
    const descriptor = new Uint8Array(memory, FORMAT_OFFSET, get(CONTROL.formatBytes)).slice();
    return new SharedRing({
      slotCount: get(CONTROL.slotCount),
      readerMax: get(CONTROL.readerMax),
      payloadBytes: get(CONTROL.payloadBytes),
      metadataBytes: get(CONTROL.metadataBytes),
      generation: get(CONTROL.generation),
      descriptor: new TextDecoder().decode(descriptor),
    }, memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#memory;
  }

  openWriter(): void {
    if (Atomics.compareExchange(this.#words, CONTROL.writerToken >> 2, 0, 1) !== 0) {
      throw new StreamError("writer-taken", "Cannot write to the ring: it has a writer; close that one first");
    }
    this.#isWriter = true;
  }

  closeWriter(): void {
    if (!this.#isWriter) return;
    if (this.#loaned !== EMPTY) this.abort(this.#loaned);
    this.#isWriter = false;
    Atomics.store(this.#words, CONTROL.writerToken >> 2, 0);
  }

  loan(): number {
    if (!this.#isWriter) throw new StreamError("ring-invalid", "Cannot loan a slot: open the writer first");
    if (Atomics.load(this.#words, CONTROL.ended >> 2) !== ENDED.open) {
      throw new StreamError("ring-invalid", "Cannot loan a slot: the ring has ended");
    }
    if (this.#loaned !== EMPTY) {
      throw new StreamError("ring-invalid", "Cannot loan a slot: commit or abort the one that is out first");
    }
    const head = Atomics.load(this.#words, CONTROL.headSlotPlusOne >> 2) - 1;
    this.#tried.fill(0);
    for (let slot = this.#oldestUntried(head); slot !== EMPTY; slot = this.#oldestUntried(head)) {
      this.#tried[slot] = 1;
      if (this.#isPinned(slot)) continue;
      const before = this.#swapState(slot, STATE.probing);
      if (this.#isPinned(slot)) {
        this.#swapState(slot, before);
        continue;
      }
      this.#swapState(slot, STATE.writing);
      this.#clearHeader(slot);
      this.#loaned = slot;
      return slot;
    }
    this.#addDropped();
    return FULL;
  }

  commit(slot: number): void {
    this.#endLoan(slot, "commit");
    const sequence = this.#headSequence() + 1;
    const word = this.#header(slot, SLOT.sequence);
    this.#words[word] = sequence % HIGH_WORD;
    this.#words[word + 1] = Math.floor(sequence / HIGH_WORD);
    this.#swapState(slot, STATE.committed);
    this.#words[CONTROL.headSequence >> 2] = sequence % HIGH_WORD;
    this.#words[(CONTROL.headSequence >> 2) + 1] = Math.floor(sequence / HIGH_WORD);
    Atomics.store(this.#words, CONTROL.headSlotPlusOne >> 2, slot + 1);
    this.#ring();
  }

  abort(slot: number): void {
    this.#endLoan(slot, "abort");
    this.#swapState(slot, STATE.empty);
  }

  openReader(): number {
    for (let reader = 0; reader < this.config.readerMax; reader++) {
      if (Atomics.compareExchange(this.#words, this.#reader(reader, READER.token), 0, 1) === 0) return reader;
    }
    throw new StreamError("ring-full", `Cannot read from the ring: all ${this.config.readerMax} readers are taken`);
  }

  closeReader(reader: number): void {
    for (let mask = 0; mask < 8; mask++) Atomics.store(this.#words, this.#reader(reader, READER.pins) + mask, 0);
    Atomics.store(this.#words, this.#reader(reader, READER.token), 0);
  }

  pinLatest(reader: number, after: number): number {
    for (;;) {
      const slot = Atomics.load(this.#words, CONTROL.headSlotPlusOne >> 2) - 1;
      if (slot < 0) return EMPTY;
      const pin = this.#pin(reader, slot);
      if (pin === PIN.refused) continue;
      if (this.#sequence(slot) > after) return slot;
      if (pin === PIN.made) this.unpin(reader, slot);
      return EMPTY;
    }
  }

  pinNext(reader: number, after: number): number {
    for (;;) {
      // What is not above this was committed before the search, so the search cannot have passed over it.
      const settled = this.#headSequence();
      const found = this.#find((slot, best) => {
        const sequence = this.#sequence(slot);
        return sequence > after && (best === EMPTY || sequence < this.#sequence(best));
      });
      if (found === EMPTY && this.#headSequence() === settled) return EMPTY;
      if (found === EMPTY) continue;
      const sequence = this.#sequence(found);
      if (sequence > settled && sequence !== after + 1) continue;
      const slot = this.#pinFound(reader, found, sequence);
      if (slot !== CHANGED) return slot;
    }
  }

  pinAt(reader: number, timestampNs: bigint): number {
    for (;;) {
      const found = this.#find((slot, best) => {
        const at = this.#timestampNs(slot);
        return at <= timestampNs && (best === EMPTY || this.#sequence(slot) > this.#sequence(best));
      });
      if (found === EMPTY) return EMPTY;
      const slot = this.#pinFound(reader, found, this.#sequence(found));
      if (slot !== CHANGED) return slot;
    }
  }

  unpin(reader: number, slot: number): void {
    Atomics.and(this.#words, this.#reader(reader, READER.pins) + (slot >> 5), ~(1 << (slot & 31)));
  }

  end(reason: number): void {
    Atomics.compareExchange(this.#words, CONTROL.ended >> 2, ENDED.open, reason);
    this.#ring();
  }

  setSuccessor(id: number): void {
    Atomics.compareExchange(this.#words, CONTROL.successor >> 2, 0, id);
    this.#ring();
  }

  doorbell(): number {
    return Atomics.load(this.#words, CONTROL.doorbell >> 2);
  }

  wait(seen: number, timeoutMs: number): boolean {
    const doorbell = new Int32Array(this.#memory, CONTROL.doorbell, 1);
    return Atomics.wait(doorbell, 0, seen | 0, Math.min(timeoutMs, 100)) !== "timed-out";
  }

  close(): void {
    this.closeWriter();
    this.#memory = new SharedArrayBuffer(0);
    this.#words = new Uint32Array(this.#memory);
    this.#instants = new BigInt64Array(this.#memory);
  }

  /** The slot to overwrite next: the lowest sequence (0 in empty slots) that was not tried; never `head`. */
  #oldestUntried(head: number): number {
    let best = EMPTY;
    for (let slot = 0; slot < this.config.slotCount; slot++) {
      if (slot === head || this.#tried[slot]) continue;
      if (best === EMPTY || this.#sequence(slot) < this.#sequence(best)) best = slot;
    }
    return best;
  }

  /** The kept slot that `better` likes best, or EMPTY. */
  #find(better: (slot: number, best: number) => boolean): number {
    let best = EMPTY;
    for (let slot = 0; slot < this.config.slotCount; slot++) {
      const state = Atomics.load(this.#words, this.#header(slot, SLOT.state));
      if ((state === STATE.committed || state === STATE.probing) && better(slot, best)) best = slot;
    }
    return best;
  }

  /**
   * Pins a slot that was found with this sequence: the slot, or CHANGED if the writer took it meanwhile. A trial of the
   * writer is waited for, because it may fail and the item stay; if the writer sleeps in the middle of it: EMPTY.
   */
  #pinFound(reader: number, slot: number, sequence: number): number {
    for (let spins = 0; spins < PROBE_SPINS_MAX; spins++) {
      const pin = this.#pin(reader, slot);
      if (pin !== PIN.refused) {
        if (this.#sequence(slot) === sequence) return slot;
        if (pin === PIN.made) this.unpin(reader, slot);
        return CHANGED;
      }
      if (Atomics.load(this.#words, this.#header(slot, SLOT.state)) !== STATE.probing) return CHANGED;
    }
    return EMPTY;
  }

  /** A slot that this reader holds already stays held, whatever the writer is trying. */
  #pin(reader: number, slot: number): number {
    const bit = 1 << (slot & 31);
    if (Atomics.or(this.#words, this.#reader(reader, READER.pins) + (slot >> 5), bit) & bit) return PIN.held;
    if (Atomics.load(this.#words, this.#header(slot, SLOT.state)) === STATE.committed) return PIN.made;
    this.unpin(reader, slot);
    return PIN.refused;
  }

  #isPinned(slot: number): boolean {
    for (let reader = 0; reader < this.config.readerMax; reader++) {
      const mask = Atomics.load(this.#words, this.#reader(reader, READER.pins) + (slot >> 5));
      if (mask & (1 << (slot & 31))) return true;
    }
    return false;
  }

  #endLoan(slot: number, verb: string): void {
    if (slot !== this.#loaned) {
      throw new StreamError("ring-invalid", `Cannot ${verb} slot ${slot}: it is not the one that is out on loan`);
    }
    this.#loaned = EMPTY;
  }

  /** No field of the item that lay here before can be taken for one of the next. */
  #clearHeader(slot: number): void {
    const state = this.#header(slot, SLOT.state);
    this.#words.fill(0, state + 1, state + SLOT_HEADER_BYTES / 4);
  }

  #ring(): void {
    Atomics.add(this.#words, CONTROL.doorbell >> 2, 1);
    Atomics.notify(new Int32Array(this.#memory, CONTROL.doorbell, 1), 0);
  }

  #addDropped(): void {
    const word = CONTROL.droppedCount >> 2;
    if (Atomics.add(this.#words, word, 1) === HIGH_WORD - 1) Atomics.add(this.#words, word + 1, 1);
  }

  #swapState(slot: number, state: number): number {
    return Atomics.exchange(this.#words, this.#header(slot, SLOT.state), state);
  }

  #sequence(slot: number): number {
    const word = this.#header(slot, SLOT.sequence);
    return this.#words[word] + this.#words[word + 1] * HIGH_WORD;
  }

  #timestampNs(slot: number): bigint {
    return this.#instants[this.#header(slot, SLOT.timestampNs) >> 1];
  }

  #headSequence(): number {
    const word = CONTROL.headSequence >> 2;
    return this.#words[word] + this.#words[word + 1] * HIGH_WORD;
  }

  /** Word index of a field of a slot header. */
  #header(slot: number, field: number): number {
    return (this.#plan.slotHeaderOffset + slot * SLOT_HEADER_BYTES + field) >> 2;
  }

  /** Word index of a field of a reader's entry. */
  #reader(reader: number, field: number): number {
    return (CONTROL_BYTES + reader * READER_BYTES + field) >> 2;
  }
}
