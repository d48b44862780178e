/**
 * Outputs: where an actor puts what it makes.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { CommitOptions, FormatOf, LoanOf, Message, MessageType, ValueOf } from "../message/message.ts";
import { measure, profiler } from "../profile/profile.ts";
import { PROFILE_SPANS } from "../profile/spans.ts";
import { tracedOneOf } from "../profile/trace.ts";
import { ENDED, READERS_MAX } from "../ring/layout.ts";
import type { NativeRing } from "../ring/native_ring.ts";
import { FULL } from "../ring/ring.ts";
import { neededLibrary } from "../ring/this_bell.ts";
import { Feed, type FeedInit, type FeedOwner } from "./feed.ts";
import { Generations, type RingUser } from "./generations.ts";
import type { PortHost } from "./host.ts";
import type { Input } from "./input.ts";
import { Link } from "./link.ts";
import { PROTOCOL_VERSION } from "./output_protocol.ts";
import { RingLoan, type RingLoanEvents, toJson } from "./ring_loan.ts";
import type { Source } from "./source.ts";
import type { OutputSpec } from "./spec.ts";
import { sendTo } from "../transport/port_stream.ts";
import type { Transmission, TransportTarget } from "../transport/transport.ts";

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

/** A reader of an output: an input of this thread, or the near end of a link to another place. */
export interface OutputReader<M extends Message> extends RingUser<FormatOf<M>> {
  /** The input, if it is known in this thread. */
  readonly input: Input<M> | undefined;
  /** Whether it reads in another thread or process. */
  readonly isElsewhere: boolean;
  /** The output has committed or ended. */
  notify(): void;
  /** The link is cut. */
  close(): void;
}

/** An output: one ring of fixed memory, one writer, many readers. */
export class Output<M extends Message> implements Source<M> {
  /** Its name in `outputs`. */
  readonly name: string;
  /** Type of the messages it gives. */
  readonly type: MessageType<M>;
  /** Its declaration. */
  readonly spec: OutputSpec<M>;
  /** Marks outputs of any copy of this package. */
  readonly "~outputProtocol": number = PROTOCOL_VERSION;
  readonly #host: PortHost;
  readonly #readers = new Set<OutputReader<M>>();
  readonly #generations: Generations<M>;
  #ended: number = ENDED.open;
  #loan: RingLoan | undefined;
  readonly #loanEvents: RingLoanEvents = {
    isReadElsewhere: () => [...this.#readers].some((reader) => reader.isElsewhere),
    committed: () => this.#committed(),
  };
  #feed: Feed<FormatOf<M>> | undefined;

