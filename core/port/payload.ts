/**
 * Where the bytes of a message lie.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Header, Metadata, Payload, ReadInfo } from "../message/message.ts";
import { SLOT } from "../ring/layout.ts";
import type { Attachment } from "./attachment.ts";

/** Counts the host bytes that are copied out of the items of one reader. */
export interface Ledger {
  bytesCopied: number;
}

const DECODER = new TextDecoder();
const ALIGNED: ReadInfo = { missed: 0, repeated: false, aligned: true };

/** A pinned slot of a ring. */
export class PinnedPayload implements Payload {
  readonly header: Header;
  readonly info: ReadInfo;
  readonly #attachment: Attachment<object>;
  readonly #slot: number;
  readonly #ledger: Ledger;
  #references = 1;
  #heldByProcess = true;

  constructor(attachment: Attachment<object>, slot: number, info: ReadInfo, ledger: Ledger) {
    this.#attachment = attachment;
    this.#slot = slot;
    this.#ledger = ledger;
    this.info = info;
    const { table, sequenceBase } = attachment.generation;
    this.header = {
      sequence: sequenceBase + table.sequence(slot),
      timestampNs: table.instant(slot, SLOT.timestampNs),
      sourceTimestampNs: table.instant(slot, SLOT.sourceTimestampNs),
      monotonicNs: table.instant(slot, SLOT.monotonicNs),
      frameNumber: table.count(slot, SLOT.frameNumber),
      taiFrame: table.instant(slot, SLOT.taiFrame),
      clockId: table.word(slot, SLOT.clockId),
      flags: table.word(slot, SLOT.flags),
    };
  }

  bytes(): Uint8Array {
    this.#check();
    const table = this.#attachment.generation.table;
    const whole = table.payload(this.#slot);
    const used = table.word(this.#slot, SLOT.payloadBytes);
    return used === whole.length ? whole : whole.subarray(0, used);
  }

  metadata(): Metadata | undefined {
    this.#check();
    const table = this.#attachment.generation.table;
    const used = table.word(this.#slot, SLOT.metadataBytes);
    if (used === 0) return undefined;
    return JSON.parse(DECODER.decode(table.metadata(this.#slot).slice(0, used))) as Metadata;
  }

  retain(): void {
    this.#check();
    this.#references++;
  }

  release(): void {
    if (this.#references === 0) return;
    if (--this.#references === 0) {
      this.#heldByProcess = false;
      this.#attachment.unpin(this.#slot);
    }
  }

  /** Ends the hold that every read has until `process` returns. */
  releaseFromProcess(): void {
    if (!this.#heldByProcess) return;
    this.#heldByProcess = false;
    this.release();
  }

  copy(): Payload {
    const bytes = this.bytes().slice();
    const copy = new CopiedPayload(this.header, bytes, this.metadata());
    this.copied(bytes.length);
    return copy;
  }

  copied(bytes: number): void {
    this.#ledger.bytesCopied += bytes;
  }

  #check(): void {
    if (this.#references > 0 && !this.#attachment.isRevoked) return;
    throw new StreamError(
      "slot-released",
      "Cannot look at the item: it was released; retain() it to keep it beyond process(), or copy() it",
    );
  }
}

/** Memory of the item's own. */
export class CopiedPayload implements Payload {
  readonly header: Header;
  readonly info: ReadInfo = ALIGNED;
  readonly #bytes: Uint8Array;
  readonly #metadata: Metadata | undefined;

  constructor(header: Header, bytes: Uint8Array, metadata: Metadata | undefined) {
    this.header = header;
    this.#bytes = bytes;
    this.#metadata = metadata;
  }

  bytes(): Uint8Array {
    return this.#bytes;
  }

  metadata(): Metadata | undefined {
    return this.#metadata;
  }

  retain(): void {}

  release(): void {}

  copy(): Payload {
    return new CopiedPayload(this.header, this.#bytes.slice(), this.#metadata);
  }

  copied(): void {}
}
