/**
 * Receivers of streams: native threads that put whole items of a stream into the slots of a ring. See
 * zig/src/stream/receiver.zig.
 *
 * @module
 */

import {
  type NativeFunctions,
  netEndpointLayout,
  receiverStatisticsLayout as statisticsLayout,
  results,
} from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import type { RingHandle, RingWriter } from "./native_ring.ts";
import { encodeReceiverConfig, type NativeReceiverConfig } from "./receiver_config.ts";
import { check } from "./result.ts";

/** What a sender does that its standard does not have, and that is understood all the same. */
export type NativeOddity =
  | "stuck-extension"
  | "many-segments"
  | "one-timestamp"
  | "frame-numbered"
  | "other-packet-time"
  | "other-epoch";

/** What a receiver has seen since it was opened: counts, where nothing else is said. */
export interface NativeReceiverStatistics {
  /** RTP packets of the stream, doubles not counted. */
  readonly packets: number;
  /** Bytes of their payload. */
  readonly octets: number;
  /** What the system threw away because the receive buffer was full, renewed ten times a second; runs count as one. */
  readonly kernelDropped: number;
  /** Sequence numbers between the first and the newest that have not come. */
  readonly lost: number;
  /** Packets that had come before. */
  readonly duplicates: number;
  /** Packets that came after one that follows them. */
  readonly reordered: number;
  /** Packets that came after their place was given up. */
  readonly late: number;
  /** Packets that were held longer than there was room for. */
  readonly pressedOut: number;
  /** Datagrams that are not RTP. */
  readonly notRtp: number;
  /** RTCP at the port of the media. */
  readonly rtcpAtMediaPort: number;
  /** Packets of another payload type. */
  readonly wrongPayloadType: number;
  /** Datagrams from another address than the one that was asked for. */
  readonly wrongSource: number;
  /** Packets of another SSRC while ours is heard. */
  readonly strays: number;
  /** Packets whose sequence number is too far off, until a second one says the same. */
  readonly jumps: number;
  /** Datagrams longer than there is room for. */
  readonly tooLong: number;
  /** Payloads that end before what they announce. */
  readonly truncated: number;
  /** Payloads whose parts do not fit together. */
  readonly malformed: number;
  /** Packets with pixels outside of the picture, or of another field than the packet's. */
  readonly outside: number;
  /** Packets with a length or offset within a pixel group. */
  readonly splitGroup: number;
  /** Packets whose time stamp is far off, until a second one says the same. */
  readonly timestampJumps: number;
  /** ANC packets whose parity or checksum is wrong; they are left out. */
  readonly faulty: number;
  /** Items that were committed. */
  readonly frames: number;
  /** Items of which something is missing, delivered or not. */
  readonly incompleteFrames: number;
  /** Those of them that were not delivered. */
  readonly discardedFrames: number;
  /** Items that passed because no slot was free, or no ring was there. */
  readonly droppedFrames: number;
  /** Parts of items that did not fit into a slot. */
  readonly oversizedFrames: number;
  /** Rows that are those of the last frame. */
  readonly concealedRows: number;
  /** Samples of each channel that stand for what did not come. */
  readonly silentSamples: number;
  /** Another SSRC has taken over. */
  readonly ssrcChanges: number;
  /** The sequence has begun anew. */
  readonly restarts: number;
  /** The SSRC of the stream; 0 before the first packet. */
  readonly ssrc: number;
  /** Of the newest packet. */
  readonly payloadType: number;
  /** RFC 3550 §6.4.1, in ticks of the media clock. */
  readonly jitter: number;
  /** What was seen. */
  readonly oddities: readonly NativeOddity[];
  /** Reports of the sender. */
  readonly senderReports: number;
  /** Goodbyes of the sender. */
  readonly goodbyes: number;
  /** Reports sent. */
  readonly reportsSent: number;
  /** Datagrams at the port of RTCP that are none, or broken. */
  readonly badRtcp: number;
  /** NTP time of the newest sender report (32 bits of seconds since 1900, 32 of fraction), 0n for none. */
  readonly senderNtp: bigint;
  /** The RTP time stamp of the same instant. */
  readonly senderTimestamp: number;
  /** Calls of the system to receive. */
  readonly calls: number;
  /** Calls that failed. */
  readonly receiveErrors: number;
  /** What the socket has to receive. */
  readonly receiveBufferBytes: number;
  /** Whether runs of datagrams come together. */
  readonly isGrouped: boolean;
  /** Whether the thread has the real-time priority that was asked for. */
  readonly isRealTime: boolean;
  /** CPU time of the thread, renewed ten times in a second. */
  readonly cpuNs: number;
  /** Of H.264: how often the parameter sets in the stream were not what they had been. */
  readonly parameterSetChanges: number;
}

