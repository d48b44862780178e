/** Reads PNG files of the one kind that is written here: RGBA of 8 bits; every checksum and filter 0 and 1. */
import assert from "node:assert/strict";
import { crc32, inflateSync } from "node:zlib";

/** The pixels of a PNG. */
export function decodePng(file: Uint8Array): { width: number; height: number; pixels: Uint8Array } {
  assert.deepEqual([...file.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 8; at < file.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    assert.equal(view.getUint32(at + 8 + length), crc32(file.subarray(at + 4, at + 8 + length)), type);
    chunks.set(type, file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  assert.deepEqual([...chunks.keys()], ["IHDR", "IDAT", "IEND"]);
  const head = chunks.get("IHDR")!;
  assert.deepEqual([...head.subarray(8)], [8, 6, 0, 0, 0]);
  const size = new DataView(head.buffer, head.byteOffset);
  const [width, height] = [size.getUint32(0), size.getUint32(4)];
  const rows = new Uint8Array(inflateSync(chunks.get("IDAT")!));
  const rowBytes = width * 4;
  assert.equal(rows.length, (rowBytes + 1) * height);
  const pixels = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++) {
    const from = y * (rowBytes + 1);
    assert.ok(rows[from] <= 1, "filter");
    for (let x = 0; x < rowBytes; x++) {
      const left = rows[from] === 1 && x >= 4 ? pixels[y * rowBytes + x - 4] : 0;
      pixels[y * rowBytes + x] = rows[from + 1 + x] + left;
    }
  }
  return { width, height, pixels };
}
