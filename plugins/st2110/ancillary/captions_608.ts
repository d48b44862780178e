/**
 * Caption data of line 21 (CEA-608) in ancillary packets (SMPTE ST 334-1, annex A as several published readers say).
 *
 * @module
 */
import { type AncillaryPacket, ancillaryPacket } from "@streamlib/core";
import { ANCILLARY_KINDS, type AncillaryPlace, bytesOfKind, checkNumber, unreadable } from "./kind.ts";

const WHAT = "captions of CEA-608";
const FIRST_FIELD = 0x80;
const OFFSET_MASK = 0x1f;

/** The caption bytes of one field. */
export interface Captions608 {
  /** Field of the interlaced picture: 1 or 2. Captions CC1 and CC2 are in field 1. */
  readonly captionField: 1 | 2;
  /**
   * Line, 0–31 after the base line: of 525 lines, line 9 of field 1 and 272 of field 2; of 625 lines, 5 and 318. Line 21
   * is 12 of 525.
   */
  readonly lineOffset: number;
  /** Two bytes of CEA-608, each with its odd parity in bit 7. */
  readonly data: readonly [number, number];
}

/**
 * A packet with two bytes of captions.
 *
 * @throws {StreamError} `format-invalid` naming the field, its value and its range.
 */
export function captions608Packet(captions: Captions608, place: AncillaryPlace = {}): AncillaryPacket {
  const { captionField, lineOffset, data } = captions;
  checkNumber(WHAT, "captionField", captionField, 1, 2);
  checkNumber(WHAT, "lineOffset", lineOffset, 0, OFFSET_MASK);
  data.forEach((byte, i) => checkNumber(WHAT, `data[${i}]`, byte, 0, 255));
  const first = (captionField === 1 ? FIRST_FIELD : 0) | lineOffset;
  return ancillaryPacket({ ...place, ...ANCILLARY_KINDS.captions608, data: [first, data[0], data[1]] });
}

/**
 * The captions in a packet.
 *
 * @throws {StreamError} `format-invalid` if it is of another kind, has not three words, or one with the wrong parity.
 */
export function readCaptions608(packet: AncillaryPacket): Captions608 {
  const bytes = bytesOfKind(packet, ANCILLARY_KINDS.captions608, WHAT);
  if (bytes.length !== 3) throw unreadable(WHAT, `the packet has ${bytes.length} words; 3 are right`);
  const captionField = (bytes[0] & FIRST_FIELD) !== 0 ? 1 : 2;
  return { captionField, lineOffset: bytes[0] & OFFSET_MASK, data: [bytes[1], bytes[2]] };
}
