/**
 * Pictures as PNG files (ISO/IEC 15948).
 *
 * @module
 */
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const RGBA = 6;
const PIXEL_BYTES = 4;

/**
 * A PNG of 8 bits per channel with straight alpha.
 *
 * @param pixels Red, green, blue, alpha; rows without padding. Not kept.
 * @param width Columns.
 * @param height Rows.
 * @throws {RangeError} If there are not `width · height · 4` bytes.
 */
export function encodePng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const rowBytes = width * PIXEL_BYTES;
  if (pixels.length !== rowBytes * height || pixels.length === 0) {
    throw new RangeError(
      `Cannot write a PNG of ${width}x${height}: it needs ${rowBytes * height} bytes, given are ${pixels.length}`,
    );
  }
  // Each row begins with its filter: 1 writes the difference to the pixel before, which most pictures deflate well with.
  const rows = new Uint8Array((rowBytes + 1) * height);
  for (let y = 0; y < height; y++) {
    const from = y * rowBytes;
    const to = y * (rowBytes + 1);
    rows[to] = 1;
    rows.set(pixels.subarray(from, from + PIXEL_BYTES), to + 1);
    for (let x = PIXEL_BYTES; x < rowBytes; x++) rows[to + 1 + x] = pixels[from + x] - pixels[from + x - PIXEL_BYTES];
  }
  const head = new DataView(new ArrayBuffer(13));
  head.setUint32(0, width);
  head.setUint32(4, height);
  head.setUint8(8, 8);
  head.setUint8(9, RGBA);
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", new Uint8Array(head.buffer)),
    chunk("IDAT", deflateSync(rows, { level: 4 })),
    chunk("IEND", new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}
