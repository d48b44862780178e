/**
 * What travels in a ring: a fixed header, a payload, and an optional small metadata record.
 *
 * A {@linkcode Message} is what a reader holds, a {@linkcode Loan} is what a writer fills. Both are views on a slot of
 * a ring; nothing is copied unless `copy()` is called.
 *
 * @module
 */
import type { RingBacking, RingShape } from "./backing.ts";
import { isoOf } from "../time/instant.ts";
import { monotonicNowNs } from "../time/now.ts";

/** The fixed header of every message, taken when it was read. */
export interface Header {
  /** Number of the item in its ring, from 1; continues over generations. */
  readonly sequence: number;
  /** TAI instant of the item, ns since 1970-01-01 TAI. */
  readonly timestampNs: bigint;
  /** TAI instant at the origin (capture, file position); equal to `timestampNs` unless a stage kept another. */
  readonly sourceTimestampNs: bigint;
  /** This machine's monotonic time at commit, ns. */
  readonly monotonicNs: bigint;
  /** Tick number of the source that made the item. */
  readonly frameNumber: number;
  /** ⌊TAI · rate⌋ of that tick: the same on every machine. */
  readonly taiFrame: bigint;
  /** Hash of the source clock's id; items of one source clock can be joined. */
  readonly clockId: number;
  /** See {@linkcode FLAG}. */
  readonly flags: number;
}

/**
 * Bits of {@linkcode Header.flags}. `freewheel`: made in a tick that replaced a silent input. `discontinuity`: the
 * writer said that it does not continue the one before. `keyframe`: decoding can begin here.
 */
export const FLAG = { freewheel: 1, discontinuity: 2, keyframe: 4 } as const;

/** Small values that go along with one item, crossing threads and machines as JSON. */
export type Metadata = Readonly<Record<string, unknown>>;

/** How one read came about. */
export interface ReadInfo {
  /** Items lost between the previous read and this one. */
  readonly missed: number;
  /** Whether this item was already read before. */
  readonly repeated: boolean;
  /** Whether it belongs to the same source tick as the driving input's item; `true` where nothing is joined. */
  readonly aligned: boolean;
}

/** Where a message's bytes lie: a pinned slot, or memory of its own after `copy()`. */
export interface Payload {
  /** The header as it was when the item was read; valid for ever. */
  readonly header: Header;
  /** How the read came about; valid for ever. */
  readonly info: ReadInfo;
  /**
   * The payload's bytes, without a copy; see {@linkcode Message.data}.
   *
   * @throws {StreamError} `slot-released` after the last release.
   */
  bytes(): Uint8Array;
  /**
   * The metadata record, parsed anew at every call; `undefined` if the writer gave none.
   *
   * @throws {StreamError} `slot-released` after the last release.
   */
  metadata(): Metadata | undefined;
  /**
   * Adds one hold on the slot.
   *
   * @throws {StreamError} `slot-released` after the last release.
   */
  retain(): void;
  /** Takes one hold away; the slot is let go with the last one. Does nothing after that. */
  release(): void;
  /**
   * The same bytes in memory of their own, which needs no release. They are counted as {@linkcode Payload.copied} does.
   *
   * @throws {StreamError} `slot-released` after the last release.
   */
  copy(): Payload;
  /**
   * Counts host bytes that were copied out of the item, in `InputStats.bytesCopied` of the input that it was read by.
   * Also after the last release: who waits for a device knows only later. Does nothing for what `copy()` gave.
   *
   * @param bytes How many; each time that it happens.
   */
  copied(bytes: number): void;
}

/** Types that belong to one kind of message; see {@linkcode Message}. */
export interface MessageTypes {
  /** Format of the items of one ring generation; plain JSON. */
  format: object;
  /** What a writer fills and commits. */
  loan: Loan;
  /** What `Output.send` takes; `never` where items are filled in place. */
  value: unknown;
}

/** An item read from a ring. */
export abstract class Message<T extends MessageTypes = MessageTypes> {
  /** Types that belong to this message; never set. */
  declare readonly "~types"?: T;
  /** Format of the ring generation that the item came from. */
  readonly format: T["format"];
  readonly #payload: Payload;

