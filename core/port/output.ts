/**
 * Outputs: where an actor puts what it makes.
 *
 * @module
 */
import { messageOf, StreamError } from "../errors.ts";
import type { CommitOptions, FormatOf, LoanOf, LoanSlot, Message, MessageType, ValueOf } from "../message/message.ts";
import { FLAG } from "../message/message.ts";
import { ENDED, READERS_MAX, type RingConfig, SLOT, SLOTS_MAX } from "../ring/layout.ts";
import { makeRing } from "../ring/make_ring.ts";
import { FULL, type Ring } from "../ring/ring.ts";
import type { SlotTable } from "../ring/slot_table.ts";
import { monotonicNowNs } from "../time/now.ts";
import { Generation } from "./generation.ts";
import type { PortHost } from "./host.ts";
import type { Input } from "./input.ts";
import { Link } from "./link.ts";
import type { OutputSpec } from "./spec.ts";

/** Version of what an input asks of an output. */
const PROTOCOL_VERSION = 1;

const METADATA_BYTES = 512;
const VALUE_BYTES_AT_FIRST = 1024;
const VALUE_BYTES_MAX = 1 << 24;
const ENCODER = new TextEncoder();

/** What an output knows of itself. */
export interface OutputStats {
  /** Items committed. */
  readonly committed: number;
  /** Items dropped because readers held every slot. */
  readonly dropped: number;
  /** Rings made so far; a new format or more room makes a new one. */
  readonly generation: number;
  /** Slots of the current ring; 0 before the first loan, and once the ring was let go. */
  readonly slots: number;
  /** Memory of the current ring, bytes; 0 as for `slots`. */
  readonly memoryBytes: number;
  /** Inputs that read this output, taps included. */
  readonly links: number;
}

/** An output: one ring of fixed memory, one writer, many readers. */
export class Output<M extends Message> {
  /** Its name in `outputs`. */
  readonly name: string;
  /** Type of the messages it gives. */
  readonly type: MessageType<M>;
  /** Its declaration. */
  readonly spec: OutputSpec<M>;
  /** Marks outputs of any copy of this package. */
  readonly "~outputProtocol": number = PROTOCOL_VERSION;
  readonly #host: PortHost;
  readonly #links = new Set<Link<M>>();
  #current: Generation<FormatOf<M>> | undefined;
  #generationCount = 0;
  #formatText = "";
  #committedBefore = 0;
  #droppedBefore = 0;
  #ended: number = ENDED.open;
  #loan: RingLoan | undefined;

  /** @internal Ports are made by the framework. */
  constructor(name: string, spec: OutputSpec<M>, host: PortHost) {
    this.name = name;
    this.type = spec.type;
    this.spec = spec;
    this.#host = host;
  }

  /** `Invert "invert-1" output video`, for messages. */
  get label(): string {
    return `${this.#host.label} output ${this.name}`;
  }

  /** @internal The actor. */
  get host(): PortHost {
    return this.#host;
  }

  /** 0 while the actor may still commit; 1 finished, 2 stopped, 3 failed. */
  get ended(): number {
    return this.#ended;
  }

