/**
 * A native sender and what belongs to it: its port, the items that it is sending, its totals.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { hostname } from "node:os";
import process from "node:process";
import { periodNs, type PortLease, profile, PROFILE_SPANS, udpPorts } from "@streamlib/core";
import type { Essence } from "../sdp/essence.ts";
import { BufferNotice } from "./buffer_notice.ts";
import type { Native } from "./native.ts";
import type { RtpSendOptions, SendPlan } from "./send_options.ts";
import { type Count, StatCounters } from "./stat_counters.ts";

/** The library's sender. */
export type NativeSender = ReturnType<Native["openSender"]>;
/** What the library is told of a stream. */
export type SenderConfig = Parameters<Native["openSender"]>[0];
/** What the library is told of one item. */
export type SenderJob = Parameters<NativeSender["submit"]>[1];
/** What an actor adds to {@linkcode SendStream.open}: the essence. */
export type SenderEssence = SenderConfig extends infer C
  ? C extends SenderConfig ? Omit<C, "to" | "from" | "interface" | "hops" | "dscp" | "payloadType" | "ssrc" | "rtcp">
  : never
  : never;

/** Where a stream goes. */
export interface Destination {
  /** IP address of a receiver, or a multicast group. */
  readonly address: string;
  /** UDP port of RTP; RTCP goes to the next one. */
  readonly port: number;
}

/** An item that stays in its slot until it was sent. */
export interface Pinned {
  /** Its bytes; valid until the release. */
  readonly data: Uint8Array;
  /** Keeps it. */
  retain(): unknown;
  /** Lets it go. */
  release(): void;
}

/** Counters of every sending actor, by the library's names. */
const COUNTERS = {
  packets: "packets",
  octets: "octets",
  refused: "packetsRefused",
  answers: "packetsUnheard",
  late: "itemsLate",
  batches: "batches",
  lateBatches: "batchesLate",
  dropped: "itemsGivenUp",
  malformed: "itemsMalformed",
  discardedSamples: "samplesDiscarded",
  reportsReceived: "reportsReceived",
} as const;

/**
 * Items that are kept for the thread at a time: one is being sent, others wait. A thread that gets no processor for a
 * tenth of a second loses no frame of 60 Hz.
 */
export const PINNED_MAX = 7;

/**
 * Items are sent one after another, so one whose time is far off would hold up all that follow: its source has another
 * clock, or time was set back since. Beside this there is room for the longest delay in frame periods.
 */
const AHEAD_NS = 10_000_000_000n;
const AHEAD_PERIODS = 10;

/** What a sending actor has open. */
export class SendStream<E extends Essence = Essence> {
  /** The library. */
  readonly native: Native;
  /** Where to send, and what the given description wants. */
  readonly plan: SendPlan<E>;
  readonly #lease: PortLease;
  readonly #count: Count;
  readonly #counters: StatCounters;
  readonly #options: RtpSendOptions;
  readonly #notice: BufferNotice;
  readonly #ssrc: number;
  /** Items that are being sent, oldest first, and the number of the first one's job. */
  readonly #pinned: Pinned[] = [];
  #firstJob = 0;
  #sender: NativeSender | undefined;
  /** Sequence numbers that are used up, and what receivers were sent, modulo 2^32. */
  #sequence = 0;
  #before = { packets: 0, octets: 0 };
  #trOffsetNs = 0n;
  #from: string | undefined;
  #aheadNsMax = 0n;

  private constructor(
    native: Native,
    lease: PortLease,
    options: RtpSendOptions,
    plan: SendPlan<E>,
    who: string,
    count: Count,
  ) {
    this.native = native;
    this.#lease = lease;
    this.#options = options;
    this.plan = plan;
    this.#notice = new BufferNotice(who, "send");
    this.#count = count;
    this.#counters = new StatCounters(COUNTERS, count);
    this.#ssrc = options.ssrc ?? randomBytes(4).readUInt32BE();
  }

  /**
   * Takes the port that was named, or an even one for RTP with the odd one above it for RTCP.
   *
   * @param who The actor's label.
   * @throws {StreamError} `resource` if another output of this thread goes there, or no port is free.
   */
  static async make<E extends Essence>(
    native: Native,
    options: RtpSendOptions,
    plan: SendPlan<E>,
    who: string,
    count: Count,
  ): Promise<SendStream<E>> {
    const { owner = who } = options;
    const { address: host, port } = plan.to;
    const lease = port === undefined ? await udpPorts.claim({ owner, host }) : udpPorts.name({ owner, host, port });
    // It is where others receive, perhaps on this machine: the sender itself leaves from any port.
    await lease.handOver();
    return new SendStream(native, lease, options, plan, who, count);
  }

