/** Reads PNG files of the kinds that are written here: RGB and RGBA of 8 bits; every checksum and filters 0 to 3. */
import assert from "node:assert/strict";
import { crc32, inflateSync } from "node:zlib";

/** The pixels of a PNG, R, G and B, and A if it has it. */
export function decodePng(file: Uint8Array): { width: number; height: number; channels: number; pixels: Uint8Array } {
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
  const channels = head[9] === 2 ? 3 : 4;
  assert.deepEqual([...head.subarray(8)], [8, channels === 3 ? 2 : 6, 0, 0, 0]);
  const size = new DataView(head.buffer, head.byteOffset);
  const [width, height] = [size.getUint32(0), size.getUint32(4)];
  const rows = new Uint8Array(inflateSync(chunks.get("IDAT")!));
  const rowBytes = width * channels;
  assert.equal(rows.length, (rowBytes + 1) * height);
  const pixels = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y++) {
    const from = y * (rowBytes + 1);
    assert.ok(rows[from] <= 3, "filter");
    for (let x = 0; x < rowBytes; x++) {
      const left = x < channels ? 0 : pixels[y * rowBytes + x - channels];
      const above = y === 0 ? 0 : pixels[(y - 1) * rowBytes + x];
      pixels[y * rowBytes + x] = rows[from + 1 + x] + [0, left, above, (left + above) >> 1][rows[from]];
    }
  }
  return { width, height, channels, pixels };
}
