/**
 * What a medium is made of, as its `a=rtpmap` and `a=fmtp` say it. Names are those of the standards: `TROFF` is TROFF.
 *
 * @module
 */
import type { Rate } from "@streamlib/core";
import type { OpenToken } from "./codec.ts";

/** One of the essences that streamlib knows, or another. `kind` tells which. */
export type Essence = RawVideo | JpegXsVideo | H264Video | PcmAudio | Ancillary | OtherEssence;

/** A parameter of `a=fmtp` that streamlib has no field for, as it stands. */
export interface Parameter {
  /** What stands before `=`. */
  readonly name: string;
  /** What stands after it; absent for a bare name. */
  readonly value?: string;
}

/** Parameters that any essence may have. */
export interface CommonParameters {
  /** Standard and edition that the sender follows, for example `ST2110-20:2017`. */
  readonly SSN?: string;
  /** How time stamps were made: default `NEW` (ST 2110-10 §8.7). */
  readonly TSMODE?: OpenToken<TimestampMode>;
  /** With `TSMODE`: delay of the time stamp in microseconds (ST 2110-10 §8.7). */
  readonly TSDELAY?: number;
  /** What else stands in `a=fmtp`, in its order. */
  readonly parameters?: readonly Parameter[];
}

/** Parameters of senders whose packets are spread over the frame (ST 2110-21 §8). */
export interface SenderParameters extends CommonParameters {
  /** Sender type: narrow, narrow linear or wide (ST 2110-21 §8.1). */
  readonly TP?: OpenToken<SenderType>;
  /** Offset of the first packet from the frame in microseconds, where it is not the default (ST 2110-21 §8.2). */
  readonly TROFF?: number;
  /** Most packets in the network's bucket (ST 2110-21 §6.6.1). */
  readonly CMAX?: number;
  /** Largest UDP datagram in octets, header included, where it may exceed 1460 (ST 2110-10 §8.6). */
  readonly MAXUDP?: number;
}

/** Parameters of pictures (ST 2110-20 §7, RFC 9134 §7.1). */
export interface PictureParameters extends SenderParameters {
  /** Frames per second, exactly; of interlaced pictures too: frames, not fields. */
  readonly exactframerate?: Rate;
  /** Two fields per frame. */
  readonly interlace?: boolean;
  /** With `interlace`: both fields are one instant, progressive segmented frames. */
  readonly segmented?: boolean;
  /** Primaries and matrix. */
  readonly colorimetry?: OpenToken<Colorimetry>;
  /** Transfer characteristic; default `SDR`. */
  readonly TCS?: OpenToken<TransferCharacteristic>;
  /** Code range; default `NARROW`. */
  readonly RANGE?: OpenToken<CodeRange>;
}

/** Uncompressed video: `raw/90000` (ST 2110-20, RFC 4175). */
export interface RawVideo extends PictureParameters {
  /** Tells it from the others. */
  readonly kind: "raw";
  /** Components and how often chroma is sampled. */
  readonly sampling: OpenToken<Sampling>;
  /** Bits per sample, or `16f` for half floats. */
  readonly depth: OpenToken<Depth>;
  /** Columns, 1–32767. */
  readonly width: number;
  /** Rows of a frame, 1–32767. */
  readonly height: number;
  /** Width to height of a pixel; default 1:1. */
  readonly PAR?: Rate;
  /** Packing mode. */
  readonly PM?: OpenToken<PackingMode>;
}

/** JPEG XS: `jxsv/90000` (ST 2110-22, RFC 9134). */
export interface JpegXsVideo extends PictureParameters {
  /** Tells it from the others. */
  readonly kind: "jxsv";
  /** 0: packets follow the codestream, 1: packets follow its slices. */
  readonly packetmode: number;
  /** 1: packets are sent in order (default), 0: in any order. */
  readonly transmode?: number;
  /** Profile of ISO/IEC 21122-2, for example `High444.12`. */
  readonly profile?: string;
  /** Level, for example `2k-1`. */
  readonly level?: string;
  /** Sublevel, for example `Sublev3bpp`. */
  readonly sublevel?: string;
  /** Components and how often chroma is sampled. */
  readonly sampling?: OpenToken<Sampling>;
  /** Bits per sample. */
  readonly depth?: OpenToken<Depth>;
  /** Columns, 1–32767. */
  readonly width?: number;
  /** Rows of a frame, 1–32767. */
  readonly height?: number;
}

/** H.264: `H264/90000` (RFC 6184; under ST 2110-22 with size and `TP`). */
export interface H264Video extends PictureParameters {
  /** Tells it from the others. */
  readonly kind: "H264";
  /** 0: one NAL unit per packet, 1: also STAP-A and FU-A, 2: interleaved; default 0. `packetization-mode`. */
  readonly packetizationMode?: number;
  /** Profile, constraints and level: six capital hexadecimal digits. `profile-level-id`. */
  readonly profileLevelId?: string;
  /** Parameter sets, each a NAL unit in base64. `sprop-parameter-sets`. */
  readonly spropParameterSets?: readonly string[];
  /** Columns, 1–32767 (ST 2110-22). */
  readonly width?: number;
  /** Rows of a frame, 1–32767 (ST 2110-22). */
  readonly height?: number;
}