  /** Where packets go. */
  get to(): Destination {
    return { address: this.#lease.host, port: this.#lease.port };
  }

  /** Address that packets leave from, while it is open. */
  get from(): string | undefined {
    return this.#from;
  }

  /** Of pictures: from the start of a frame period to its first packet, as the sender type has it (ST 2110-21 §6.2). */
  get trOffsetNs(): bigint {
    return this.#trOffsetNs;
  }

  /** Whether {@linkcode SendStream.open} was called and the stream not closed. */
  get isOpen(): boolean {
    return this.#sender !== undefined;
  }

  /**
   * Begins to send, or goes on with another essence: the stream is the same, its sequence numbers and reports go on, and
   * nobody is told that it has ended.
   *
   * @throws {NativeError} If the library refuses the format or the network the addresses.
   */
  open(essence: SenderEssence): void {
    this.#closeSender({ goesOn: true });
    const {
      localAddress,
      localPort = 0,
      interface: name,
      dscp = 34,
      rtcp = true,
      segmentOffload = true,
      sendBufferBytes,
      maxBytesPerSecond,
    } = this.#options;
    const { hops, payloadType } = this.plan;
    const { to } = this;
    this.#sender = this.native.openSender({
      ...essence,
      to,
      from: { address: localAddress ?? (isIPv6(to.address) ? "::" : "0.0.0.0"), port: localPort },
      hops,
      dscp,
      payloadType,
      ssrc: this.#ssrc,
      firstSequence: this.#sequence,
      mode: segmentOffload ? "gso" : "single",
      ...(sendBufferBytes === undefined ? {} : { sendBufferBytes }),
      ...(maxBytesPerSecond === undefined ? {} : { maxBytesPerSecond }),
      ...(name === undefined ? {} : { interface: name }),
      ...(rtcp ? { rtcp: { cname: this.#cname, before: this.#before } } : {}),
    } as SenderConfig);
    const { trOffsetNs, sendBufferBytes: givenBytes } = this.#sender.statistics();
    this.#trOffsetNs = BigInt(trOffsetNs);
    this.#aheadNsMax = AHEAD_NS + BigInt("rate" in essence ? AHEAD_PERIODS * periodNs(essence.rate) : 0);
    // Without the interface of a link: descriptions have no word for it.
    this.#from = this.#sender.local().address.split("%")[0];
    this.#notice.look(sendBufferBytes, givenBytes);
    this.#counters.restart();
  }

  /**
   * Has an item sent that the library copies.
   *
   * @returns Whether it was taken; `false` counts as `itemsRefused`: too many wait, or as `itemsTooEarly`.
   */
  submit(payload: Uint8Array, job: SenderJob): boolean {
    if ((job.startNs ?? 0n) > this.native.time.monotonicNs() + this.#aheadNsMax) {
      this.#count("itemsTooEarly", 1);
      return false;
    }
    const isTaken = profile(PROFILE_SPANS.network, () => this.#sender?.submit(payload, job)) === 0;
    if (!isTaken) this.#count("itemsRefused", 1);
    this.#update();
    return isTaken;
  }

  /** Has an item sent from where it lies, and keeps it until that is done. @returns As {@linkcode SendStream.submit}. */
  submitPinned(item: Pinned, job: SenderJob): boolean {
    this.#release();
    if (this.#pinned.length >= PINNED_MAX) {
      this.#count("itemsRefused", 1);
      return false;
    }
    const isTaken = this.submit(item.data, job);
    if (isTaken) {
      item.retain();
      this.#pinned.push(item);
    }
    return isTaken;
  }

  /** Of H.264: parameter sets for pictures that have none of their own. */
  setParameterSets(record: Uint8Array): void {
    this.#sender?.setParameterSets(record);
  }

  /** Stops sending and gives the port back. */
  async close(): Promise<void> {
    this.#closeSender({ goesOn: false });
    await this.#lease.release();
  }

  get #cname(): string {
    return `${process.pid}-${this.#lease.port}@${hostname()}`.slice(0, 64);
  }

  #closeSender(how: { readonly goesOn: boolean }): void {
    const sender = this.#sender;
    if (!sender) return;
    this.#sender = undefined;
    sender.close(how);
    const totals = sender.statistics();
    const { packets, octets } = this.#before;
    this.#sequence = (this.#sequence + totals.packets + totals.refused) % 2 ** 32;
    this.#before = { packets: (packets + totals.packets) % 2 ** 32, octets: (octets + totals.octets) % 2 ** 32 };
    this.#counters.update({ ...totals });
    for (const item of this.#pinned.splice(0)) item.release();
    this.#firstJob = 0;
  }

  #update(): void {
    if (this.#sender) this.#counters.update({ ...this.#sender.statistics() });
  }

  #release(): void {
    const done = this.#sender?.doneCount() ?? 0;
    for (; this.#firstJob < done && this.#pinned.length > 0; this.#firstJob++) this.#pinned.shift()!.release();
  }
}
