/**
 * The payload of `AncillaryData`: a list of packets that native threads read and write as well.
 *
 * Little endian. 8 bytes of header: u32 count of packets, u32 0. Then one record for each packet, at a multiple of 4
 * bytes: u16 line, u16 horizontal offset, u8 flags (1: colour difference channel, 2: the stream number is meant),
 * u8 stream number, u8 DID, u8 SDID, u16 count of words, u16 field (0 frame, 2 first, 3 second: F of RFC 8331), the
 * words as u16 each, and zeros to the next multiple of 4.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { ANCILLARY_WORDS_MAX, type AncillaryField, type AncillaryPacket, checkPacket } from "./ancillary_packet.ts";

const HEADER_BYTES = 8;
const RECORD_BYTES = 12;
const FLAG = { colorDifference: 1, stream: 2 } as const;
/** F of RFC 8331 section 2.1. 1 is no field. */
const FIELDS: readonly (AncillaryField | undefined)[] = ["frame", undefined, "first", "second"];

/** Bytes that a list of these packets takes. */
export function ancillaryListBytes(packets: readonly AncillaryPacket[]): number {
  return packets.reduce((sum, { words }) => sum + recordBytes(words.length), HEADER_BYTES);
}

/**
 * Writes a list.
 *
 * @param to Where; begins at a multiple of 2 bytes. Nothing is written if it throws.
 * @returns How many bytes it takes.
 * @throws {StreamError} `format-invalid` if a packet cannot be written, or there is not enough room.
 */
export function writeAncillaryList(to: Uint8Array, packets: readonly AncillaryPacket[]): number {
  for (const packet of packets) checkPacket(packet);
  const bytes = ancillaryListBytes(packets);
  if (bytes > to.length) {
    throw new StreamError(
      "format-invalid",
      `Cannot write ${packets.length} ancillary packets: they take ${bytes} bytes, the format has bytesMax ${to.length}`,
    );
  }
  const view = new DataView(to.buffer, to.byteOffset, bytes);
  view.setUint32(0, packets.length, true);
  view.setUint32(4, 0, true);
  let at = HEADER_BYTES;
  for (const { line, horizontalOffset, isColorDifference, streamNumber, field, did, sdid, words } of packets) {
    const end = at + recordBytes(words.length);
    view.setUint16(at, line, true);
    view.setUint16(at + 2, horizontalOffset, true);
    to[at + 4] = (isColorDifference ? FLAG.colorDifference : 0) | (streamNumber === undefined ? 0 : FLAG.stream);
    to[at + 5] = streamNumber ?? 0;
    to[at + 6] = did;
    to[at + 7] = sdid;
    view.setUint16(at + 8, words.length, true);
    view.setUint16(at + 10, FIELDS.indexOf(field), true);
    if (words.length % 2 === 1) view.setUint16(end - 2, 0, true);
    new Uint16Array(to.buffer, to.byteOffset + at + RECORD_BYTES, words.length).set(words);
    at = end;
  }
  return bytes;
}

/**
 * Reads a list. The words of its packets are views of `from`.
 *
 * @param from The list; begins at a multiple of 2 bytes.
 * @throws {StreamError} `format-invalid` if it is no such list, or not whole.
 */
export function readAncillaryList(from: Uint8Array): AncillaryPacket[] {
  if (from.length < HEADER_BYTES) throw broken(`it has ${from.length} bytes, its header alone ${HEADER_BYTES}`);
  const view = new DataView(from.buffer, from.byteOffset, from.length);
  const count = view.getUint32(0, true);
  const packets: AncillaryPacket[] = [];
  let at = HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    if (from.length - at < RECORD_BYTES) throw broken(`packet ${i} of ${count} is cut off`);
    const wordCount = view.getUint16(at + 8, true);
    if (wordCount > ANCILLARY_WORDS_MAX) throw broken(`packet ${i} has ${wordCount} words`);
    if (from.length - at < recordBytes(wordCount)) throw broken(`packet ${i} of ${count} is cut off`);
    const field = FIELDS[view.getUint16(at + 10, true)];
    if (!field) throw broken(`packet ${i} is of no field`);
    const packet: AncillaryPacket = {
      line: view.getUint16(at, true),
      horizontalOffset: view.getUint16(at + 2, true),
      isColorDifference: (from[at + 4] & FLAG.colorDifference) !== 0,
      streamNumber: (from[at + 4] & FLAG.stream) !== 0 ? from[at + 5] : undefined,
      field,
      did: from[at + 6],
      sdid: from[at + 7],
      words: new Uint16Array(from.buffer, from.byteOffset + at + RECORD_BYTES, wordCount),
    };
    checkPacket(packet);
    packets.push(packet);
    at += recordBytes(wordCount);
  }
  return packets;
}

function recordBytes(wordCount: number): number {
  return (RECORD_BYTES + 2 * wordCount + 3) & ~3;
}

function broken(why: string): StreamError {
  return new StreamError("format-invalid", `Cannot read ancillary data: ${why}; the list is broken`);
}
