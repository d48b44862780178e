/**
 * Payloads that show whether they are whole: every byte of them follows from one number.
 *
 * @module
 */

const BYTES_MIN = 8;

/**
 * Fills a payload so that {@linkcode readSeal} knows it again.
 *
 * @param bytes The payload, at least 8 bytes.
 * @param number What it is sealed with, an integer from 0 to 2^32 − 1.
 * @throws {RangeError} If there are fewer bytes, or the number is out of range.
 */
export function seal(bytes: Uint8Array, number: number): void {
  if (bytes.length < BYTES_MIN) {
    throw new RangeError(`Cannot seal ${bytes.length} bytes: at least ${BYTES_MIN} are right`);
  }
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff) {
    throw new RangeError(`Cannot seal with ${number}: an integer from 0 to ${0xffffffff} is right`);
  }
  for (let at = 0; at < bytes.length; at++) bytes[at] = byteAt(number, at);
}

/**
 * The number with which a payload was sealed.
 *
 * @returns `undefined` if any byte is not of that seal: the payload was torn, cut or changed.
 */
export function readSeal(bytes: Uint8Array): number | undefined {
  if (bytes.length < BYTES_MIN) return undefined;
  const number = (bytes[0] | bytes[1] << 8 | bytes[2] << 16 | bytes[3] << 24) >>> 0;
  for (let at = 4; at < bytes.length; at++) if (bytes[at] !== byteAt(number, at)) return undefined;
  return number;
}

/** The first four bytes are the number, little endian; the others depend on it and on their place. */
function byteAt(number: number, at: number): number {
  if (at < 4) return number >>> 8 * at & 0xff;
  const mixed = Math.imul(number + at ^ number >>> 16, 0x9e3779b1);
  return (mixed ^ mixed >>> 15) & 0xff;
}
