/**
 * Payloads of packets, read and written here from the texts of the RFCs and for tests only.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/**
 * The picture in payloads of RFC 4175, in groups of 4:2:2 with 10 bits: a row of bytes for each row of pixels.
 *
 * @param payloads The payloads of one frame.
 * @param width Columns.
 * @param height Rows.
 */
export function pictureOf(payloads: readonly Buffer[], width: number, height: number): Buffer {
  const rowBytes = width / 2 * 5;
  const picture = Buffer.alloc(rowBytes * height);
  for (const payload of payloads) {
    const segments: [length: number, line: number, offset: number][] = [];
    let at = 2;
    for (let more = true; more; at += 6) {
      more = (payload[at + 4] & 0x80) !== 0;
      const [line, offset] = [payload.readUInt16BE(at + 2) & 0x7fff, payload.readUInt16BE(at + 4) & 0x7fff];
      segments.push([payload.readUInt16BE(at), line, offset]);
    }
    for (const [length, line, offset] of segments) {
      payload.copy(picture, line * rowBytes + offset / 2 * 5, at, at + length);
      at += length;
    }
  }
  return picture;
}

/** An ancillary data packet of eight-bit words. */
export interface AncillaryWords {
  /** Line. */
  readonly line: number;
  /** Words from the start of active video. */
  readonly horizontalOffset: number;
  /** DID. */
  readonly did: number;
  /** SDID. */
  readonly sdid: number;
  /** User data. */
  readonly data: readonly number[];
}

/** A payload of RFC 8331 §2 with progressive packets, its extended sequence number left 0. */
export function ancillaryPayload(packets: readonly AncillaryWords[]): Buffer {
  const body = packets.map(ancillaryBits).join("");
  const bits = "0".repeat(16) + binary(body.length / 8, 16) + binary(packets.length, 8) + "0".repeat(24) + body;
  return Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
}

function ancillaryBits({ line, horizontalOffset, did, sdid, data }: AncillaryWords): string {
  const words = [did, sdid, data.length, ...data].map(withParity);
  const sum = words.reduce((total, word) => total + (word & 0x1ff), 0) & 0x1ff;
  const checksum = sum | (sum & 0x100 ? 0 : 0x200);
  const bits = "0" + binary(line, 11) + binary(horizontalOffset, 12) + "0" + binary(0, 7) +
    [...words, checksum].map((word) => binary(word, 10)).join("");
  return bits.padEnd(Math.ceil(bits.length / 32) * 32, "0");
}

/** Bit 8 makes the count of ones even, bit 9 is its opposite (ST 291-1). */
function withParity(byte: number): number {
  const isOdd = [...byte.toString(2)].filter((bit) => bit === "1").length % 2 === 1;
  return byte | (isOdd ? 0x100 : 0x200);
}

function binary(value: number, bits: number): string {
  return value.toString(2).padStart(bits, "0");
}