  /**
   * Makes the message of a payload; called by the static `read` of its class.
   *
   * @param payload The bytes.
   * @param format Their format.
   */
  constructor(payload: Payload, format: T["format"]) {
    this.#payload = payload;
    this.format = format;
  }

  /**
   * The payload's bytes, without a copy. Owned by the ring: valid until the end of `process`, or until `release()` if
   * the item was retained. Do not write to it.
   *
   * @throws {StreamError} `slot-released` once the item was released.
   */
  get data(): Uint8Array {
    return this.#payload.bytes();
  }

  /** The fixed header. */
  get header(): Header {
    return this.#payload.header;
  }

  /**
   * The metadata record, if the writer gave one.
   *
   * @throws {StreamError} `slot-released` once the item was released.
   */
  get metadata(): Metadata | undefined {
    return this.#payload.metadata();
  }

  /** TAI instant of the item, ns. */
  get timestampNs(): bigint {
    return this.#payload.header.timestampNs;
  }

  /** Number of the item in its ring, from 1. */
  get sequence(): number {
    return this.#payload.header.sequence;
  }

  /** Tick number of the source that made the item. */
  get frameNumber(): number {
    return this.#payload.header.frameNumber;
  }

  /** Nanoseconds since the item was committed, on this machine's monotonic clock. */
  get ageNs(): number {
    return Number(monotonicNowNs() - this.#payload.header.monotonicNs);
  }

  /** Items lost between the previous read and this one. */
  get missed(): number {
    return this.#payload.info.missed;
  }

  /** Whether this item was already read before. */
  get repeated(): boolean {
    return this.#payload.info.repeated;
  }

  /** Whether it belongs to the same source tick as the driving input's item. */
  get aligned(): boolean {
    return this.#payload.info.aligned;
  }

  /**
   * Keeps the item beyond the end of `process`; each `retain()` needs one `release()`. Declare in the input's `pins`
   * how many items are kept at a time, so that the writer does not run out of slots.
   *
   * @throws {StreamError} `slot-released` once the item was released.
   */
  retain(): this {
    this.#payload.retain();
    return this;
  }

  /** Lets the item go before the end of `process`, or after a `retain()`. */
  release(): void {
    this.#payload.release();
  }

  /**
   * The same item in memory of its own, valid for as long as it is referenced. Of the read it tells nothing any more:
   * `missed` is 0, `repeated` false, `aligned` true.
   *
   * @throws {StreamError} `slot-released` once the item was released.
   */
  copy(): this {
    const Type = this.constructor as new (payload: Payload, format: T["format"]) => this;
    return new Type(this.#payload.copy(), this.format);
  }

  /** @internal See {@linkcode Payload.copied}. */
  "~copied"(bytes: number): void {
    this.#payload.copied(bytes);
  }

  /** The header as JSON: instants are strings. */
  toJSON(): Record<string, unknown> {
    const { sequence, timestampNs, frameNumber, taiFrame } = this.#payload.header;
    return { sequence, timestampNs: isoOf(timestampNs), frameNumber, taiFrame: String(taiFrame), format: this.format };
  }
}

/** What `commit` may say about an item. */
export interface CommitOptions {
  /** Keep the instant, source instant, frame numbers and clock of this item: for pure filters. Flags are not kept. */
  stampFrom?: Message;
  /**
   * TAI instant of the item, ns. Default: `stampFrom`'s, else the driving item's, else the tick's; between ticks: now.
   */
  timestampNs?: bigint;
  /** TAI instant at the origin, ns. Default: `stampFrom`'s, else the item's instant. */
  sourceTimestampNs?: bigint;
  /** Small values that go along with the item; at most 512 bytes as JSON. */
  metadata?: Metadata;
  /** Whether the item does not continue the one before it. */
  discontinuity?: boolean;
}

/** A loaned slot: what a {@linkcode Loan} works on. */
export interface LoanSlot {
  /** Whole payload of the slot. */
  readonly bytes: Uint8Array;
  /** Its number in the ring, from 0. */
  readonly index: number;
  /** What is behind the slots of the ring; see {@linkcode MessageType.back}. */
  readonly backing: RingBacking | undefined;
  /** Whether inputs of other threads or processes read the output. */
  readonly isReadElsewhere: boolean;
  /**
   * Publishes the slot.
   *
   * @param usedBytes Bytes of payload that were filled, from its start.
   * @param flags Bits of {@linkcode FLAG} beside those that follow from the tick and the options.
   * @param options Stamps and metadata.
   * @throws {StreamError} As {@linkcode Loan.commit}.
   */
  commit(usedBytes: number, flags: number, options: CommitOptions): void;
  /** Gives the slot back unpublished. */
  abort(): void;
}

/** A free slot of an output's ring, to be filled and committed, or aborted. */
export class Loan<F extends object = object> {
  /** Format of the ring generation. */
  readonly format: F;
  /** The payload to fill. Owned by the ring: valid until `commit` or `abort`, at the latest until `process` ends. */
  readonly data: Uint8Array;
  /** The loaned slot, for the `commit` of derived classes. */
  protected readonly slot: LoanSlot;

  /**
   * Makes the loan of a slot; called by the static `lend` of a message class.
   *
   * @param slot The loaned slot.
   * @param format The format it was loaned for.
   */
  constructor(slot: LoanSlot, format: F) {
    this.slot = slot;
    this.format = format;
    this.data = slot.bytes;
  }

  /**
   * Publishes the item: its whole payload. It can no longer be written.
   *
   * @throws {StreamError} `slot-released` if the loan was already committed or aborted; `format-invalid` if the
   * metadata cannot be written as JSON or exceeds 512 bytes: the slot stays on loan.
   */
  commit(options: CommitOptions = {}): void {
    this.slot.commit(this.data.length, 0, options);
  }

  /** Gives the slot back unpublished. Happens by itself when `process` ends without a commit; again does nothing. */
  abort(): void {
    this.slot.abort();
  }
}

/** How a reader takes items by default. */
export type Delivery = "latest" | "ordered";

/** What core must know of a kind of message. The message classes' static sides are such. */
export interface MessageType<M extends Message = Message> {
  /** Name, the same in every copy and version of the library. */
  readonly typeName: string;
  /**
   * Media drives clocks, and is joined where it is read as `latest`; data drives where there is no media; events never.
   */
  readonly kind: "media" | "data" | "event";
  /** How an input takes items unless it says otherwise. */
  readonly delivery: Delivery;
  /** Items that an ordered input may fall behind unless it says otherwise. */
  readonly depth: number;
  /**
   * The actors that make such messages out of others, and others out of such, by the other type's name: for error
   * messages, also where the package that has them is not imported. `UploadActor of @streamlib/gpu`.
   */
  readonly bridges?: {
    readonly from?: Readonly<Record<string, string>>;
    readonly to?: Readonly<Record<string, string>>;
  };
  /** Payload bytes that a slot of this format needs. */
  slotBytes(format: FormatOf<M>): number;
  /** Items that an input keeps pinned at a time unless it says otherwise. Default 1. */
  readonly pins?: number;
  /**
   * Makes what is behind the slots of a new ring, in the writer's thread: memory on a device, for example. Absent where
   * the slots hold all there is.
   */
  back?(format: FormatOf<M>, shape: RingShape): RingBacking;
  /** The message in a pinned slot. */
  read(payload: Payload, format: FormatOf<M>): M;
  /** The loan on a free slot. */
  lend(slot: LoanSlot, format: FormatOf<M>): LoanOf<M>;
}

/** Format of messages `M`. */
export type FormatOf<M> = M extends Message<infer T> ? T["format"] : never;
/** Loan of messages `M`. */
export type LoanOf<M> = M extends Message<infer T> ? T["loan"] : never;
/** Value of messages `M` that are sent whole. */
export type ValueOf<M> = M extends Message<infer T> ? T["value"] : never;
