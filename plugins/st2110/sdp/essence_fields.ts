/**
 * Which parameter of `a=fmtp` is which field, for each essence.
 *
 * @module
 */
import { anyWord, type Codec, exactRate, integer, ratio, token } from "./codec.ts";
import {
  type Ancillary,
  CODE_RANGES,
  COLORIMETRIES,
  type CommonParameters,
  type DataIdentifier,
  DEPTHS,
  type H264Video,
  type JpegXsVideo,
  PACKING_MODES,
  type PcmAudio,
  type PictureParameters,
  type RawVideo,
  SAMPLINGS,
  SENDER_TYPES,
  type SenderParameters,
  TIMESTAMP_MODES,
  TRANSFER_CHARACTERISTICS,
  TRANSMISSION_MODELS,
} from "./essence.ts";
import type { Field } from "./fmtp.ts";

/** A field for each property of `T` but those that are not in `a=fmtp`. */
type Table<T, Elsewhere extends keyof T = never> = {
  readonly [K in Exclude<keyof T, "parameters" | "kind" | Elsewhere>]-?: Field<
    NonNullable<T[K]> extends readonly (infer E)[] ? E | NonNullable<T[K]> : NonNullable<T[K]>
  >;
};

const RAW = "ST 2110-20 §7";
const JXSV = "RFC 9134 §7.1";
const H264 = "RFC 6184 §8.1";
const ANC = "ST 2110-40 §7";

const COMMON: Table<CommonParameters> = {
  SSN: { name: "SSN", clause: "ST 2110-20 §7.2", codec: anyWord },
  TSMODE: { name: "TSMODE", clause: "ST 2110-10 §8.7", codec: token(TIMESTAMP_MODES) },
  TSDELAY: { name: "TSDELAY", clause: "ST 2110-10 §8.7", codec: integer(0, 2 ** 31) },
};

const TROFF: Field<number> = { name: "TROFF", clause: "ST 2110-21 §8.2", codec: integer(0, 2 ** 31) };
const FRAME_RATE: Field<NonNullable<PictureParameters["exactframerate"]>> = {
  name: "exactframerate",
  clause: "ST 2110-20 §7.2",
  codec: exactRate,
};

const SENDER: Table<SenderParameters> = {
  ...COMMON,
  TP: { name: "TP", clause: "ST 2110-21 §8.1", codec: token(SENDER_TYPES) },
  TROFF,
  CMAX: { name: "CMAX", clause: "ST 2110-21 §8", codec: integer(1, 2 ** 31) },
  MAXUDP: { name: "MAXUDP", clause: "ST 2110-10 §8.6", codec: integer(1, 65535) },
};

const PICTURE: Table<PictureParameters> = {
  exactframerate: FRAME_RATE,
  interlace: { name: "interlace", clause: RAW, aliases: ["interlaced"] },
  segmented: { name: "segmented", clause: RAW },
  colorimetry: { name: "colorimetry", clause: "ST 2110-20 §7.2", codec: token(COLORIMETRIES) },
  TCS: { name: "TCS", clause: RAW, codec: token(TRANSFER_CHARACTERISTICS) },
  RANGE: { name: "RANGE", clause: RAW, codec: token(CODE_RANGES) },
  ...SENDER,
};

const samplings = token(SAMPLINGS);
const depths = token(DEPTHS);
const edge = integer(1, 32767);

/** Fields of uncompressed video. */
export const RAW_FIELDS: Table<RawVideo> = {
  sampling: { name: "sampling", clause: "ST 2110-20 §7.2", codec: samplings },
  depth: { name: "depth", clause: "ST 2110-20 §7.2", codec: depths },
  width: { name: "width", clause: "ST 2110-20 §7.2", codec: edge },
  height: { name: "height", clause: "ST 2110-20 §7.2", codec: edge },
  ...PICTURE,
  PAR: { name: "PAR", clause: RAW, codec: ratio },
  PM: { name: "PM", clause: "ST 2110-20 §7.2", codec: token(PACKING_MODES) },
};