/** In the order of their bits. */
const oddities: readonly NativeOddity[] = [
  "stuck-extension",
  "many-segments",
  "one-timestamp",
  "frame-numbered",
  "other-packet-time",
  "other-epoch",
];

const recordBytesMax = 8192;

/**
 * A receiver as one thread has it. Its own thread is native, and goes on when this one is busy. A thread of JavaScript
 * that ends closes what it has left open.
 *
 * The ring is the caller's: it makes it, keeps it attached, opens its writer and lends that to the receiver, which
 * alone writes until another ring is set or it is closed. Then the caller closes the writer.
 *
 * An item's header: `timestampNs` and `sourceTimestampNs` are the TAI of its RTP time stamp, `monotonicNs` the arrival
 * of its last packet, `taiFrame` the frame of the rate (of audio: of the rate of blocks), `frameNumber` counts from 0
 * with those that did not come, `clockId` is 0; flags are `discontinuity` and, of compressed video, `keyframe`. Its
 * metadata is JSON of at most 512 bytes: `rtpTimestamp`; where rows are missing `missingRowCount` and `missingRows`, as
 * `[first, count]` as many as fit; of compressed video `incomplete`, `field` (1 or 2) and `parameterSetsChanged`.
 */
export class NativeReceiver {
  readonly #functions: NativeFunctions;
  readonly #statistics: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(statisticsLayout.structBytes));
  #handle: number;
  #last: NativeReceiverStatistics | undefined;

  /**
   * Opens a socket and starts a thread. Until a ring is set, items are dropped and counted.
   *
   * @throws {RangeError | TypeError} For an option that cannot be; it is named.
   * @throws {NativeError} What is wrong with the format: `bad_picture_size`, `no_pgroup`, `interlaced_quarter`,
   * `bad_udp_size`, `no_blocks`, `no_conversion`, `bad_rate`, `bad_audio_size`, `out_of_range` for a picture that does
   * not lie within `itemBytes`; with the network: `bad_endpoint`, `port_taken`, `address_not_local`, `not_multicast`,
   * `no_such_interface`, `source_filter_unsupported`, `permission`; or `out_of_memory`, `too_many_files`,
   * `too_many_handles`.
   */
  constructor(library: NativeLibrary, config: NativeReceiverConfig) {
    this.#functions = library.functions;
    const bytes = encodeReceiverConfig(config);
    const action = `open a receiver at ${config.local.address} port ${config.local.port}`;
    this.#handle = check(library.functions.sl_receiver_open(bytes), action);
  }

