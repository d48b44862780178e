/**
 * Pictures as PNG files (ISO/IEC 15948).
 *
 * @module
 */
import { convertFrame, loadNative, StreamError, type VideoFormat, videoFormat, VideoFrame } from "@streamlib/core";
import { crc32, deflateSync } from "node:zlib";

/** A picture: a `VideoFrame` is one, so is a `VideoLoan`. */
export interface PngPicture {
  /** What it looks like apart from its pixels. */
  readonly format: VideoFormat;
  /** Its planes one after another, as the format says. */
  readonly data: Uint8Array;
}

/** How a PNG is written. */
export interface PngOptions {
  /** How much is done to make it small, an integer from 0 (nothing) to 9. Default 6. */
  readonly level?: number;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const COLOUR_TYPES = { rgb: 2, rgba: 6 } as const;
const LEVEL_MAX = 9;

/**
 * A PNG of a picture of any pixel format: 8 bits, its colours as they are (no tone mapping). Alpha is kept, not
 * multiplied in, unless the format says `opaque`.
 *
 * Takes the time of the thread that calls this: for 1920x1080 about a second on an old core, and five at level 9.
 *
 * @param picture The picture. Not kept.
 * @returns The file, memory of its own.
 * @throws {StreamError} `option-invalid` if `level` is out of range; `format-invalid` if there are not as many bytes as
 * the format says, or if it cannot be converted to rgba8, which may also be `native-missing`.
 */
export async function encodePng({ data, format }: PngPicture, { level = 6 }: PngOptions = {}): Promise<Uint8Array> {
  if (!Number.isInteger(level) || level < 0 || level > LEVEL_MAX) {
    throw new StreamError(
      "option-invalid",
      `Cannot write a PNG: option level = ${level}: an integer from 0 to ${LEVEL_MAX} is right`,
    );
  }
  const { width, height, rate, alpha, pixelFormat } = format;
  const bytes = VideoFrame.slotBytes(format);
  if (data.length !== bytes) {
    const what = `Cannot write a PNG of ${width}x${height} ${pixelFormat}`;
    throw new StreamError("format-invalid", `${what}: data is ${data.length} bytes; ${bytes} are right`);
  }
  const target = videoFormat({ pixelFormat: "rgba8", width, height, rate, colorSpace: format.colorSpace, alpha });
  const pixels = new Uint8Array(width * height * 4);
  await loadNative();
  convertFrame({ data, format }, { data: pixels, format: target });
  if (alpha === "premultiplied") divideByAlpha(pixels);
  const channels = alpha === "opaque" ? 3 : 4;
  const head = new DataView(new ArrayBuffer(13));
  head.setUint32(0, width);
  head.setUint32(4, height);
  head.setUint8(8, 8);
  head.setUint8(9, COLOUR_TYPES[channels === 3 ? "rgb" : "rgba"]);
  return joined([
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", new Uint8Array(head.buffer)),
    chunk("IDAT", deflateSync(filtered(pixels, width, height, channels), { level, memLevel: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

function divideByAlpha(pixels: Uint8Array): void {
  for (let at = 0; at < pixels.length; at += 4) {
    const alpha = pixels[at + 3];
    if (alpha === 0 || alpha === 255) continue;
    for (let i = at; i < at + 3; i++) pixels[i] = Math.min(255, Math.round(pixels[i] * 255 / alpha));
  }
}

/** Each row as what differs from its neighbours, in the way that leaves most zeros; its first byte says which. */
function filtered(pixels: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const rowBytes = width * channels;
  const out = new Uint8Array((1 + rowBytes) * height);
  const ways = [0, 1, 2, 3].map(() => new Uint8Array(rowBytes));
  let [row, above] = [new Uint8Array(rowBytes), new Uint8Array(rowBytes)];
  for (let y = 0; y < height; y++) {
    takeRow(row, pixels, y * width * 4, channels);
    const way = fewestOthers(ways, row, above, channels);
    out[y * (1 + rowBytes)] = way;
    out.set(ways[way], y * (1 + rowBytes) + 1);
    [row, above] = [above, row];
  }
  return out;
}

function takeRow(row: Uint8Array, pixels: Uint8Array, from: number, channels: number): void {
  if (channels === 4) return row.set(pixels.subarray(from, from + row.length));
  for (let at = 0; at < row.length; at += 3, from += 4) {
    row[at] = pixels[from];
    row[at + 1] = pixels[from + 1];
    row[at + 2] = pixels[from + 2];
  }
}

/** Fills all four ways: as it is, less the pixel to the left, less the one above, less the mean of both. */
function fewestOthers(ways: readonly Uint8Array[], row: Uint8Array, above: Uint8Array, channels: number): number {
  const [plain, sub, up, average] = ways;
  let [plainOthers, subOthers, upOthers, averageOthers] = [0, 0, 0, 0];
  for (let at = 0; at < row.length; at++) {
    const value = row[at];
    const left = at < channels ? 0 : row[at - channels];
    plain[at] = value;
    sub[at] = value - left;
    up[at] = value - above[at];
    average[at] = value - ((left + above[at]) >> 1);
    if (value !== 0) plainOthers++;
    if (sub[at] !== 0) subOthers++;
    if (up[at] !== 0) upOthers++;
    if (average[at] !== 0) averageOthers++;
  }
  const others = [plainOthers, subOthers, upOthers, averageOthers];
  return others.indexOf(Math.min(...others));
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
