/**
 * What session descriptions say of H.264 (RFC 6184 §8), from the parameter sets of a stream.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Types of NAL units (ITU-T H.264 table 7-1). */
const SPS = 7;
const PPS = 8;
const TYPE_MASK = 0x1f;

/** The parameter sets of a stream, each a NAL unit. */
export interface ParameterSets {
  /** Sequence parameter sets. */
  readonly sps: readonly Uint8Array[];
  /** Picture parameter sets. */
  readonly pps: readonly Uint8Array[];
}

/** The parameter sets in an access unit with start codes (Annex B). */
export function setsOfAccessUnit(bytes: Uint8Array): ParameterSets {
  const sps: Uint8Array[] = [];
  const pps: Uint8Array[] = [];
  let begin = -1;
  for (let i = 0; i + 2 <= bytes.length; i++) {
    const isEnd = i + 2 === bytes.length;
    if (!isEnd && !(bytes[i] === 0 && bytes[i + 1] === 0 && bytes[i + 2] === 1)) continue;
    if (begin >= 0) {
      let end = isEnd ? bytes.length : i;
      while (end > begin && bytes[end - 1] === 0) end--;
      const unit = bytes.slice(begin, end);
      const type = unit[0] & TYPE_MASK;
      if (type === SPS) sps.push(unit);
      if (type === PPS) pps.push(unit);
    }
    begin = i + 3;
  }
  return { sps, pps };
}

/**
 * The parameter sets in a decoder configuration record ("avcC", ISO/IEC 14496-15 §5.3.3.1.2).
 *
 * @returns None where the record is cut short.
 */
export function setsOfRecord(record: Uint8Array): ParameterSets {
  const sps: Uint8Array[] = [];
  const pps: Uint8Array[] = [];
  let at = 5;
  for (const sets of [sps, pps]) {
    const count = (record[at++] ?? 0) & (sets === sps ? 0x1f : 0xff);
    for (let i = 0; i < count; i++) {
      const length = (record[at] ?? 0) * 256 + (record[at + 1] ?? 0);
      if (length === 0 || at + 2 + length > record.length) return { sps, pps };
      sets.push(record.slice(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return { sps, pps };
}

/** Bytes of the lengths before units, as a record says. */
export function lengthBytesOf(record: Uint8Array): 1 | 2 | 4 | undefined {
  const bytes = ((record[4] ?? 0) & 3) + 1;
  return bytes === 1 || bytes === 2 || bytes === 4 ? bytes : undefined;
}

/** `profile-level-id` and `sprop-parameter-sets` (RFC 6184 §8.1); nothing without a sequence parameter set. */
export function parametersOf({ sps, pps }: ParameterSets): {
  readonly profileLevelId?: string;
  readonly spropParameterSets?: readonly string[];
} {
  if (sps.length === 0 || sps[0].length < 4) return {};
  return {
    profileLevelId: Buffer.from(sps[0].subarray(1, 4)).toString("hex").toUpperCase(),
    spropParameterSets: [...sps, ...pps].map((unit) => Buffer.from(unit).toString("base64")),
  };
}
