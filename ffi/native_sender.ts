/**
 * Senders of streams: native threads that make packets of whole items and send each when it is due. See
 * zig/src/stream/sender.zig.
 *
 * @module
 */

import {
  type NativeFunctions,
  netEndpointLayout,
  results,
  senderJobLayout as jobLayout,
  senderStatisticsLayout as statisticsLayout,
} from "./abi.gen.ts";
import { getEndpoint, type NativeEndpoint } from "./endpoint.ts";
import type { NativeLibrary } from "./library.ts";
import { check, resultName } from "./result.ts";
import { encodeSenderConfig, type NativeSenderConfig } from "./sender_config.ts";

/** One item to be sent. */
export interface NativeSenderJob {
  /**
   * Monotonic instant at which its time begins: T_VD of a frame (ST 2110-21 §6.2), the instant at which the first
   * sample is sent, the earliest instant of a list. 0 or none is now.
   */
  readonly startNs?: bigint;
  /** The media clock of the frame, its first field or its first sample; the low 32 bits are the RTP time stamp. */
  readonly mediaClock: bigint;
  /** That of the second field; of PsF that of the frame. */
  readonly secondMediaClock?: bigint;
  /** Where the planes of a frame begin in the payload, at most four. Default: 0. */
  readonly planeOffsets?: readonly number[];
  /** Bytes from row to row of each plane. Of pixel groups without: rows follow without a gap. */
  readonly strides?: readonly number[];
  /** Of audio: samples of each channel in the block. */
  readonly samples?: number;
  /** The field that an item of JPEG XS or ancillary data is. Default: a whole frame. */
  readonly field?: "first" | "second";
}

/** What a sender has done since it was opened. */
export interface NativeSenderStatistics {
  /** Jobs that were taken. */
  readonly submitted: number;
  /** Jobs that are over, sent or not. */
  readonly done: number;
  /** Jobs given up unsent or in part: the sender was closed, or an access unit was none. */
  readonly dropped: number;
  /** Those of them that were no access unit. */
  readonly malformed: number;
  /** Jobs whose start was more than 1 ms ago when the thread came to them; none without pacing. */
  readonly late: number;
  /** Batches of packets that had an instant: all but those that leave at once. */
  readonly batches: number;
  /**
   * Batches that a receiver may have missed: of video those that left after the instant of their first packet in the
   * schedule, of audio after it by more than a packet time, of ancillary data by more than `lateNsMax`.
   */
  readonly lateBatches: number;
  /** The most of that; of audio and ancillary data the most that any batch was late. */
  readonly worstLateNs: number;
  /** Packets that the system took. */
  readonly packets: number;
  /** Bytes of RTP payload. */
  readonly octets: number;
  /** Packets that the system refused. */
  readonly refused: number;
  /** Times that the network said that nobody listens there. */
  readonly answers: number;
  /** Why a packet was refused last, or `refused` for an answer; `ok` for never. */
  readonly lastError: string;
  /** Calls of the system to send. */
  readonly calls: number;
  /** The most packets that went out at once. */
  readonly burstMax: number;
  /** Whether runs of datagrams are cut by the system. */
  readonly isSegmented: boolean;
  /** Whether the thread has the real-time priority that was asked for. */
  readonly isRealTime: boolean;
  /** CPU time of the thread. */
  readonly cpuNs: number;
  /** Of video: from the start of a frame period to T_VD in the schedule of its sender type (ST 2110-21 §6.2); else 0. */
  readonly trOffsetNs: number;
  /** What the socket has to send; see `socketBufferWarning`. */
  readonly sendBufferBytes: number;
  /** Samples of audio that never filled a packet, because the next block did not follow on them. */
  readonly discardedSamples: number;
  /** RTCP reports sent. */
  readonly reportsSent: number;
  /** RTCP reports of receivers about this stream. */
  readonly reportsReceived: number;
  /** From the newest of those: packets lost since the one before, 0 to 1. */
  readonly fractionLost: number;
  /** From the newest of those: packets lost in all; negative if duplicates outweigh them. */
  readonly lost: number;
  /** From the newest of those: jitter in ticks of the media clock. */
  readonly jitter: number;
  /**
   * How many batches left how long after their planned instants: [0] those that were exact, [i] those of 2^(i - 1) to
   * 2^i - 1 ns.
   */
  readonly deviation: readonly number[];
}

