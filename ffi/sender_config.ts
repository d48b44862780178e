/**
 * What senders of streams are made from.
 *
 * @module
 */

import { senderConfigLayout as layout } from "./abi.gen.ts";
import { interfaceIndex, type NativeEndpoint, putEndpoint } from "./endpoint.ts";
import { formatCode, type NativePixelFormat } from "./native_pixel.ts";
import {
  depthCodes,
  kindCodes,
  packingCodes,
  samplingCodes,
  scanCodes,
  type StreamPicture,
  type StreamRate,
  type StreamScan,
  StructWriter,
} from "./stream_format.ts";

/**
 * When packets leave. `strict`: each at its instant, never more at once than the burst limit of the sender type; of
 * video it takes most of a processor. `batched`: what falls due within half a millisecond (of audio: within one) goes
 * together. `none`: all at once, whatever the time.
 */
export type NativePacing = "strict" | "batched" | "none";

/** Sender types of ST 2110-21: N, NL and W. */
export type NativeSenderType = "narrow" | "narrow-linear" | "wide";

/** What all senders are made from. */
export interface NativeSenderOptions {
  /** Where to send; the port is 1 to 65535. */
  readonly to: NativeEndpoint;
  /** Address and port to send from; port 0 is any. Default: as the system routes. */
  readonly from?: NativeEndpoint;
  /** The interface by name or index; of multicast the one to send by. Default: as the system routes. */
  readonly interface?: string;
  /** TTL or hop limit, 1 to 255. Default: 64. */
  readonly hops?: number;
  /** Differentiated services code point, 0 to 63. Default: 0. */
  readonly dscp?: number;
  /** Default: what the system gives. See `sendBufferBytes` of the statistics for what it became. */
  readonly sendBufferBytes?: number;
  /**
   * The most that the system lets out in a second (SO_MAX_PACING_RATE), 1 to 2^32 - 1; it smooths what leaves where the
   * interface has the queueing discipline fq, and does nothing elsewhere. Default: no limit.
   */
  readonly maxBytesPerSecond?: number;
  /** 0 to 127. */
  readonly payloadType: number;
  /** The synchronisation source. */
  readonly ssrc: number;
  /** Of the first packet; above 16 bits the extension, where the payload has one. Default: 0. */
  readonly firstSequence?: number;
  /**
   * `gso` has the system cut runs of datagrams (UDP_SEGMENT), `single` gives it each by itself, for about five times
   * the processor time. Default: gso; where the kernel or the path has none it becomes single, as the statistics say.
   */
  readonly mode?: "gso" | "single";
  /** Default: strict. */
  readonly pacing?: NativePacing;
  /** Has the thread run before all normal ones, 1 to 99; the statistics say if the system let it. Default: 0, no. */
  readonly realTimePriority?: number;
  /**
   * Sends reports to the port above and hears those of receivers: `cname` is the canonical name, at most 64 bytes of
   * UTF-8; `before` what other senders have sent of this SSRC, modulo 2^32, from where the reports count on (default 0).
   * Default: none.
   */
  readonly rtcp?: {
    readonly cname: string;
    readonly before?: { readonly packets: number; readonly octets: number };
  };
}

/** Uncompressed video, ST 2110-20. */
export interface NativeVideoSenderOptions extends NativeSenderOptions, StreamPicture {
  /** Says which options these are. */
  readonly kind: "video";
  /** Frames per second. */
  readonly rate: StreamRate;
  /** Default: narrow-linear. */
  readonly senderType?: NativeSenderType;
  /**
   * How the pixels of the jobs lie. Its samples must be those of the stream: they are moved, not calculated. Default:
   * the pixel groups of the stream.
   */
  readonly pixelFormat?: NativePixelFormat;
}

