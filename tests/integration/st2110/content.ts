/**
 * Pictures and sound that no error leaves as they are: noise, known from a seed.
 *
 * @module
 */

/** Bytes of noise; the same for the same seed. */
export function noise(bytes: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  // Xorshift (Marsaglia 2003); a state of 0 would stay 0.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, bytes);
}

/** Noise of 10 bits per sample, each in two bytes, low byte first. */
export function tenBitNoise(samples: number, seed: number): Uint8Array {
  const bytes = noise(samples * 2, seed);
  for (let i = 1; i < bytes.length; i += 2) bytes[i] &= 3;
  return bytes;
}

/**
 * Groups of 4:2:2 with 10 bits, five bytes for two pixels: Cb, Y0, Cr, Y1, high bits first (RFC 4175 §4.3), from planes
 * Y, Cb, Cr. Written for tests from the text of the RFC and for nothing else, so that it shares no mistake.
 */
export function groupsOfPlanes(planes: Uint8Array, width: number, height: number): Uint8Array {
  const view = new DataView(planes.buffer, planes.byteOffset, planes.byteLength);
  const sample = (index: number) => view.getUint16(index * 2, true);
  const pixels = width * height;
  const groups = new Uint8Array(pixels / 2 * 5);
  for (let i = 0; i < pixels / 2; i++) {
    const [cb, y0, cr, y1] = [pixels + i, 2 * i, pixels * 1.5 + i, 2 * i + 1].map(sample);
    groups.set([cb >> 2, cb << 6 | y0 >> 4, y0 << 4 | cr >> 6, cr << 2 | y1 >> 8, y1], 5 * i);
  }
  return groups;
}

/** Red, green and blue of pixels that also have an alpha. */
export function withoutAlpha(pixels: Uint8Array): Uint8Array {
  return pixels.filter((_, i) => i % 4 !== 3);
}

/** Linear PCM, high byte first, as samples in [-1, 1): code over half the range. */
export function samplesOf(codes: Uint8Array, bits: 16 | 24): Float32Array {
  const view = new DataView(codes.buffer, codes.byteOffset, codes.byteLength);
  const bytes = bits / 8;
  return Float32Array.from({ length: codes.length / bytes }, (_, i) => {
    const code = bits === 16 ? view.getInt16(i * 2) : view.getInt16(i * 3) * 256 + view.getUint8(i * 3 + 2);
    return code / 2 ** (bits - 1);
  });
}

/** NAL units of a stream of H.264 with start codes (ITU-T H.264 annex B). */
function nalUnitsOf(stream: Uint8Array): Uint8Array[] {
  const starts: number[] = [];
  for (let i = 0; i + 3 <= stream.length; i++) {
    if (stream[i] === 0 && stream[i + 1] === 0 && stream[i + 2] === 1) starts.push(i + 3);
  }
  return starts.map((start, n) => {
    let end = n + 1 < starts.length ? starts[n + 1] - 3 : stream.length;
    while (end > start && stream[end - 1] === 0) end--;
    return stream.subarray(start, end);
  });
}

const DELIMITER = 9;

/** NAL units of a stream, delimiters apart: these may come and go on the way. */
function lastingUnitsOf(stream: Uint8Array): Uint8Array[] {
  return nalUnitsOf(stream).filter((unit) => (unit[0] & 31) !== DELIMITER);
}

/** Bytes in those units. */
export function unitBytes(stream: Uint8Array): number {
  return lastingUnitsOf(stream).reduce((sum, unit) => sum + unit.length, 0);
}

/** That two streams of H.264 have the same NAL units, delimiters apart. */
export function assertSameUnits(found: Uint8Array, wanted: Uint8Array, what: string): void {
  const [is, should] = [found, wanted].map(lastingUnitsOf);
  for (let i = 0; i < Math.min(is.length, should.length); i++) assertSame(is[i], should[i], `${what}, NAL unit ${i}`);
  assertSame([is.length], [should.length], `${what}, count of NAL units`);
}

/** That two lists are the same. If not, it says where they begin to differ: a difference of thousands is slow to print. */
export function assertSame(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  const length = Math.min(found.length, wanted.length);
  for (let at = 0; at < length; at++) {
    if (found[at] === wanted[at]) continue;
    const [is, should] = [found, wanted].map((list) => Array.from({ length: 8 }, (_, i) => list[at + i]).join(" "));
    throw new Error(`${what}: differs from ${at} of ${wanted.length} on: ${is} instead of ${should}`);
  }
  if (found.length !== wanted.length) throw new Error(`${what}: ${found.length} values instead of ${wanted.length}`);
}