  /** The inputs that read this output. */
  get targets(): readonly Input<M>[] {
    return [...this.#links].map((link) => link.input);
  }

  /** The format of the newest ring; `undefined` before the first loan, and once the ring was let go after the end. */
  get format(): FormatOf<M> | undefined {
    return this.#current?.format;
  }

  /**
   * A free slot to fill and commit. No memory is allocated, unless the format or the needed room is new.
   *
   * @param format Format of the item. Give the same object again and again: that is fastest.
   * @returns The loan, or `undefined` if readers hold every slot: the item is dropped and counted.
   * @throws {StreamError} `actor-stopped` if the output has ended, `ring-invalid` if the last loan is still out,
   * `resource` if there is no memory for a new ring.
   */
  loan(format: FormatOf<M>): LoanOf<M> | undefined {
    if (this.#ended !== ENDED.open) {
      throw new StreamError("actor-stopped", `Cannot write to ${this.label}: the actor does not run`);
    }
    if (this.#loan?.isOut) {
      throw new StreamError("ring-invalid", `Cannot loan a slot of ${this.label}: commit or abort the one that is out`);
    }
    const generation = this.#generationFor(format);
    const slot = generation.ring.loan();
    if (slot === FULL) return undefined;
    this.#loan = new RingLoan(this.#host, generation.ring, generation.table, slot, () => this.#committed());
    return this.type.lend(this.#loan, generation.format) as LoanOf<M>;
  }

  /**
   * Sends a value of an event or data output.
   *
   * @param value The value; it must survive JSON.
   * @param options Stamps and metadata, as for a loan's `commit`.
   * @returns Whether it was sent; `false` means that readers hold every slot: it is dropped and counted.
   * @throws {StreamError} `format-invalid` if the value cannot be written as JSON or exceeds 16 MiB, or the metadata
   * 512 bytes; `actor-stopped`, `ring-invalid` and `resource` as {@linkcode Output.loan}.
   */
  send(value: ValueOf<M>, options: CommitOptions = {}): boolean {
    const bytes = ENCODER.encode(toJson(value, this.label));
    if (bytes.length > VALUE_BYTES_MAX) {
      throw new StreamError(
        "format-invalid",
        `Cannot send ${bytes.length} bytes to ${this.label}: at most ${VALUE_BYTES_MAX} bytes of JSON are right`,
      );
    }
    const current = this.#current?.format as { bytesMax: number } | undefined;
    let format = current ?? { bytesMax: VALUE_BYTES_AT_FIRST };
    if (bytes.length > format.bytesMax) format = { bytesMax: 2 ** Math.ceil(Math.log2(bytes.length)) };
    if (this.loan(format as FormatOf<M>) === undefined) return false;
    const loan = this.#loan!;
    loan.bytes.set(bytes);
    try {
      loan.commit(bytes.length, 0, options);
    } finally {
      loan.abort();
    }
    return true;
  }

  /**
   * Links this output to an input. The input gets the newest item at once.
   *
   * @param input An input for the same type of message that is not linked yet.
   * @throws {StreamError} As {@linkcode Input.receive}.
   */
  pipe(input: Input<M>): void {
    input.receive(this);
  }

  /** Cuts the link to an input, if there is one. */
  unpipe(input: Input<M>): void {
    if (input.source === this) input.unlink();
  }

  /** No more items will come here, though the actor goes on: a file without sound finishes its sound output. */
  finish(): void {
    this.end(ENDED.finished);
  }

  /** What this output has done so far. */
  stats(): OutputStats {
    const current = this.#current;
    return {
      committed: current ? current.sequenceBase + current.table.headSequence : this.#committedBefore,
      dropped: this.#droppedBefore + (current?.table.droppedCount ?? 0),
      generation: this.#generationCount,
      slots: current?.ring.config.slotCount ?? 0,
      memoryBytes: current?.ring.memory.byteLength ?? 0,
      links: this.#links.size,
    };
  }

  /** @internal Gives an input its place. */
  attach(input: Input<M>): Link<M> {
    if (this.#links.size === READERS_MAX) {
      throw new StreamError(
        "resource",
        `Cannot link ${this.label} to ${input.label}: it has ${READERS_MAX} links, the most there may be`,
      );
    }
    const link = new Link<M>(this, input);
    if (this.#current) {
      // Places of readers that are gone but retain items are taken as well.
      if (this.#current.readers === this.#current.ring.config.readerMax) this.#renew(this.#current.format);
      link.attach(this.#current);
    }
    this.#links.add(link);
    this.#host.relinked();
    return link;
  }

  /** @internal Takes an input's place back. */
  detach(link: Link<M>): void {
    if (!this.#links.delete(link)) return;
    link.close();
    if (this.#ended !== ENDED.open && this.#links.size === 0) this.#letGo();
    this.#host.relinked();
  }

  /** @internal Aborts a loan that `process` left open. */
  endProcess(): void {
    this.#loan?.abort();
    this.#loan = undefined;
  }

  /** @internal No more items will come. */
  end(reason: number): void {
    if (this.#ended !== ENDED.open) return;
    this.endProcess();
    this.#ended = reason;
    this.#current?.ring.end(reason);
    this.#current?.ring.closeWriter();
    for (const link of this.#links) link.input.notify();
    if (this.#links.size === 0) this.#letGo();
  }

  #letGo(): void {
    if (!this.#current) return;
    const { committed, dropped } = this.stats();
    this.#committedBefore = committed;
    this.#droppedBefore = dropped;
    this.#current.release();
    this.#current = undefined;
  }

  /** Every reader is told, also if one of them (a tap) throws. */
  #committed(): void {
    this.#loan = undefined;
    const thrown: unknown[] = [];
    for (const link of this.#links) {
      try {
        link.input.notify();
      } catch (error) {
        thrown.push(error);
      }
    }
    if (thrown.length > 0) throw thrown[0];
  }

  #generationFor(format: FormatOf<M>): Generation<FormatOf<M>> {
    const current = this.#current;
    if (current && this.#hasRoom(current)) {
      if (current.format === format) return current;
      if (this.#formatText === JSON.stringify(format)) return current;
    }
    return this.#renew(format);
  }

  #hasRoom(generation: Generation<FormatOf<M>>): boolean {
    return generation.ring.config.slotCount >= this.#slotsNeeded();
  }

  /** One slot to write, the newest, and what the neediest reader keeps; never fewer than declared. */
  #slotsNeeded(): number {
    let kept = Math.max(1, this.spec.history);
    for (const link of this.#links) {
      const { delivery, depth, pins } = link.input.spec;
      kept = Math.max(kept, delivery === "ordered" || link.input.isLossless ? depth + pins : pins);
    }
    return Math.min(SLOTS_MAX, Math.max(this.spec.slots, kept + 2));
  }

  #renew(format: FormatOf<M>): Generation<FormatOf<M>> {
    const previous = this.#current;
    const sequenceBase = previous ? previous.sequenceBase + previous.table.headSequence : 0;
    const config: RingConfig = {
      slotCount: this.#slotsNeeded(),
      readerMax: READERS_MAX,
      payloadBytes: Math.max(1, this.type.slotBytes(format)),
      metadataBytes: METADATA_BYTES,
      generation: this.#generationCount + 1,
      descriptor: JSON.stringify({ type: this.type.typeName, format, sequenceBase }),
    };
    let ring: Ring;
    try {
      ring = makeRing(config);
    } catch (thrown) {
      throw new StreamError("resource", `Cannot make a ring for ${this.label}: ${messageOf(thrown)}`, {
        cause: thrown,
      });
    }
    ring.openWriter();
    const generation = new Generation<FormatOf<M>>(ring, format, sequenceBase);
    this.#generationCount = config.generation;
    this.#formatText = JSON.stringify(format);
    this.#current = generation;
    for (const link of this.#links) link.attach(generation);
    if (previous) {
      this.#droppedBefore += previous.table.droppedCount;
      previous.ring.closeWriter();
      previous.ring.setSuccessor(config.generation);
      previous.release();
    }
    return generation;
  }
}

/** The writer's side of one loaned slot. */
class RingLoan implements LoanSlot {
  readonly bytes: Uint8Array;
  readonly #host: PortHost;
  readonly #ring: Ring;
  readonly #table: SlotTable;
  readonly #slot: number;
  readonly #done: () => void;
  #isOut = true;

  /** Whether it was neither committed nor aborted. */
  get isOut(): boolean {
    return this.#isOut;
  }

  constructor(host: PortHost, ring: Ring, table: SlotTable, slot: number, done: () => void) {
    this.#host = host;
    this.#ring = ring;
    this.#table = table;
    this.#slot = slot;
    this.#done = done;
    this.bytes = table.payload(slot);
  }

  commit(usedBytes: number, flags: number, options: CommitOptions): void {
    this.#checkOut("commit");
    const stamp = this.#host.stamp();
    const from = options.stampFrom?.header;
    const timestampNs = options.timestampNs ?? from?.timestampNs ?? stamp.timestampNs;
    const slot = this.#slot;
    const table = this.#table;
    table.setInstant(slot, SLOT.timestampNs, timestampNs);
    table.setInstant(slot, SLOT.monotonicNs, monotonicNowNs());
    table.setInstant(slot, SLOT.sourceTimestampNs, options.sourceTimestampNs ?? from?.sourceTimestampNs ?? timestampNs);
    table.setInstant(slot, SLOT.frameNumber, BigInt(from?.frameNumber ?? stamp.frameNumber));
    table.setInstant(slot, SLOT.taiFrame, from?.taiFrame ?? stamp.taiFrame);
    table.setWord(slot, SLOT.clockId, from?.clockId ?? stamp.clockId);
    table.setWord(slot, SLOT.flags, flags | stamp.flags | (options.discontinuity ? FLAG.discontinuity : 0));
    table.setWord(slot, SLOT.payloadBytes, usedBytes);
    table.setWord(slot, SLOT.metadataBytes, options.metadata ? this.#writeMetadata(options.metadata) : 0);
    this.#isOut = false;
    this.#ring.commit(slot);
    this.#done();
  }

  abort(): void {
    if (!this.#isOut) return;
    this.#isOut = false;
    this.#ring.abort(this.#slot);
  }

  #writeMetadata(metadata: Readonly<Record<string, unknown>>): number {
    const bytes = ENCODER.encode(toJson(metadata, this.#host.label));
    const room = this.#table.metadata(this.#slot);
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

/** Refuses what is no output of a compatible copy of this package. */
export function checkOutput(port: unknown, what: string): void {
  const isOutput = typeof port === "object" && port !== null && "~outputProtocol" in port;
  const version = isOutput ? port["~outputProtocol"] : "none";
  if (version === PROTOCOL_VERSION) return;
  throw new StreamError(
    "version-clash",
    `${what}: it speaks port protocol ${version} and this copy of @streamlib/core speaks ${PROTOCOL_VERSION}; ` +
      "make the program use one version",
  );
}

function toJson(value: unknown, label: string): string {
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
