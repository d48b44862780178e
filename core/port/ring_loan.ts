/**
 * The writer's side of one loaned slot.
 *
 * @module
 */
import { messageOf, StreamError } from "../errors.ts";
import { type CommitOptions, FLAG, type LoanSlot } from "../message/message.ts";
import { measure, profiler } from "../profile/profile.ts";
import { PROFILE_SPANS } from "../profile/spans.ts";
import { noteCommit, tracedOneOf } from "../profile/trace.ts";
import { SLOT } from "../ring/layout.ts";
import type { Ring } from "../ring/ring.ts";
import type { SlotTable } from "../ring/slot_table.ts";
import { monotonicNowNs } from "../time/now.ts";
import type { RingBacking } from "../message/backing.ts";
import type { Generation } from "./generation.ts";
import type { PortHost } from "./host.ts";

const ENCODER = new TextEncoder();

/** What a loan asks and tells its output. */
export interface RingLoanEvents {
  /** Whether inputs of other threads or processes read the output. */
  readonly isReadElsewhere: () => boolean;
  /** It was committed. */
  readonly committed: () => void;
}

/** A slot on loan: to be committed or aborted, once. */
export class RingLoan implements LoanSlot {
  readonly bytes: Uint8Array;
  readonly index: number;
  readonly backing: RingBacking | undefined;
  readonly #host: PortHost;
  readonly #ring: Ring;
  readonly #table: SlotTable;
  readonly #isReadElsewhere: () => boolean;
  readonly #done: () => void;
  #isOut = true;

  /** Whether it was neither committed nor aborted. */
  get isOut(): boolean {
    return this.#isOut;
  }

  constructor(host: PortHost, generation: Generation<object>, slot: number, events: RingLoanEvents) {
    this.#host = host;
    this.#ring = generation.ring;
    this.#table = generation.table;
    this.index = slot;
    this.backing = generation.backing;
    this.#isReadElsewhere = events.isReadElsewhere;
    this.#done = events.committed;
    this.bytes = generation.table.payload(slot);
  }

  get isReadElsewhere(): boolean {
    return this.#isReadElsewhere();
  }

  commit(usedBytes: number, flags: number, options: CommitOptions): void {
    if (!profiler && tracedOneOf === 0) return this.#publish(usedBytes, flags, options);
    measure(this.#host.label, PROFILE_SPANS.commit, () => this.#publish(usedBytes, flags, options));
  }

  #publish(usedBytes: number, flags: number, options: CommitOptions): void {
    this.#checkOut("commit");
    const stamp = this.#host.stamp();
    const from = options.stampFrom?.header;
    const timestampNs = options.timestampNs ?? from?.timestampNs ?? stamp.timestampNs;
    const sourceTimestampNs = options.sourceTimestampNs ?? from?.sourceTimestampNs ?? timestampNs;
    const { frameNumber, taiFrame } = from ?? stamp;
    const slot = this.index;
    const table = this.#table;
    table.setInstant(slot, SLOT.timestampNs, timestampNs);
    table.setInstant(slot, SLOT.sourceTimestampNs, sourceTimestampNs);
    table.setInstant(slot, SLOT.frameNumber, BigInt(frameNumber));
    table.setInstant(slot, SLOT.taiFrame, taiFrame);
    table.setWord(slot, SLOT.clockId, from?.clockId ?? stamp.clockId);
    table.setWord(slot, SLOT.flags, flags | stamp.flags | (options.discontinuity ? FLAG.discontinuity : 0));
    table.setWord(slot, SLOT.payloadBytes, usedBytes);
    table.setWord(slot, SLOT.metadataBytes, options.metadata ? this.#writeMetadata(options.metadata) : 0);
    table.setInstant(slot, SLOT.monotonicNs, monotonicNowNs());
    this.#isOut = false;
    if (tracedOneOf > 0) noteCommit(this.#host.label, { sourceTimestampNs, timestampNs, frameNumber, taiFrame });
    this.#ring.commit(slot);
    this.#done();
  }

  abort(): void {
    if (!this.#isOut) return;
    this.#isOut = false;
    this.#ring.abort(this.index);
  }

  #writeMetadata(metadata: Readonly<Record<string, unknown>>): number {
    const bytes = ENCODER.encode(toJson(metadata, this.#host.label));
    const room = this.#table.metadata(this.index);
    if (bytes.length > room.length) {
      throw new StreamError(
        "format-invalid",
        `Cannot commit metadata of ${bytes.length} bytes from ${this.#host.label}: at most ${room.length} bytes are right`,
      );
    }
    room.set(bytes);
    return bytes.length;
  }

  #checkOut(verb: string): void {
    if (this.#isOut) return;
    throw new StreamError("slot-released", `Cannot ${verb} the loan: it was committed or aborted; loan a new one`);
  }
}

/** A value as JSON. Throws `format-invalid` if it cannot be. `label` is for the message. */
export function toJson(value: unknown, label: string): string {
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (thrown) {
    throw new StreamError("format-invalid", `Cannot send a value from ${label}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
  throw new StreamError("format-invalid", `Cannot send ${typeof value} from ${label}: it must survive JSON`);
}