const fieldCodes: Readonly<Record<"first" | "second", number>> = { first: 2, second: 3 };

const deviationCount = (statisticsLayout.structBytes - statisticsLayout.deviation) / 8;
/** Jobs that the library takes before the first is done. */
const jobsMax = 16;

/**
 * A sender as one thread has it. `submit` never waits; the thread that sends is native, and goes on when this one is
 * busy. A thread of JavaScript that ends closes what it has left open.
 *
 * Who owns what: audio and ancillary data are copied by `submit`. A frame or coded picture must stay as it is, and a
 * ring that it lies in attached, until `doneCount()` says that its job is over, or until `close()`.
 */
export class NativeSender {
  readonly #functions: NativeFunctions;
  readonly #job: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(jobLayout.structBytes));
  readonly #statistics: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(statisticsLayout.structBytes));
  /** The thread reads them: they must not be collected before. */
  readonly #payloads: (Uint8Array | undefined)[] = new Array(jobsMax).fill(undefined);
  readonly #isCopied: boolean;
  #submitted: number = 0;
  #released: number = 0;
  #handle: number;
  #last: NativeSenderStatistics | undefined;

  /**
   * Opens a socket and starts a thread.
   *
   * @throws {RangeError | TypeError} For an option that cannot be; it is named.
   * @throws {NativeError} What is wrong with the format: `bad_picture_size`, `no_pgroup`, `interlaced_quarter`,
   * `bad_udp_size`, `no_blocks`, `no_conversion`, `bad_rate`, `bad_audio_size`, `no_gap`, `too_fast`; with the network:
   * `bad_endpoint`, `port_taken`, `address_not_local`, `no_route`, `no_such_interface`, `permission`; or
   * `out_of_memory`, `too_many_files`, `too_many_handles`.
   */
  constructor(library: NativeLibrary, config: NativeSenderConfig) {
    this.#functions = library.functions;
    const bytes = encodeSenderConfig(config);
    const action = `open a sender to ${config.to.address} port ${config.to.port}`;
    this.#handle = check(library.functions.sl_sender_open(bytes), action);
    this.#isCopied = config.kind === "audio" || config.kind === "ancillary";
  }