/** PCM audio, ST 2110-30. Jobs are f32, interleaved. */
export interface NativeAudioSenderOptions extends NativeSenderOptions {
  /** Says which options these are. */
  readonly kind: "audio";
  /** Bits of a sample on the wire. */
  readonly encoding: "L16" | "L24";
  /** 48000, 96000 or 44100. */
  readonly rateHz: number;
  /** At least 1; all samples of a packet have at most 1440 bytes. */
  readonly channels: number;
  /** Samples of each channel in a packet: 48 is 1 ms at 48 kHz, 6 is 125 µs. */
  readonly packetSamples: number;
}

/** Ancillary data, ST 2110-40. Jobs are lists as zig/src/stream/ancillary_sender.zig has them, empty ones too. */
export interface NativeAncillarySenderOptions extends NativeSenderOptions {
  /** Says which options these are. */
  readonly kind: "ancillary";
  /** Frames per second. */
  readonly rate: StreamRate;
  /** Default: progressive. */
  readonly scan?: StreamScan;
  /** How long after the start of its job a packet may leave and not count as late, ns. Default: 1 ms. */
  readonly lateNsMax?: number;
}

/** Compressed video, ST 2110-22. */
export interface NativeCompressedSenderOptions extends NativeSenderOptions {
  /** Frames per second. */
  readonly rate: StreamRate;
  /** The longest datagram with its header of 8 bytes. Default: 1460. */
  readonly udpBytesMax?: number;
  /** How much of the frame period the packets of a picture are spread over, 0 (all at once) to 100. Default: 90. */
  readonly spreadPercent?: number;
}

/** JPEG XS codestreams (RFC 9134). Jobs are coded frames, or fields. */
export interface NativeJpegXsSenderOptions extends NativeCompressedSenderOptions {
  /** Says which options these are. */
  readonly kind: "jpeg-xs";
  /** That every picture must have, as ST 2110-22 wants it. Default: any. */
  readonly pictureBytes?: number;
}

/** H.264 (RFC 6184). Jobs are access units. */
export interface NativeH264SenderOptions extends NativeCompressedSenderOptions {
  /** Says which options these are. */
  readonly kind: "h264";
  /** packetization-mode: 0 one unit in each packet, 1 also parts and several. Default: 1. */
  readonly packetizationMode?: 0 | 1;
  /** 0 for units after start codes (Annex B), 1, 2 or 4 for units after lengths of so many bytes. Default: 0. */
  readonly unitLengthBytes?: 0 | 1 | 2 | 4;
}

/** What a sender is made from. */
export type NativeSenderConfig =
  | NativeVideoSenderOptions
  | NativeAudioSenderOptions
  | NativeAncillarySenderOptions
  | NativeJpegXsSenderOptions
  | NativeH264SenderOptions;

const modeCodes: Readonly<Record<"gso" | "single", number>> = { gso: 1, single: 2 };
const pacingCodes: Readonly<Record<NativePacing, number>> = { strict: 1, batched: 2, none: 3 };
const senderTypeCodes: Readonly<Record<NativeSenderType, number>> = { narrow: 1, "narrow-linear": 2, wide: 3 };
const encodingCodes: Readonly<Record<"L16" | "L24", number>> = { L16: 16, L24: 24 };
const cnameBytesMax = 64;

/**
 * Writes a config as the library takes it (layout SenderConfig).
 *
 * @throws {RangeError | TypeError} For an option that cannot be; it is named.
 */