  /**
   * Has items go into a ring from now on. An item that is being filled moves there, or is dropped and counted if there
   * is no slot; nothing is written into the ring before any more.
   *
   * @param ring Its slots have room for an item, and best for 512 bytes of metadata. None to drop all items.
   * @param writer From `openWriter()`; nobody else uses it until another ring is set.
   * @throws {NativeError} `bad_handle`, or `out_of_space` if the slots are too small: then nothing has changed.
   */
  setRing(ring?: RingHandle, writer?: RingWriter): void {
    check(this.#functions.sl_receiver_set_ring(this.#handle, ring ?? 0, writer ?? 0), "set the ring of a receiver");
  }

  /** What it has seen; after `close()` the last of it. */
  statistics(): NativeReceiverStatistics {
    if (this.#last !== undefined) return this.#last;
    check(this.#functions.sl_receiver_statistics(this.#handle, this.#statistics), "ask a receiver what it has seen");
    return decodeStatistics(this.#statistics);
  }

  /**
   * The port that it receives at, also if the system chose it.
   *
   * @throws {NativeError} `bad_handle` after `close()`.
   */
  localPort(): number {
    const bytes = new DataView(new ArrayBuffer(netEndpointLayout.structBytes));
    check(this.#functions.sl_receiver_local(this.#handle, bytes), "ask a receiver for its port");
    return bytes.getUint32(netEndpointLayout.port, true);
  }

  /**
   * Of H.264: the decoder configuration record (ISO/IEC 14496-15, "avcC") of the parameter sets that came in the
   * stream, also while no ring is set; undefined while there is no SPS and PPS.
   *
   * @throws {NativeError} `not_supported` of other streams, `bad_handle` after `close()`.
   */
  parameterSets(): Uint8Array | undefined {
    const bytes = new Uint8Array(recordBytesMax);
    const code = this.#functions.sl_receiver_parameter_sets(this.#handle, bytes);
    if (code === results.empty) return undefined;
    return bytes.slice(0, check(code, "ask a receiver for parameter sets"));
  }

  /**
   * Stops the thread, which takes at most 100 ms, and frees the port. Nothing is written into the ring any more. May be
   * called again.
   */
  close(): void {
    if (this.#handle === 0) return;
    check(this.#functions.sl_receiver_close(this.#handle, this.#statistics), "close a receiver");
    this.#handle = 0;
    this.#last = decodeStatistics(this.#statistics);
  }
}

function decodeStatistics(view: DataView): NativeReceiverStatistics {
  const count = (offset: number): number => Number(view.getBigUint64(offset, true));
  const at = statisticsLayout;
  const seen = count(at.oddities);
  return {
    packets: count(at.packets),
    octets: count(at.octets),
    kernelDropped: count(at.kernelDropped),
    lost: count(at.lost),
    duplicates: count(at.duplicates),
    reordered: count(at.reordered),
    late: count(at.late),
    pressedOut: count(at.pressedOut),
    notRtp: count(at.notRtp),
    rtcpAtMediaPort: count(at.rtcpAtMediaPort),
    wrongPayloadType: count(at.wrongPayloadType),
    wrongSource: count(at.wrongSource),
    strays: count(at.strays),
    jumps: count(at.jumps),
    tooLong: count(at.tooLong),
    truncated: count(at.truncated),
    malformed: count(at.malformed),
    outside: count(at.outside),
    splitGroup: count(at.splitGroup),
    timestampJumps: count(at.timestampJumps),
    faulty: count(at.faulty),
    frames: count(at.frames),
    incompleteFrames: count(at.incompleteFrames),
    discardedFrames: count(at.discardedFrames),
    droppedFrames: count(at.droppedFrames),
    oversizedFrames: count(at.oversizedFrames),
    concealedRows: count(at.concealedRows),
    silentSamples: count(at.silentSamples),
    ssrcChanges: count(at.ssrcChanges),
    restarts: count(at.restarts),
    ssrc: count(at.ssrc),
    payloadType: count(at.payloadType),
    jitter: count(at.jitter),
    oddities: oddities.filter((_, bit) => (seen >> bit & 1) !== 0),
    senderReports: count(at.senderReports),
    goodbyes: count(at.goodbyes),
    reportsSent: count(at.reportsSent),
    badRtcp: count(at.badRtcp),
    senderNtp: view.getBigUint64(at.senderNtp, true),
    senderTimestamp: count(at.senderTimestamp),
    calls: count(at.calls),
    receiveErrors: count(at.receiveErrors),
    receiveBufferBytes: count(at.receiveBufferBytes),
    isGrouped: count(at.isGrouped) === 1,
    isRealTime: count(at.isRealTime) === 1,
    cpuNs: count(at.cpuNs),
    parameterSetChanges: count(at.parameterSetChanges),
  };
}
