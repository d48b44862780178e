/** Pictures as PNG (ISO/IEC 15948). */
import { Buffer } from "node:buffer";
import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const COLOUR_TYPES = { rgb: 2, rgba: 6 } as const;

/**
 * A PNG of 8 bits.
 *
 * @param pixels R, G, B, A, alpha not multiplied in, rows from the top without gaps.
 * @param hasAlpha Whether A is kept.
 */
export function encodePng(pixels: Uint8Array, width: number, height: number, hasAlpha: boolean): Uint8Array {
  const channels = hasAlpha ? 4 : 3;
  const rowBytes = 1 + channels * width;
  const rows = new Uint8Array(rowBytes * height);
  let above = new Uint8Array(channels * width);
  for (let y = 0; y < height; y++) {
    const row = Uint8Array.from(above, (_, i) => pixels[4 * (y * width + Math.floor(i / channels)) + i % channels]);
    rows.set(filtered(row, above, channels), y * rowBytes);
    above = row;
  }
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, COLOUR_TYPES[hasAlpha ? "rgba" : "rgb"]);
  const parts = [
    SIGNATURE,
    chunk("IHDR", new Uint8Array(header.buffer)),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

/** A row as what differs from its neighbours, in the way that leaves most zeros; its first byte says which. */
function filtered(row: Uint8Array, above: Uint8Array, channels: number): Uint8Array {
  const left = (i: number): number => i < channels ? 0 : row[i - channels];
  const ways = [() => 0, left, (i: number) => above[i], (i: number) => (left(i) + above[i]) >> 1];
  let [best, fewest] = [new Uint8Array(0), Infinity];
  for (const [way, guess] of ways.entries()) {
    const bytes = new Uint8Array(1 + row.length);
    bytes[0] = way;
    let others = 0;
    for (let i = 0; i < row.length; i++) if ((bytes[1 + i] = row[i] - guess(i)) !== 0) others++;
    if (others < fewest) [best, fewest] = [bytes, others];
  }
  return best;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(name), 4);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}