/** Fields of JPEG XS. */
export const JXSV_FIELDS: Table<JpegXsVideo> = {
  packetmode: { name: "packetmode", clause: JXSV, codec: integer(0, 1) },
  transmode: { name: "transmode", clause: JXSV, codec: integer(0, 1) },
  profile: { name: "profile", clause: JXSV, codec: anyWord },
  level: { name: "level", clause: JXSV, codec: anyWord },
  sublevel: { name: "sublevel", clause: JXSV, codec: anyWord },
  sampling: { name: "sampling", clause: JXSV, codec: token([...SAMPLINGS, "UNSPECIFIED"]) },
  depth: { name: "depth", clause: JXSV, codec: depths },
  width: { name: "width", clause: JXSV, codec: edge },
  height: { name: "height", clause: JXSV, codec: edge },
  ...PICTURE,
  // RFC 9134 §7.1 keeps three older names besides those of ST 2110-20.
  colorimetry: {
    name: "colorimetry",
    clause: JXSV,
    codec: token([...COLORIMETRIES, "BT601-5", "BT709-2", "SMPTE240M"]),
  },
};

const hexadecimal: Codec<string> = {
  expected: "six hexadecimal digits, for example 42E01F",
  read: (text) => /^[0-9a-f]{6}$/i.test(text) ? text.toUpperCase() : undefined,
  write: (value) => value,
};

const base64List: Codec<readonly string[]> = {
  expected: "NAL units in base64, separated by commas",
  read(text) {
    const sets = text.split(",");
    return sets.every((set) =>
        /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/.test(set)
      )
      ? sets
      : undefined;
  },
  write: (sets) => sets.join(","),
};

/** Fields of H.264. */
export const H264_FIELDS: Table<H264Video> = {
  packetizationMode: { name: "packetization-mode", clause: H264, codec: integer(0, 2) },
  profileLevelId: { name: "profile-level-id", clause: H264, codec: hexadecimal },
  spropParameterSets: { name: "sprop-parameter-sets", clause: H264, codec: base64List },
  width: { name: "width", clause: "ST 2110-22 §7", codec: edge },
  height: { name: "height", clause: "ST 2110-22 §7", codec: edge },
  ...PICTURE,
};

const channelOrder: Codec<readonly string[]> = {
  expected: "SMPTE2110.(<group>,...) with groups such as M, ST, 51 or U02",
  read(text) {
    const [, list] = /^SMPTE2110\.\(([^()]*)\)$/i.exec(text) ?? [];
    const groups = list?.split(",").map((group) => group.trim());
    return groups?.every((group) => /^\w+$/.test(group)) ? groups : undefined;
  },
  write: (groups) => `SMPTE2110.(${groups.join(",")})`,
};

/** Fields of uncompressed sound. */
export const PCM_FIELDS: Table<PcmAudio, "encoding" | "sampleRateHz" | "channels"> = {
  channelOrder: {
    name: "channel-order",
    clause: "ST 2110-30 §6.2.2",
    codec: channelOrder,
    // Other conventions than SMPTE2110 are of other standards (RFC 3190).
    isMeant: (text) => /^SMPTE2110\./i.test(text) || !/^[^.\s]+\./.test(text),
  },
  ...COMMON,
};

const dataIdentifier: Codec<DataIdentifier> = {
  expected: "two bytes in hexadecimal, for example {0x61,0x02}",
  read(text) {
    const [, did, sdid] = /^\{\s*0x([0-9a-f]{1,2})\s*,\s*0x([0-9a-f]{1,2})\s*\}$/i.exec(text) ?? [];
    return did === undefined ? undefined : { did: parseInt(did, 16), sdid: parseInt(sdid, 16) };
  },
  write: ({ did, sdid }) => `{${byteText(did)},${byteText(sdid)}}`,
};

function byteText(byte: number): string {
  return `0x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

/** Fields of ancillary data. */
export const ANC_FIELDS: Table<Ancillary> = {
  DID_SDID: { name: "DID_SDID", clause: "RFC 8331 §3.1", codec: dataIdentifier, repeats: true },
  VPID_Code: { name: "VPID_Code", clause: "RFC 8331 §3.1", codec: integer(0, 255) },
  exactframerate: { ...FRAME_RATE, clause: ANC },
  TM: { name: "TM", clause: ANC, codec: token(TRANSMISSION_MODELS) },
  TROFF,
  ...COMMON,
};
