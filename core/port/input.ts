/**
 * Inputs: where an actor reads what others make.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Message, MessageType } from "../message/message.ts";
import { ENDED } from "../ring/layout.ts";
import { bridgeHint } from "./bridge.ts";
import type { PortHost } from "./host.ts";
import type { Link } from "./link.ts";
import type { Output } from "./output.ts";
import { checkOutput } from "./output_protocol.ts";
import type { Ledger } from "./payload.ts";
import { noteRead, tracedOneOf } from "../profile/trace.ts";
import { isTimingReads, type LatencyStats, ReadLatency } from "./read_latency.ts";
import type { Source } from "./source.ts";
import type { InputSpec } from "./spec.ts";
import { receiveFrom } from "../transport/port_stream.ts";
import type { Reception, TransportTarget } from "../transport/transport.ts";

/** What an input knows of itself. */
export interface InputStats {
  /** `Bars "bars-1" output video`, or `undefined` if nothing is linked. */
  readonly source: string | undefined;
  /** Items read for the first time. */
  readonly read: number;
  /** Items lost because this reader was slow. */
  readonly missed: number;
  /** Times that an item was read again because there was no newer one. */
  readonly repeated: number;
  /** Times that an older item was used because the one of the same source tick did not come in time. */
  readonly unaligned: number;
  /** Age of the item read last, ns; `undefined` before the first. */
  readonly ageNs: number | undefined;
  /**
   * Host bytes that were copied out of items read here: by `copy()`, and by what copies to or from a device. What the
   * body itself does with `data` is not known. Counted over the life of the input: also when it is linked anew, and
   * when its actor is restarted.
   */
  readonly bytesCopied: number;
  /**
   * How long items took from their source, `sourceTimestampNs`, to their first read here; absent if nobody has asked for
   * it (`timeReads`), and in virtual time. Where that is a position in a file, it is from `timestampNs`.
   */
  readonly latency?: LatencyStats;
}

/** An input: a reader of at most one output at a time. */
export class Input<M extends Message> {
  /** Its name in `inputs`; `family.member` for a member of a family. */
  readonly name: string;
  /** Type of the messages it takes. */
  readonly type: MessageType<M>;
  /** Its declaration. */
  readonly spec: InputSpec<M>;
  /** @internal What is copied out of the items it reads, also of those that outlast the link. */
  readonly ledger: Ledger = { bytesCopied: 0 };
  readonly #host: PortHost;
  #link: Link<M> | undefined;
  /** Cut while the body was working with their items. */
  readonly #cut: Link<M>[] = [];
  #shown: M | undefined;
  /** The item that sets the beat, while the body has not read it. */
  #held: M | undefined;
  #last: M | undefined;
  #missedBefore = 0;
  #read = 0;
  #repeated = 0;
  #unaligned = 0;
  #latency: ReadLatency | undefined;

  /** @internal Ports are made by the framework. */
  constructor(name: string, spec: InputSpec<M>, host: PortHost) {
    this.name = name;
    this.type = spec.type;
    this.spec = spec;
    this.#host = host;
  }

  /** `Invert "invert-1" input video`, for messages. */
  get label(): string {
    return `${this.#host.label} input ${this.name}`;
  }

  /** What this input reads: an output, or the near end of one in another place. */
  get source(): Source<M> | undefined {
    return this.#link?.output;
  }

  /** Items committed by the source and not yet read, those that are lost already included. */
  get unread(): number {
    return this.#link?.unread ?? 0;
  }