  /**
   * Has an item sent.
   *
   * @param payload A frame, a block, a list, or a coded picture.
   * @returns 0; `full` if 16 jobs wait, or their copies fill the memory for them: a drop, which the caller counts;
   * `bad_handle` after `close()`.
   * @throws {NativeError} `bad_payload` if it is not what job and config say.
   * @throws {RangeError} For numbers that cannot be.
   */
  submit(payload: Uint8Array, job: NativeSenderJob): number {
    putJob(this.#job, job);
    // A runtime may keep a small array where its collector moves it, until somebody asks for its buffer.
    void payload.buffer;
    const code = this.#functions.sl_sender_submit(this.#handle, payload, this.#job);
    if (code === 0) this.#keep(payload);
    if (code === results.full || code === results.bad_handle || code === results.ended) return code;
    return check(code, "send an item");
  }

  #keep(payload: Uint8Array): void {
    if (!this.#isCopied) this.#payloads[this.#submitted % jobsMax] = payload;
    this.#submitted++;
  }

  /** How many jobs are over, in the order of their submission; after `close()` all. */
  doneCount(): number {
    if (this.#handle === 0) return this.#submitted;
    const done = Math.min(Number(this.#functions.sl_sender_done(this.#handle)), this.#submitted);
    for (; this.#released < done; this.#released++) this.#payloads[this.#released % jobsMax] = undefined;
    return done;
  }

  /** What it has done, as of the last job that is over; after `close()` the last of it. */
  statistics(): NativeSenderStatistics {
    if (this.#last !== undefined) return this.#last;
    check(this.#functions.sl_sender_statistics(this.#handle, this.#statistics), "ask a sender what it has done");
    return decodeStatistics(this.#statistics);
  }

  /**
   * Where the packets come from: the address and port that the system chose.
   *
   * @throws {NativeError} `bad_handle` after `close()`.
   */
  local(): NativeEndpoint {
    const bytes = new DataView(new ArrayBuffer(netEndpointLayout.structBytes));
    check(this.#functions.sl_sender_local(this.#handle, bytes), "ask a sender where it sends from");
    return getEndpoint(bytes);
  }

  /**
   * Of H.264: parameter sets to go before each picture that begins anew and has none of its own.
   *
   * @param record The decoder configuration record (ISO/IEC 14496-15, "avcC"), at most 4096 bytes; it is copied. Empty
   * for none.
   * @throws {NativeError} `bad_payload` if it is no such record, or a set does not fit into a packet;
   * `invalid_argument` if the sender is of another kind.
   */
  setParameterSets(record: Uint8Array): void {
    check(this.#functions.sl_sender_set_parameter_sets(this.#handle, record), "set the parameter sets of a sender");
  }

  /**
   * Stops the thread, which takes at most 100 ms, and frees everything. Jobs that were not sent are over, and count as
   * dropped. May be called again.
   *
   * @param options `goesOn`: another sender goes on with the stream, so receivers are not told that it has ended.
   * Default: false.
   */
  close(options: { readonly goesOn?: boolean } = {}): void {
    if (this.#handle === 0) return;
    const goesOn = options.goesOn ? 1 : 0;
    check(this.#functions.sl_sender_close(this.#handle, goesOn, this.#statistics), "close a sender");
    this.#handle = 0;
    this.#payloads.fill(undefined);
    this.#last = decodeStatistics(this.#statistics);
  }
}

function putJob(view: DataView, job: NativeSenderJob): void {
  view.setBigUint64(jobLayout.startNs, job.startNs ?? 0n, true);
  view.setBigUint64(jobLayout.mediaClock, job.mediaClock, true);
  view.setBigUint64(jobLayout.secondMediaClock, job.secondMediaClock ?? job.mediaClock, true);
  for (let plane = 0; plane < 4; plane++) {
    putWord(view, jobLayout.planeOffsets + 4 * plane, job.planeOffsets?.[plane] ?? 0, "planeOffsets");
    putWord(view, jobLayout.planeStrides + 4 * plane, job.strides?.[plane] ?? 0, "strides");
  }
  putWord(view, jobLayout.frames, job.samples ?? 0, "samples");
  putWord(view, jobLayout.flags, job.field === undefined ? 0 : fieldCodes[job.field], "field");
}

function putWord(view: DataView, offset: number, value: number, name: string): void {
  if ((value >>> 0) !== value) {
    throw new RangeError(`Cannot send an item: ${name} has ${value}, it must be an integer from 0 to 4294967295`);
  }
  view.setUint32(offset, value, true);
}

function decodeStatistics(view: DataView): NativeSenderStatistics {
  const count = (offset: number): number => Number(view.getBigUint64(offset, true));
  const at = statisticsLayout;
  const deviation = Array.from({ length: deviationCount }, (_, i) => count(at.deviation + 8 * i));
  return {
    submitted: count(at.submitted),
    done: count(at.done),
    dropped: count(at.dropped),
    malformed: count(at.malformed),
    late: count(at.late),
    batches: deviation.reduce((sum, each) => sum + each, 0),
    lateBatches: count(at.lateBatches),
    worstLateNs: count(at.worstLateNs),
    packets: count(at.packets),
    octets: count(at.octets),
    refused: count(at.refused),
    answers: count(at.answers),
    lastError: resultName(Number(view.getBigInt64(at.lastError, true))),
    calls: count(at.calls),
    burstMax: count(at.burstMax),
    isSegmented: count(at.isSegmented) === 1,
    isRealTime: count(at.isRealTime) === 1,
    cpuNs: count(at.cpuNs),
    trOffsetNs: count(at.trOffsetNs),
    sendBufferBytes: count(at.sendBufferBytes),
    discardedSamples: count(at.discardedSamples),
    reportsSent: count(at.reportsSent),
    reportsReceived: count(at.reportsReceived),
    fractionLost: count(at.fractionLost) / 256,
    lost: Number(view.getBigInt64(at.lost, true)),
    jitter: count(at.jitter),
    deviation,
  };
}
