/**
 * A link from an output to an input: the input's place in the output's rings, over all generations.
 *
 * @module
 */
import type { FormatOf, Message } from "../message/message.ts";
import { ENDED, SLOT } from "../ring/layout.ts";
import { EMPTY } from "../ring/ring.ts";
import { Attachment } from "./attachment.ts";
import type { Generation } from "./generation.ts";
import type { Input } from "./input.ts";
import { PinnedPayload } from "./payload.ts";
import type { ReaderNeeds, Source } from "./source.ts";

/** Reads the items of one output for one input. */
export class Link<M extends Message> {
  readonly output: Source<M>;
  readonly input: Input<M>;
  readonly isElsewhere = false;
  /** The generation being read, then those that followed it and are not yet begun. */
  readonly #attachments: Attachment<FormatOf<M>>[] = [];
  readonly #reads = new Set<PinnedPayload>();
  /** Sequence (over all generations) of the newest item read. */
  #lastSequence = 0;
  /** Items lost by this reader. */
  missed = 0;

  constructor(output: Source<M>, input: Input<M>) {
    this.output = output;
    this.input = input;
  }

  /** What this reader needs of a ring. */
  get needs(): ReaderNeeds {
    const { delivery, depth, pins } = this.input.spec;
    return { isOrdered: delivery === "ordered" || this.input.isLossless, depth, pins };
  }

  /** Sequence of the newest item committed, over all generations; 0 before the first. */
  get newestSequence(): number {
    const newest = this.#attachments.at(-1)?.generation;
    return newest ? newest.sequenceBase + newest.table.headSequence : 0;
  }

  /** The source has committed or ended. */
  notify(): void {
    this.input.notify();
  }

  /**
   * A generation to read from now on.
   *
   * @param after Sequence in this generation after which to begin, if it is the first one. A late reader begins with the
   * newest item.
   * @throws {StreamError} `ring-full` if the ring has no place for another reader.
   */
  attach(
    generation: Generation<FormatOf<M>>,
    after: number = Math.max(0, generation.table.headSequence - 1),
  ): void {
    this.#giveUpOldest();
    const attachment = new Attachment(generation);
    if (this.#attachments.length === 0) {
      attachment.cursor = after;
      this.#lastSequence = generation.sequenceBase + attachment.cursor;
    }
    this.#attachments.push(attachment);
  }

  /**
   * Cuts the link. Items that were retained stay valid, and so do those of a call of `process` that is under way, until
   * {@linkcode Link.endProcess}.
   */
  close(): void {
    if (!this.input.host.isWorking) this.endProcess();
    for (const attachment of this.#attachments) attachment.close();
    this.#attachments.length = 0;
  }

  /** Lets go of everything that is pinned, also what was retained; reading goes on where it was. */
  revoke(): void {
    this.endProcess();
    for (const [i, attachment] of this.#attachments.entries()) this.#attachments[i] = attachment.renew();
  }

  /** Items committed and not yet read, lost ones included. */
  get unread(): number {
    const newest = this.#attachments.at(-1);
    if (!newest) return 0;
    const { table, sequenceBase } = newest.generation;
    return Math.max(0, sequenceBase + table.headSequence - this.#lastSequence);
  }

  /** Whether the source has finished and everything was read. */
  get finished(): boolean {
    return this.output.ended === ENDED.finished && this.unread === 0;
  }

  /**
   * Pins the newest item, or nothing if it was read before and `repeat` is false. `aligned` is what its reader is told.
   */
  latest(repeat: boolean, aligned = true): M | undefined {
    this.#skipToNewest();
    const attachment = this.#attachments[0];
    if (!attachment) return undefined;
    const slot = attachment.generation.ring.pinLatest(attachment.reader, repeat ? 0 : attachment.cursor);
    return slot === EMPTY ? undefined : this.#take(attachment, slot, aligned);
  }

  /** Pins the next item in order, or nothing. */
  next(): M | undefined {
    for (;;) {
      const attachment = this.#attachments[0];
      if (!attachment) return undefined;
      const slot = attachment.generation.ring.pinNext(attachment.reader, attachment.cursor);
      if (slot !== EMPTY) return this.#take(attachment, slot, true);
      if (!this.#attachments.some((one) => one !== attachment && one.generation.table.headSequence > 0)) {
        return undefined;
      }
      this.#shift();
    }
  }

  /** Pins the item read last once more, if it is still kept. */
  again(): M | undefined {
    const attachment = this.#attachments[0];
    if (!attachment || attachment.cursor === 0) return undefined;
    const slot = attachment.generation.ring.pinNext(attachment.reader, attachment.cursor - 1);
    return slot === EMPTY ? undefined : this.#take(attachment, slot, true);
  }

  /** Pins the newest kept item not later than an instant, or nothing. `isAligned` says whether it is the wanted one. */
  at(timestampNs: bigint, isAligned: (itemNs: bigint) => boolean): M | undefined {
    for (const attachment of this.#attachments.toReversed()) {
      const { ring, table } = attachment.generation;
      const slot = ring.pinAt(attachment.reader, timestampNs);
      if (slot === EMPTY) continue;
      return this.#take(attachment, slot, isAligned(table.instant(slot, SLOT.timestampNs)));
    }
    return undefined;
  }

  /** Instant of the newest committed item; `undefined` before the first. */
  newestTimestampNs(): bigint | undefined {
    const attachment = this.#attachments.findLast((one) => one.generation.table.headSequence > 0);
    if (!attachment) return undefined;
    const slot = attachment.generation.ring.pinLatest(attachment.reader, 0);
    if (slot === EMPTY) return undefined;
    const timestampNs = attachment.generation.table.instant(slot, SLOT.timestampNs);
    attachment.pinned(slot);
    attachment.unpin(slot);
    return timestampNs;
  }

  /** Releases what `process` has read and not retained. */
  endProcess(): void {
    for (const payload of this.#reads) payload.releaseFromProcess();
    this.#reads.clear();
  }

  #skipToNewest(): void {
    const newest = this.#attachments.findLastIndex((one) => one.generation.table.headSequence > 0);
    for (let i = 0; i < newest; i++) this.#shift();
  }

  /** Lets rings go whose items this reader can no longer want, so that a slow one keeps few of them. */
  #giveUpOldest(): void {
    const { delivery, depth } = this.input.spec;
    if (delivery === "latest" && !this.input.isLossless) return this.#skipToNewest();
    const counts = this.#attachments.map((one) => one.generation.table.headSequence);
    let later = counts.reduce((sum, count) => sum + count, 0);
    for (const count of counts.slice(0, -1)) {
      later -= count;
      if (count > 0 && later < depth) return;
      this.#shift();
    }
  }

  #shift(): void {
    this.#attachments.shift()?.close();
  }

  #take(attachment: Attachment<FormatOf<M>>, slot: number, aligned: boolean): M {
    attachment.pinned(slot);
    const { generation } = attachment;
    const local = generation.table.sequence(slot);
    const sequence = generation.sequenceBase + local;
    const repeated = sequence <= this.#lastSequence;
    const missed = repeated ? 0 : sequence - this.#lastSequence - 1;
    this.missed += missed;
    if (sequence > this.#lastSequence) this.#lastSequence = sequence;
    if (local > attachment.cursor) attachment.cursor = local;
    const payload = new PinnedPayload(attachment, slot, { missed, repeated, aligned }, this.input.ledger);
    this.#reads.add(payload);
    return this.output.type.read(payload, generation.format) as M;
  }
}