  /** Whether the source has finished (a file at its end) and everything was read. */
  get finished(): boolean {
    return (this.#link?.finished ?? false) && !this.#held;
  }

  /** Whether virtual time forbids to lose an item: then wait for room where you would otherwise drop. */
  get isLossless(): boolean {
    return this.source?.host.sourceClock()?.domain?.lossless ?? false;
  }

  /** @internal The actor. */
  get host(): PortHost {
    return this.#host;
  }

  /**
   * Links this input to an output. The newest item is there at once.
   *
   * @throws {StreamError} `link-type` if the types differ, `link-taken` if this input is linked, `cycle` if the link
   * would close a circle without an actor that buffers, `actor-stopped` if one of the two, or
   * the output, is ending or has ended,
   * `resource` if the output has its 64 links, `version-clash` if the two come from incompatible copies of the library.
   */
  receive(output: Output<M>): void {
    const what = `Cannot link ${labelOf(output)} to ${this.label}`;
    checkOutput(output, what);
    if (output.type.typeName !== this.type.typeName) {
      const hint = bridgeHint(output.type, this.type);
      throw new StreamError(
        "link-type",
        `${what}: it gives ${output.type.typeName}, wanted is ${this.type.typeName}` +
          (hint ? `; ${hint}: put it between` : ""),
      );
    }
    if (!output.host.alive) throw new StreamError("actor-stopped", `${what}: ${output.host.label} has ended`);
    if (output.ended !== ENDED.open) {
      throw new StreamError("actor-stopped", `${what}: that output has ended, nothing more comes of it`);
    }
    if (!this.#host.alive) throw new StreamError("actor-stopped", `${what}: ${this.#host.label} has ended`);
    if (this.source) {
      throw new StreamError("link-taken", `${what}: it is linked to ${this.source.label}; unlink() it first`);
    }
    if (reaches(output.host, this.#host)) {
      throw new StreamError("cycle", `${what}: that closes a circle; put a BufferActor into it`);
    }
    this.connect(output);
  }

  /** @internal Reads from this source from now on. */
  connect(source: Source<M>): void {
    this.#link = source.attach(this);
    this.#host.relinked();
    if (this.unread > 0) this.notify();
  }

  /**
   * Receives from another machine, by a transport that a plugin brings; until this input is unlinked.
   *
   * @param target The session description (SDP) of the stream, or where it comes from and its format; which ones are
   * right is said by the transport.
   * @throws {StreamError} `link-taken`, `transport-missing`, `transport-refused`, `option-invalid` for what is no
   * target, `actor-stopped`, or what the transport throws: all by rejection.
   */
  receiveFrom(target: TransportTarget): Promise<Reception> {
    return receiveFrom(this, target);
  }

  /** Cuts the link. What was read and retained stays valid. */
  unlink(): void {
    const link = this.#link;
    if (!link) return;
    this.#link = undefined;
    if (this.#host.isWorking) this.#cut.push(link);
    this.#shown = undefined;
    this.#held = undefined;
    this.#missedBefore += link.missed;
    link.output.detach(link);
    this.#host.relinked();
  }

  /**
   * The newest item, without a copy; the same one again (`repeated`) if there is no newer. Within one call of `process`
   * it is always the same item. If the actor's inputs go back to one clock, it is the item of the driving input's tick.
   *
   * On an ordered input it skips what is unread before it, and counts that as missed. In lockstep nothing is skipped:
   * it is the next item, or the last one again.
   *
   * @returns The item, pinned until `process` returns, or `undefined` if there never was one or nothing is linked.
   * @throws {StreamError} `wrong-place` outside of the actor's own methods; `lockstep-overrun` if an item was lost in
   * lockstep.
   */
  readLatest(): M | undefined {
    this.#checkPlace();
    this.#held = undefined;
    if (this.#shown) return this.#shown;
    const link = this.#link;
    if (!link) return undefined;
    const joined = this.#host.joined;
    let item: M | undefined;
    if (joined && this.spec.delivery === "latest" && link.output.host.sourceClock()?.id === joined.clockId) {
      item = link.at(joined.timestampNs, (itemNs) => itemNs === joined.timestampNs) ?? link.latest(true, false);
      if (item && item.timestampNs !== joined.timestampNs) this.#unaligned++;
      // Items of ticks at which the body did not look are passed over, not lost.
      return this.#shown = this.#note(item);
    } else {
      item = this.isLossless ? link.next() ?? link.again() : link.latest(true);
    }
    return this.#shown = this.#count(item);
  }

  /**
   * The next item that was not read yet: on an ordered input, and on any in lockstep, the oldest kept one, else the
   * newest.
   *
   * @returns The item, pinned until `process` returns, or `undefined` if there is none.
   * @throws {StreamError} As {@linkcode Input.readLatest}.
   */
  read(): M | undefined {
    this.#checkPlace();
    const held = this.#held;
    this.#held = undefined;
    if (held) return held;
    const link = this.#link;
    if (!link) return undefined;
    const inOrder = this.spec.delivery === "ordered" || this.isLossless;
    return this.#count(inOrder ? link.next() : link.latest(false));
  }

  /**
   * The newest kept item that is not later than an instant. How far back items are kept is said by the output's
   * `history`.
   *
   * @param timestampNs TAI instant, ns.
   * @returns The item, pinned until `process` returns, or `undefined` if none is kept that is old enough.
   * @throws {StreamError} As {@linkcode Input.readLatest}.
   */
  readAt(timestampNs: bigint): M | undefined {
    this.#checkPlace();
    return this.#count(this.#link?.at(timestampNs, () => true));
  }

  /** Every unread item in order, as {@linkcode Input.read} gives them: of a latest input at most the newest. */
  *[Symbol.iterator](): IterableIterator<M> {
    for (let item = this.read(); item; item = this.read()) yield item;
  }

  /** What this input has done so far. */
  stats(): InputStats {
    return {
      source: this.#link?.output.label,
      read: this.#read,
      missed: this.#missedBefore + (this.#link?.missed ?? 0),
      repeated: this.#repeated,
      unaligned: this.#unaligned,
      ageNs: this.#last?.ageNs,
      bytesCopied: this.ledger.bytesCopied,
      ...(this.#latency ? { latency: this.#latency.stats() } : {}),
    };
  }

  /** @internal The item read last, perhaps released. */
  get lastItem(): M | undefined {
    return this.#last;
  }

  /** @internal The instant of the newest item, for joins. */
  newestTimestampNs(): bigint | undefined {
    return this.#link?.newestTimestampNs();
  }

  /** @internal The item that sets the beat and that `process` has not yet seen. */
  get held(): M | undefined {
    return this.#held;
  }

  /** @internal Shows the item that sets the beat: `readLatest` or `read` of this call of `process` gives it. */
  hold(): M | undefined {
    if (!this.#link || this.#held) return this.#held;
    const item = this.isLossless ? this.#link.next() : this.#link.latest(true);
    this.#shown = this.#count(item);
    this.#held = this.#shown?.repeated ? undefined : this.#shown;
    return this.#shown;
  }

  /** @internal Releases what `process` has read and not retained. */
  endProcess(): void {
    this.#shown = undefined;
    this.#held = undefined;
    this.#link?.endProcess();
    for (const link of this.#cut.splice(0)) link.endProcess();
  }

  /** @internal The body has ended and another one will follow: what it has retained is let go. */
  revoke(): void {
    this.#link?.revoke();
    this.#last = undefined;
  }

  /** @internal The source has committed or ended. */
  notify(): void {
    this.#host.wake(this);
  }

  #note(item: M | undefined): M | undefined {
    if (!item) return undefined;
    this.#last = item;
    if (item.repeated) this.#repeated++;
    else {
      this.#read++;
      if (isTimingReads) this.#time(item);
      if (tracedOneOf > 0) noteRead(this.#host.label, item.header);
    }
    return item;
  }

  /** Virtual time and that of the machine have nothing to do with each other. */
  #time(item: M): void {
    if (!this.source?.host.sourceClock()?.domain) (this.#latency ??= new ReadLatency()).note(item.header);
  }

  #count(item: M | undefined): M | undefined {
    if (!this.#note(item)) return undefined;
    if (item!.missed > 0 && this.isLossless) {
      throw new StreamError(
        "lockstep-overrun",
        `Cannot go on in lockstep: ${this.label} lost ${
          item!.missed
        } items; declare a depth greater than ${this.spec.depth}`,
      );
    }
    return item;
  }

  #checkPlace(): void {
    if (this.#host.isWorking) return;
    throw new StreamError(
      "wrong-place",
      `Cannot read ${this.label} from outside: only the actor's own process(), onStart(), onStop() and controls may`,
    );
  }
}

function labelOf(port: unknown): string {
  return typeof port === "object" && port !== null && "label" in port ? String(port.label) : String(port);
}

/** Whether items of `target` can reach `from` without passing an actor that buffers. */
function reaches(from: PortHost, target: PortHost, seen: Set<PortHost> = new Set()): boolean {
  if (from.buffers || target.buffers) return false;
  if (from === target) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  for (const host of from.upstream()) if (reaches(host, target, seen)) return true;
  return false;
}
