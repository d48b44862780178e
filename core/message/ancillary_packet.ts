/**
 * One packet of ancillary data (SMPTE ST 291-1), placed as RFC 8331 places it.
 *
 * @module
 */
import { StreamError } from "../errors.ts";

/** Which picture a packet goes with: the whole frame (progressive, or not said), or one of its fields (RFC 8331, F). */
export type AncillaryField = "frame" | "first" | "second";

/** Most user data words of one packet (ST 291-1: the data count has 8 bits). */
export const ANCILLARY_WORDS_MAX = 255;

/** One ancillary data packet. */
export interface AncillaryPacket {
  /** Line of SDI, 0–2044; 2045 too large, 2046 anywhere in the vertical blanking, 2047 none (RFC 8331 section 2.1). */
  readonly line: number;
  /** Words from the start of active video, 0–4091; 4092–4095 are not positions: 4095 none (RFC 8331 section 2.1). */
  readonly horizontalOffset: number;
  /** Whether it goes into the colour difference channel instead of luma (RFC 8331, C). */
  readonly isColorDifference: boolean;
  /** Number of the link or stream less one, 0–127; `undefined` if it does not matter (RFC 8331, S and StreamNum). */
  readonly streamNumber: number | undefined;
  /** The picture it goes with. */
  readonly field: AncillaryField;
  /** Data identifier without parity, 0–255. */
  readonly did: number;
  /** Secondary data identifier without parity, 0–255; the data block number where `did` is 128 or more. */
  readonly sdid: number;
  /** User data words of 10 bits, at most 255. Of a packet that was read: a view, valid as long as the item's `data`. */
  readonly words: Uint16Array;
}

/** What {@linkcode ancillaryPacket} is told: `data` or `words`, and what differs from the defaults. */
export interface AncillaryPacketInit {
  /** Data identifier, 0–255. */
  readonly did: number;
  /** Secondary data identifier or data block number, 0–255. */
  readonly sdid: number;
  /** User data of 8 bits each, at most 255; parity is added. */
  readonly data?: ArrayLike<number> | undefined;
  /** User data of 10 bits each, as on the wire, at most 255. */
  readonly words?: ArrayLike<number> | undefined;
  /** 0–2047. Default 2047: none. */
  readonly line?: number;
  /** 0–4095. Default 4095: none. */
  readonly horizontalOffset?: number;
  /** Default false. */
  readonly isColorDifference?: boolean;
  /** 0–127. Default: it does not matter. */
  readonly streamNumber?: number | undefined;
  /** Default `frame`. */
  readonly field?: AncillaryField;
}

/**
 * A packet, checked.
 *
 * @throws {StreamError} `format-invalid` naming the field, its value and its range; if both or none of `data` and
 * `words` are given.
 */
export function ancillaryPacket(init: AncillaryPacketInit): AncillaryPacket {
  const { did, sdid, data, words, line = 0x7ff, horizontalOffset = 0xfff, streamNumber, field = "frame" } = init;
  const user = data ?? words;
  if (!user || (data && words)) throw invalid("its user data are given neither or twice: give data or words");
  const packet: AncillaryPacket = {
    line,
    horizontalOffset,
    isColorDifference: init.isColorDifference ?? false,
    streamNumber,
    field,
    did,
    sdid,
    words: Uint16Array.from(user, (word, i) => {
      checkRange(data ? `data[${i}]` : `words[${i}]`, word, data ? 255 : 1023);
      return data ? withParity(word) : word;
    }),
  };
  checkPacket(packet);
  return packet;
}

/**
 * Refuses a packet that cannot be written.
 *
 * @throws {StreamError} `format-invalid` naming the field, its value and its range.
 */
export function checkPacket(packet: AncillaryPacket): void {
  checkRange("line", packet.line, 0x7ff);
  checkRange("horizontalOffset", packet.horizontalOffset, 0xfff);
  checkRange("streamNumber", packet.streamNumber ?? 0, 127);
  checkRange("did", packet.did, 255);
  checkRange("sdid", packet.sdid, 255);
  if (!["frame", "first", "second"].includes(packet.field)) {
    throw invalid(`field is ${packet.field}; frame, first or second are right`);
  }
  if (packet.words.length > ANCILLARY_WORDS_MAX) {
    throw invalid(`it has ${packet.words.length} user data words; at most ${ANCILLARY_WORDS_MAX} are right`);
  }
  const wide = packet.words.find((word) => word > 1023);
  if (wide !== undefined) throw invalid(`a word is ${wide}; 0 to 1023 are right`);
}

/** The user data without parity: the low 8 bits of each word, in memory of their own. */
export function ancillaryBytes(packet: AncillaryPacket): Uint8Array {
  return Uint8Array.from(packet.words, (word) => word & 255);
}

/**
 * Eight bits as ten: bit 8 makes the parity of bits 0–8 even, bit 9 is its inverse (ST 291-1, RFC 8331 section 2.1).
 *
 * @param byte 0–255.
 */
export function withParity(byte: number): number {
  let parity = byte ^ (byte >> 4);
  parity ^= parity >> 2;
  parity = (parity ^ (parity >> 1)) & 1;
  return byte | (parity << 8) | ((parity ^ 1) << 9);
}

/** Whether every word has its parity in bit 8 and the inverse of it in bit 9. Not every kind of packet has it. */
export function hasParity(packet: AncillaryPacket): boolean {
  return packet.words.every((word) => word === withParity(word & 255));
}

function checkRange(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw invalid(`${name} is ${value}; an integer from 0 to ${max} is right`);
}

function invalid(why: string): StreamError {
  return new StreamError("format-invalid", `Cannot use the ancillary packet: ${why}`);
}
