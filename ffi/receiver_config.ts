/**
 * What receivers of streams are made from, and how the library is told. See zig/src/stream/receiver_config.zig.
 *
 * @module
 */

import { receiverConfigLayout as layout } from "./abi.gen.ts";
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
  StructWriter,
} from "./stream_format.ts";

/**
 * What becomes of an item of which something is missing. `drop`: it is dropped and counted. `conceal`, of uncompressed
 * video: missing rows are those of the last frame; without one it is dropped. `deliver`: it comes as it is; the rows
 * that its metadata names mean nothing.
 */
export type NativeMissingPolicy = "drop" | "conceal" | "deliver";

/** What all receivers are made from. */
export interface NativeReceiverOptions {
  /**
   * Where to receive; `0.0.0.0` or `::` for every address of the machine, a multicast address is joined. Port 0 is any
   * free one.
   */
  readonly local: NativeEndpoint;
  /** Whom to receive from, port 0 for any of its ports; of multicast the source filter. Default: anybody. */
  readonly source?: NativeEndpoint;
  /** The interface by name or index. Default: as the system routes. */
  readonly interface?: string;
  /** Default: what the system gives. See `receiveBufferBytes` of the statistics for what it became. */
  readonly receiveBufferBytes?: number;
  /** Has runs of datagrams given together (UDP_GRO); arrivals of single packets are not known then. Default: true. */
  readonly grouped?: boolean;
  /** 0 to 127. Default: any. */
  readonly payloadType?: number;
  /**
   * How long a packet may be held for those before it, 1 000 000 to 10 000 000 ns. Default: 0, packets are used as they
   * come: then audio and compressed video lose what is out of order, uncompressed video only over the ends of frames.
   */
  readonly reorderNs?: number;
  /** Has the thread run before all normal ones, 1 to 99; the statistics say if the system let it. Default: 0, no. */
  readonly realTimePriority?: number;
  /** Listens to reports at the port above and sends its own, with this canonical name (at most 64 bytes of UTF-8). */
  readonly rtcp?: { readonly cname: string; readonly ssrc: number };
  /** Added to TAI, for a stream that was recorded at another time and for tests. Default: 0. */
  readonly taiShiftNs?: bigint;
}

/** Uncompressed video, ST 2110-20. */
export interface NativeVideoReceiverOptions extends NativeReceiverOptions, StreamPicture {
  /** Which kind this is. */
  readonly kind: "video";
  /** Frames per second. */
  readonly rate: StreamRate;
  /** How pixels lie in a slot; its samples must be those of the stream. Default: the pixel groups of the stream. */
  readonly pixelFormat?: NativePixelFormat;
  /** Where planes begin in a slot. Default: all 0. */
  readonly planeOffsets?: readonly number[];
  /** Bytes from row to row of each plane (of groups in 4:2:0: from one pair of rows to the next). */
  readonly strides: readonly number[];
  /** Of a frame in a slot: `payloadBytes` of its header. */
  readonly itemBytes: number;
  /** Default: drop. */
  readonly missing?: NativeMissingPolicy;
}

/** PCM audio, ST 2110-30, in blocks of f32, interleaved. What is missing is silence, and counted. */
export interface NativeAudioReceiverOptions extends NativeReceiverOptions {
  /** Which kind this is. */
  readonly kind: "audio";
  /** Of the samples in packets. */
  readonly encoding: "L16" | "L24";
  /** 48000, 96000 or 44100. */
  readonly rateHz: number;
  /** At least 1. */
  readonly channels: number;
  /** Samples of each channel that packets are said to have; packets with others are taken too. */
  readonly packetSamples: number;
  /** Samples of each channel in an item, 1 to 1048576. */
  readonly blockSamples: number;
}

/** Ancillary data, ST 2110-40: lists as zig/src/stream/ancillary_receiver.zig has them, one for each frame or field. */
export interface NativeAncillaryReceiverOptions extends NativeReceiverOptions {
  /** Which kind this is. */
  readonly kind: "ancillary";
  /** Frames per second. */
  readonly rate: StreamRate;
  /** Of the longest list, at least 8. What does not fit is left out and counted. */
  readonly itemBytes: number;
}

/** Compressed video, ST 2110-22. */
export interface NativeCompressedReceiverOptions extends NativeReceiverOptions {
  /** Frames per second. */
  readonly rate: StreamRate;
  /** Of the longest picture, at least 8. Longer ones are dropped and counted. */
  readonly itemBytes: number;
  /** The longest datagram with its header of 8 bytes, for the room to reorder. Default: 1460. */
  readonly udpBytesMax?: number;
  /** Default: drop. */
  readonly missing?: Exclude<NativeMissingPolicy, "conceal">;
}

/** JPEG XS codestreams (RFC 9134); items are coded frames, or fields. */
export interface NativeJpegXsReceiverOptions extends NativeCompressedReceiverOptions {
  /** Which kind this is. */
  readonly kind: "jpeg-xs";
}