  /** @internal Ports are made by the framework. */
  constructor(name: string, spec: OutputSpec<M>, host: PortHost) {
    this.name = name;
    this.type = spec.type;
    this.spec = spec;
    this.#host = host;
    this.#generations = new Generations(this, this.#readers, () => this.#feed);
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
    return [...this.#readers].flatMap((reader) => reader.input ?? []);
  }

  /** @internal Whether anybody reads it. */
  get isLinked(): boolean {
    return this.#readers.size > 0;
  }

  /** The format of the newest ring; `undefined` before the first loan, and once the ring was let go after the end. */
  get format(): FormatOf<M> | undefined {
    return this.#generations.current?.format;
  }

  /**
   * A free slot to fill and commit. No memory is allocated, unless the format or the needed room is new.
   *
   * @param format Format of the item. Give the same object again and again: that is fastest.
   * @returns The loan, or `undefined` if readers hold every slot: the item is dropped and counted.
   * @throws {StreamError} `actor-stopped` if the output has ended, `ring-invalid` if the last loan is still out or a
   * native thread feeds the output, `resource` if there is no memory for a new ring.
   */
  loan(format: FormatOf<M>): LoanOf<M> | undefined {
    if (!profiler && tracedOneOf === 0) return this.#take(format);
    return measure(this.#host.label, PROFILE_SPANS.loan, () => this.#take(format));
  }

  #take(format: FormatOf<M>): LoanOf<M> | undefined {
    this.#checkFree("loan a slot of");
    const generation = this.#generations.fitting(format);
    const slot = generation.ring.loan();
    if (slot === FULL) return undefined;
    this.#loan = new RingLoan(this.#host, generation, slot, this.#loanEvents);
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
    const current = this.#generations.current?.format as { bytesMax: number } | undefined;
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
   * Has a native thread write here by itself: it loans, fills and commits slots of the ring while the event loop does
   * other things, and readers are told as for any commit. Readers come and go meanwhile; when they need a ring with
   * more room, the thread is moved. Each item's header is the thread's to fill.
   *
   * For the actor itself, between `onStart` and its end. The feed ends with the body at the latest.
   *
   * @param format Format of the items; change it by {@linkcode Feed.format}.
   * @param init `onRing` gives the ring to the thread, `onClose` stops the thread.
   * @throws {StreamError} `native-missing` without the native library, `actor-stopped` if the output has ended,
   * `option-invalid` if the actor was given a lockstep clock: nobody can have the thread wait for virtual time;
   * `ring-invalid` if it has a feed or a loan is out, `resource` if there is no memory for the ring or `onRing` throws.
   */
  feed(format: FormatOf<M>, init: FeedInit): Feed<FormatOf<M>> {
    neededLibrary(`feed ${this.label} from a native thread`);
    this.#checkFree("feed");
    this.#checkRealTime();
    const { ring } = this.#generations.fitting(format);
    const owner: FeedOwner<FormatOf<M>> = {
      label: this.label,
      format: () => this.#generations.current!.format,
      committed: () => this.#generations.committed,
      refeed: (format) => void this.#generations.fitting(format),
      fed: () => this.#fed(),
      unfed: () => this.#feed = undefined,
    };
    return this.#feed = new Feed(owner, init, ring as NativeRing);
  }

  /** A native thread has committed. What goes wrong then has no caller: the actor fails. */
  #fed(): void {
    const domain = this.#host.sourceClock()?.domain;
    domain?.enter();
    try {
      if (this.#feed) this.#generations.fitting(this.#generations.current!.format);
      this.#committed();
    } catch (thrown) {
      this.#host.fail(thrown);
    } finally {
      domain?.leave();
    }
  }

  #checkRealTime(): void {
    const clock = this.#host.sourceClock();
    if (!clock?.domain?.lossless) return;
    throw new StreamError(
      "option-invalid",
      `Cannot feed ${this.label} from a native thread: option clock = ${clock.name} of ${this.#host.label} has ` +
        "virtual time, in which nothing may be lost, and the thread writes in real time; leave clock out, or a real " +
        "clock is right",
    );
  }

  #checkFree(verb: string): void {
    if (this.#ended !== ENDED.open) {
      throw new StreamError("actor-stopped", `Cannot write to ${this.label}: the actor does not run`);
    }
    if (this.#feed) {
      throw new StreamError("ring-invalid", `Cannot ${verb} ${this.label}: a native thread feeds it; close() the feed`);
    }
    if (this.#loan?.isOut) {
      throw new StreamError("ring-invalid", `Cannot ${verb} ${this.label}: commit or abort the loan that is out`);
    }
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

  /**
   * Sends to another machine, by a transport that a plugin brings; ends with the actor. Each call is a stream of its own.
   *
   * @param target Its session description (SDP) or its address; which ones are right is said by the transport.
   * @throws {StreamError} `transport-missing`, `transport-refused`, `option-invalid` for what is no target,
   * `actor-stopped`, or what the transport throws: all by rejection.
   */
  sendTo(target: TransportTarget): Promise<Transmission> {
    return sendTo(this, target);
  }

  /** No more items will come here, though the actor goes on: a file without sound finishes its sound output. */
  finish(): void {
    this.end(ENDED.finished);
  }

  /** What this output has done so far. */
  stats(): OutputStats {
    const { current, committed, dropped, count } = this.#generations;
    return {
      committed,
      dropped,
      generation: count,
      slots: current?.ring.config.slotCount ?? 0,
      memoryBytes: current?.ring.memory.byteLength ?? 0,
      links: this.#readers.size,
    };
  }

  /** @internal Gives an input its place. */
  attach(input: Input<M>): Link<M> {
    const link = new Link<M>(this, input);
    this.addReader(link, input.label);
    return link;
  }

  /** @internal Takes an input's place back. */
  detach(link: Link<M>): void {
    this.removeReader(link);
  }

  /** @internal One more reader, which gets the current generation at once. `label` is for messages. */
  addReader(reader: OutputReader<M>, label: string): void {
    if (this.#readers.size === READERS_MAX) {
      throw new StreamError(
        "resource",
        `Cannot link ${this.label} to ${label}: it has ${READERS_MAX} links, the most there may be`,
      );
    }
    const { current } = this.#generations;
    if (current) {
      // Places of readers that are gone but retain items are taken as well.
      const isFull = current.readers === current.ring.config.readerMax;
      reader.attach(isFull ? this.#generations.renew(current.format) : current);
    }
    this.#readers.add(reader);
    if (this.#feed) this.#makeRoomFor(reader);
    this.#host.relinked();
  }

  /** A native thread asks nobody before its next loan. */
  #makeRoomFor(reader: OutputReader<M>): void {
    try {
      this.#generations.fitting(this.#generations.current!.format);
    } catch (thrown) {
      this.removeReader(reader);
      throw thrown;
    }
  }

  /** @internal One reader fewer. */
  removeReader(reader: OutputReader<M>): void {
    if (!this.#readers.delete(reader)) return;
    reader.close();
    if (this.#ended !== ENDED.open && this.#readers.size === 0) this.#generations.letGo();
    this.#host.relinked();
  }

  /** @internal Aborts a loan that `process` left open. */
  endProcess(): void {
    this.#loan?.abort();
    this.#loan = undefined;
  }

  /** @internal The body has ended, and another one may follow: its native thread writes no longer. */
  revoke(): void {
    try {
      this.#feed?.close();
    } catch (thrown) {
      this.#host.fail(thrown);
    }
  }

  /** @internal No more items will come. */
  end(reason: number): void {
    if (this.#ended !== ENDED.open) return;
    this.endProcess();
    this.revoke();
    this.#ended = reason;
    const ring = this.#generations.current?.ring;
    ring?.end(reason);
    ring?.closeWriter();
    for (const reader of this.#readers) reader.notify();
    if (this.#readers.size === 0) this.#generations.letGo();
  }

  /** Every reader is told, also if one of them (a tap) throws. */
  #committed(): void {
    this.#loan = undefined;
    const thrown: unknown[] = [];
    for (const reader of this.#readers) {
      try {
        reader.notify();
      } catch (error) {
        thrown.push(error);
      }
    }
    if (thrown.length > 0) throw thrown[0];
  }
}