export function encodeSenderConfig(config: NativeSenderConfig): DataView<ArrayBuffer> {
  const writer = new StructWriter(layout.structBytes, "open a sender");
  writer.word(layout.kind, "kind", config.kind, kindCodes);
  writer.word(layout.mode, "mode", config.mode ?? "gso", modeCodes);
  writer.word(layout.pacing, "pacing", config.pacing ?? "strict", pacingCodes);
  putEndpoint(writer.view, layout.to, config.to, "destination");
  putEndpoint(writer.view, layout.from, config.from, "source");
  const index = config.interface === undefined ? 0 : interfaceIndex(config.interface);
  writer.number(layout.interface, "interface", index);
  writer.number(layout.hops, "hops", config.hops ?? 64, 1, 255);
  writer.number(layout.dscp, "dscp", config.dscp ?? 0, 0, 63);
  writer.number(layout.sendBufferBytes, "sendBufferBytes", config.sendBufferBytes ?? 0);
  if (config.maxBytesPerSecond !== undefined) {
    writer.number(layout.pacingBytesPerSecond, "maxBytesPerSecond", config.maxBytesPerSecond, 1);
  }
  writer.number(layout.payloadType, "payloadType", config.payloadType, 0, 127);
  writer.number(layout.ssrc, "ssrc", config.ssrc);
  writer.number(layout.firstSequence, "firstSequence", config.firstSequence ?? 0);
  writer.number(layout.realTimePriority, "realTimePriority", config.realTimePriority ?? 0, 0, 99);
  if (config.rtcp !== undefined) {
    writer.number(layout.rtcp, "rtcp", 1);
    writer.text(layout.cnameBytes, layout.cname, "rtcp.cname", config.rtcp.cname, cnameBytesMax);
    writer.number(layout.packetsBefore, "rtcp.before.packets", config.rtcp.before?.packets ?? 0);
    writer.number(layout.octetsBefore, "rtcp.before.octets", config.rtcp.before?.octets ?? 0);
  }
  const senderType = config.kind === "video" ? config.senderType : undefined;
  writer.word(layout.senderType, "senderType", senderType ?? "narrow-linear", senderTypeCodes);
  writer.number(layout.clockRateHz, "rateHz", config.kind === "audio" ? config.rateHz : 90_000, 1);
  if (config.kind !== "audio") {
    writer.number(layout.rateNumerator, "rate.num", config.rate.num, 1);
    writer.number(layout.rateDenominator, "rate.den", config.rate.den, 1);
  }
  putEssence(writer, config);
  return writer.view;
}

function putEssence(writer: StructWriter, config: NativeSenderConfig): void {
  switch (config.kind) {
    case "video":
      writer.number(layout.width, "width", config.width);
      writer.number(layout.height, "height", config.height);
      writer.word(layout.sampling, "sampling", config.sampling, samplingCodes);
      writer.word(layout.depth, "depth", config.depth, depthCodes);
      writer.word(layout.scan, "scan", config.scan ?? "progressive", scanCodes);
      writer.word(layout.packing, "packing", config.packing ?? "gpm", packingCodes);
      writer.number(layout.udpBytesMax, "udpBytesMax", config.udpBytesMax ?? 1460);
      if (config.pixelFormat !== undefined) {
        writer.number(layout.pixelFormat, "pixelFormat", formatCode(config.pixelFormat));
      }
      return;
    case "audio":
      writer.word(layout.encoding, "encoding", config.encoding, encodingCodes);
      writer.number(layout.channels, "channels", config.channels);
      writer.number(layout.packetSamples, "packetSamples", config.packetSamples);
      return;
    case "ancillary":
      writer.word(layout.scan, "scan", config.scan ?? "progressive", scanCodes);
      writer.number(layout.lateNsMax, "lateNsMax", config.lateNsMax ?? 1_000_000);
      return;
    case "jpeg-xs":
      putCompressed(writer, config);
      writer.number(layout.pictureBytes, "pictureBytes", config.pictureBytes ?? 0);
      return;
    case "h264":
      putCompressed(writer, config);
      writer.number(layout.packetMode, "packetizationMode", config.packetizationMode ?? 1, 0, 1);
      writer.number(layout.unitLengthBytes, "unitLengthBytes", config.unitLengthBytes ?? 0, 0, 4);
  }
}

function putCompressed(writer: StructWriter, config: NativeCompressedSenderOptions): void {
  writer.number(layout.udpBytesMax, "udpBytesMax", config.udpBytesMax ?? 1460);
  writer.number(layout.spreadPercent, "spreadPercent", config.spreadPercent ?? 90, 0, 100);
}