/** H.264 (RFC 6184); items are access units. */
export interface NativeH264ReceiverOptions extends NativeCompressedReceiverOptions {
  /** Which kind this is. */
  readonly kind: "h264";
  /** 0 for units after start codes (Annex B), 4 for units after lengths of so many bytes. Default: 0. */
  readonly unitLengthBytes?: 0 | 4;
}

/** What a receiver is made from. */
export type NativeReceiverConfig =
  | NativeVideoReceiverOptions
  | NativeAudioReceiverOptions
  | NativeAncillaryReceiverOptions
  | NativeJpegXsReceiverOptions
  | NativeH264ReceiverOptions;

const missingCodes: Readonly<Record<NativeMissingPolicy, number>> = { drop: 1, conceal: 2, deliver: 3 };
const encodingCodes: Readonly<Record<"L16" | "L24", number>> = { L16: 16, L24: 24 };

const payloadTypeAny = 255;
const cnameBytesMax = 64;

/**
 * Writes a config as the library takes it.
 *
 * @throws {RangeError | TypeError} For an option that cannot be; it is named.
 */
export function encodeReceiverConfig(config: NativeReceiverConfig): DataView<ArrayBuffer> {
  const writer = new StructWriter(layout.structBytes, "open a receiver");
  writer.word(layout.kind, "kind", config.kind, kindCodes);
  putEndpoint(writer.view, layout.local, config.local, "local");
  putEndpoint(writer.view, layout.source, config.source, "source");
  const index = config.interface === undefined ? 0 : interfaceIndex(config.interface);
  writer.number(layout.interface, "interface", index);
  writer.number(layout.receiveBufferBytes, "receiveBufferBytes", config.receiveBufferBytes ?? 0, 0, 0x3fffffff);
  writer.number(layout.useGro, "grouped", (config.grouped ?? true) ? 1 : 0);
  if (config.payloadType === undefined) writer.number(layout.payloadType, "payloadType", payloadTypeAny);
  else writer.number(layout.payloadType, "payloadType", config.payloadType, 0, 127);
  writer.number(layout.realTimePriority, "realTimePriority", config.realTimePriority ?? 0, 0, 99);
  if (config.rtcp !== undefined) {
    writer.number(layout.rtcp, "rtcp", 1);
    writer.number(layout.ssrc, "rtcp.ssrc", config.rtcp.ssrc);
    writer.text(layout.cnameBytes, layout.cname, "rtcp.cname", config.rtcp.cname, cnameBytesMax);
  }
  const reorderNs = config.reorderNs ?? 0;
  if (reorderNs !== 0) writer.number(layout.reorderNs, "reorderNs", reorderNs, 1_000_000, 10_000_000);
  writer.view.setBigInt64(layout.taiShiftNs, config.taiShiftNs ?? 0n, true);
  writer.number(layout.clockRateHz, "rateHz", config.kind === "audio" ? config.rateHz : 90_000, 1);
  if (config.kind !== "audio") {
    writer.number(layout.rateNumerator, "rate.num", config.rate.num, 1);
    writer.number(layout.rateDenominator, "rate.den", config.rate.den, 1);
    writer.number(layout.itemBytesMax, "itemBytes", config.itemBytes, 8, 1 << 28);
  }
  putEssence(writer, config);
  return writer.view;
}

function putEssence(writer: StructWriter, config: NativeReceiverConfig): void {
  switch (config.kind) {
    case "video":
      return putVideo(writer, config);
    case "audio":
      writer.word(layout.encoding, "encoding", config.encoding, encodingCodes);
      writer.number(layout.channels, "channels", config.channels);
      writer.number(layout.packetSamples, "packetSamples", config.packetSamples);
      writer.number(layout.blockSamples, "blockSamples", config.blockSamples);
      return;
    case "ancillary":
      return;
    case "jpeg-xs":
      return putCompressed(writer, config);
    case "h264":
      putCompressed(writer, config);
      writer.number(layout.unitLengthBytes, "unitLengthBytes", config.unitLengthBytes ?? 0, 0, 4);
  }
}

function putVideo(writer: StructWriter, config: NativeVideoReceiverOptions): void {
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
  for (let plane = 0; plane < 4; plane++) {
    writer.number(layout.planeOffsets + 4 * plane, `planeOffsets[${plane}]`, config.planeOffsets?.[plane] ?? 0);
    writer.number(layout.planeStrides + 4 * plane, `strides[${plane}]`, config.strides[plane] ?? 0);
  }
  writer.word(layout.missingPolicy, "missing", config.missing ?? "drop", missingCodes);
}

function putCompressed(writer: StructWriter, config: NativeCompressedReceiverOptions): void {
  writer.number(layout.udpBytesMax, "udpBytesMax", config.udpBytesMax ?? 1460);
  writer.word(layout.missingPolicy, "missing", config.missing ?? "drop", missingCodes);
}
