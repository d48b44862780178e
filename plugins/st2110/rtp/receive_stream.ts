/**
 * A native receiver that fills the ring of an output, and what belongs to it: its clock, its totals.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import process from "node:process";
import { type Feed, type FormatOf, type Message, type Output } from "@streamlib/core";
import type { Essence } from "../sdp/essence.ts";
import { BufferNotice } from "./buffer_notice.ts";
import type { Native } from "./native.ts";
import type { ReceivePlan, RtpReceiveOptions } from "./receive_options.ts";
import { type Count, StatCounters } from "./stat_counters.ts";

/** The library's receiver. */
export type NativeReceiver = ReturnType<Native["openReceiver"]>;
/** What the library is told of a stream. */
export type ReceiverConfig = Parameters<Native["openReceiver"]>[0];
/** What the library says of a stream. */
export type ReceiverStatistics = ReturnType<NativeReceiver["statistics"]>;
/** What an actor adds to {@linkcode ReceiveStream.open}: the essence. */
export type ReceiverEssence = ReceiverConfig extends infer C ? C extends ReceiverConfig ? Omit<
      C,
      | "local"
      | "source"
      | "interface"
      | "receiveBufferBytes"
      | "useGro"
      | "payloadType"
      | "rtcp"
      | "taiShiftNs"
    >
  : never
  : never;

/** Counters of every receiving actor, by the library's names. */
const COUNTERS = {
  packets: "packets",
  octets: "octets",
  kernelDropped: "packetsDroppedBySystem",
  lost: "packetsLost",
  duplicates: "packetsDuplicate",
  reordered: "packetsReordered",
  late: "packetsLate",
  pressedOut: "packetsPressedOut",
  notRtp: "packetsNotRtp",
  rtcpAtMediaPort: "packetsRtcpAtMediaPort",
  wrongPayloadType: "packetsWrongPayloadType",
  wrongSource: "packetsWrongSource",
  strays: "packetsOfOtherStreams",
  jumps: "packetsJumped",
  tooLong: "packetsTooLong",
  truncated: "packetsTruncated",
  malformed: "packetsMalformed",
  outside: "packetsOutsidePicture",
  splitGroup: "packetsSplitGroup",
  timestampJumps: "packetsTimestampJumped",
  faulty: "ancillaryFaulty",
  frames: "items",
  incompleteFrames: "itemsIncomplete",
  discardedFrames: "itemsDiscarded",
  droppedFrames: "itemsDropped",
  oversizedFrames: "itemsOversized",
  concealedRows: "rowsConcealed",
  silentSamples: "samplesSilent",
  ssrcChanges: "sendersChanged",
  restarts: "sequencesRestarted",
  senderReports: "reportsReceived",
  badRtcp: "reportsMalformed",
  receiveErrors: "receiveErrors",
} as const;

/** What a receiving actor has open. */
export class ReceiveStream<M extends Message> {
  readonly #counters: StatCounters;
  readonly #output: Output<M>;
  readonly #count: Count;
  readonly #notice: BufferNotice;
  /** What the sender does that the standard does not have, as far as it was counted. */
  readonly #oddities = new Set<string>();
  #receiver: NativeReceiver | undefined;
  #feed: Feed<FormatOf<M>> | undefined;

  /**
   * @param output Where items come out.
   * @param who The actor's label.
   * @param count The actor's.
   */
  constructor(output: Output<M>, who: string, count: Count) {
    this.#output = output;
    this.#count = count;
    this.#notice = new BufferNotice(who, "receive");
    this.#counters = new StatCounters(COUNTERS, count);
  }

  /** The receiver, while it is open. */
  get receiver(): NativeReceiver | undefined {
    return this.#receiver;
  }

  /**
   * Begins to receive: the thread fills the output's ring from now on.
   *
   * @param native The library.
   * @param options The actor's.
   * @param plan What to listen to.
   * @param essence What comes.
   * @param format What comes out.
   * @throws {NativeError} If the library refuses the format or the network the addresses.
   */
  open(
    native: Native,
    options: RtpReceiveOptions,
    plan: ReceivePlan<Essence>,
    essence: ReceiverEssence,
    format: FormatOf<M>,
  ): void {
    this.close();
    const { interface: name, receiveBufferBytes, receiveOffload = true, rtcp = false } = options;
    const receiver = native.openReceiver({
      ...essence,
      local: plan.local,
      grouped: receiveOffload,
      ...(plan.source === undefined ? {} : { source: { address: plan.source, port: 0 } }),
      ...(plan.payloadType === undefined ? {} : { payloadType: plan.payloadType }),
      ...(name === undefined ? {} : { interface: name }),
      ...(receiveBufferBytes === undefined ? {} : { receiveBufferBytes }),
      ...(rtcp
        ? {
          rtcp: {
            cname: `${process.pid}-${plan.local.port}@${hostname()}`.slice(0, 64),
            ssrc: randomBytes(4).readUInt32BE(),
          },
        }
        : {}),
    } as ReceiverConfig);
    this.#receiver = receiver;
    this.#notice.look(receiveBufferBytes, receiver.statistics().receiveBufferBytes);
    try {
      this.#feed = this.#output.feed(format, {
        onRing: ({ handle, writer }) => receiver.setRing(handle, writer),
        onClose: () => receiver.close(),
      });
    } catch (thrown) {
      receiver.close();
      this.#receiver = undefined;
      throw thrown;
    }
  }

  /** Tells the actor's counters what the receiver has done. @returns What it has done. */
  update(): ReceiverStatistics | undefined {
    const receiver = this.#receiver;
    if (!receiver) return undefined;
    const totals = receiver.statistics();
    this.#counters.update({ ...totals });
    for (const oddity of totals.oddities) {
      if (!this.#oddities.has(oddity)) this.#count(`oddity.${oddity}`, 1);
      this.#oddities.add(oddity);
    }
    return totals;
  }

  /** Items are of another format from now on. */
  set format(format: FormatOf<M>) {
    if (this.#feed) this.#feed.format = format;
  }

  /** Stops receiving. */
  close(): void {
    const receiver = this.#receiver;
    if (!receiver) return;
    this.#feed?.close();
    receiver.close();
    this.#receiver = undefined;
    this.#feed = undefined;
    this.#counters.update({ ...receiver.statistics() });
    this.#counters.restart();
  }
}
