/**
 * How memory of one process is named to others of the same machine.
 *
 * @module
 */

import { sharedAddressLayout } from "./abi.gen.ts";

/**
 * Names a segment of shared memory (a ring, the page of a bell) to other processes of this machine: plain JSON. Good as
 * long as the process that gave it out lives and keeps the segment. Whoever may open files of that process can open it.
 */
export interface SharedAddress {
  /** The process that has the segment. */
  readonly pid: number;
  /** Its file descriptor there. */
  readonly fd: number;
  /** 128 random bits as 32 hexadecimal digits, which also lie in the segment: a number used again is recognised. */
  readonly key: string;
}

const keyBytes = sharedAddressLayout.structBytes - sharedAddressLayout.key;
const keyPattern = new RegExp(`^[0-9a-f]{${keyBytes * 2}}$`);

/** A buffer for the library to write an address into. */
export function emptyAddress(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sharedAddressLayout.structBytes);
}

/** The address in a buffer that the library has filled. */
export function decodeAddress(bytes: Uint8Array<ArrayBuffer>): SharedAddress {
  const view = new DataView(bytes.buffer);
  const key = [...bytes.subarray(sharedAddressLayout.key)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    pid: view.getUint32(sharedAddressLayout.pid, true),
    fd: view.getUint32(sharedAddressLayout.fd, true),
    key,
  };
}

/**
 * The address as the library reads it.
 *
 * @throws {RangeError} For numbers that no process and no file can have, or a key that is not 32 hexadecimal digits.
 */
export function encodeAddress(address: SharedAddress): Uint8Array<ArrayBuffer> {
  const bytes = emptyAddress();
  const view = new DataView(bytes.buffer);
  for (const name of ["pid", "fd"] as const) {
    const value = address[name];
    if (!Number.isInteger(value) || value < 0 || value > 0x7fff_ffff) {
      throw new RangeError(
        `Cannot open a shared address: ${name} is ${value}, it must be an integer from 0 to 2147483647`,
      );
    }
    view.setUint32(sharedAddressLayout[name], value, true);
  }
  if (!keyPattern.test(address.key)) {
    throw new RangeError(`Cannot open a shared address: key is "${address.key}", it must be 32 hexadecimal digits`);
  }
  for (let i = 0; i < keyBytes; i++) {
    bytes[sharedAddressLayout.key + i] = parseInt(address.key.slice(2 * i, 2 * i + 2), 16);
  }
  return bytes;
}