/** Uncompressed sound: `L16` or `L24` (ST 2110-30, AES67, RFC 3551, RFC 3190). */
export interface PcmAudio extends CommonParameters {
  /** Tells it from the others. */
  readonly kind: "pcm";
  /** Bits per sample: 16 or 24, big-endian. */
  readonly encoding: "L16" | "L24";
  /** Samples per second and channel, 1–1000000; also the rate of time stamps. */
  readonly sampleRateHz: number;
  /** 1–255. */
  readonly channels: number;
  /** Groups of channels by the symbols of ST 2110-30 §6.2.2, as in `["ST", "51"]`; what they do not name is undefined. */
  readonly channelOrder?: readonly string[];
}

/** Ancillary data: `smpte291/90000` (ST 2110-40, RFC 8331). */
export interface Ancillary extends CommonParameters {
  /** Tells it from the others. */
  readonly kind: "smpte291";
  /** Kinds of packets that may come; none named means any. */
  readonly DID_SDID?: readonly DataIdentifier[];
  /** Payload identification code of the interface that the data belongs to, 0–255 (ST 352). */
  readonly VPID_Code?: number;
  /** Frames per second of the video that it belongs to. */
  readonly exactframerate?: Rate;
  /** Transmission model: compatible (default) or low latency. */
  readonly TM?: OpenToken<TransmissionModel>;
  /** Offset from the frame in microseconds, where it is not the default. */
  readonly TROFF?: number;
}

/** Data identifiers of ancillary packets, 0–255 each (ST 291-1). */
export interface DataIdentifier {
  /** DID. */
  readonly did: number;
  /** SDID. */
  readonly sdid: number;
}

/** Anything else, as it stands. */
export interface OtherEssence {
  /** Tells it from the others. */
  readonly kind: "other";
  /** Name in `a=rtpmap`; absent if there is no such line. */
  readonly encoding?: string;
  /** Rate of time stamps in `a=rtpmap`. */
  readonly clockHz?: number;
  /** What follows the rate in `a=rtpmap`. */
  readonly encodingParameters?: string;
  /** Value of `a=fmtp` after the payload type. */
  readonly fmtp?: string;
}

/** Components and how often chroma is sampled (ST 2110-20 §7). */
export type Sampling = typeof SAMPLINGS[number];
/** Bits per sample; `16f` is half float (ST 2110-20 §7). */
export type Depth = typeof DEPTHS[number];
/** Primaries and matrix (ST 2110-20 §7). */
export type Colorimetry = typeof COLORIMETRIES[number];
/** Transfer characteristic systems (ST 2110-20 §7). */
export type TransferCharacteristic = typeof TRANSFER_CHARACTERISTICS[number];
/** Code ranges (ST 2110-20 §7). */
export type CodeRange = typeof CODE_RANGES[number];
/** General and block packing mode (ST 2110-20 §6.3). */
export type PackingMode = typeof PACKING_MODES[number];
/** Sender types (ST 2110-21 §8.1). */
export type SenderType = typeof SENDER_TYPES[number];
/** What time stamps mean (ST 2110-10 §8.7). */
export type TimestampMode = typeof TIMESTAMP_MODES[number];
/** Transmission models of ancillary data (ST 2110-40 §7). */
export type TransmissionModel = typeof TRANSMISSION_MODELS[number];

/** Every {@linkcode Sampling}. */
export const SAMPLINGS = [
  "YCbCr-4:4:4",
  "YCbCr-4:2:2",
  "YCbCr-4:2:0",
  "CLYCbCr-4:4:4",
  "CLYCbCr-4:2:2",
  "CLYCbCr-4:2:0",
  "ICtCp-4:4:4",
  "ICtCp-4:2:2",
  "ICtCp-4:2:0",
  "RGB",
  "XYZ",
  "KEY",
] as const;
/** Every {@linkcode Depth}. */
export const DEPTHS = ["8", "10", "12", "16", "16f"] as const;
/** Every {@linkcode Colorimetry}. */
export const COLORIMETRIES = [
  "BT601",
  "BT709",
  "BT2020",
  "BT2100",
  "ST2065-1",
  "ST2065-3",
  "UNSPECIFIED",
  "XYZ",
  "ALPHA",
] as const;
/** Every {@linkcode TransferCharacteristic}. */
export const TRANSFER_CHARACTERISTICS = [
  "SDR",
  "PQ",
  "HLG",
  "LINEAR",
  "BT2100LINPQ",
  "BT2100LINHLG",
  "ST2065-1",
  "ST428-1",
  "DENSITY",
  "ST2115LOGS3",
  "UNSPECIFIED",
] as const;
/** Every {@linkcode CodeRange}. */
export const CODE_RANGES = ["NARROW", "FULLPROTECT", "FULL"] as const;
/** Every {@linkcode PackingMode}. */
export const PACKING_MODES = ["2110GPM", "2110BPM"] as const;
/** Every {@linkcode SenderType}. */
export const SENDER_TYPES = ["2110TPN", "2110TPNL", "2110TPW"] as const;
/** Every {@linkcode TimestampMode}. */
export const TIMESTAMP_MODES = ["SAMP", "NEW", "PRES"] as const;
/** Every {@linkcode TransmissionModel}. */
export const TRANSMISSION_MODELS = ["CTM", "LLTM"] as const;
