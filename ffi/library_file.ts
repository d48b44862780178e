/**
 * What can be said of a shared library before it is opened: a file that was cut short kills the process in the loader.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import process from "node:process";
import { buildCommand } from "./locate.ts";

/** Size of an ELF header of 64 bits, and where in it are the machine and the table of sections. */
const HEADER_BYTES = 64;
const CLASS_AT = 4;
const MACHINE_AT = 18;
const SECTIONS_AT = 40;
const SECTION_BYTES_AT = 58;
const SECTION_COUNT_AT = 60;
const CLASS_64 = 2;

/** Machines of ELF headers by the runtimes' names. */
const MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

/**
 * Makes sure that a file is a complete library for this machine. Only Linux's format is known here; other systems say
 * by themselves what they cannot open.
 *
 * @throws {Error} With what is wrong, in words that follow "because".
 */
export function checkLibraryFile(path: string): void {
  if (process.platform !== "linux") return;
  const header = Buffer.alloc(HEADER_BYTES);
  const file = openSync(path, "r");
  let fileBytes: number;
  try {
    fileBytes = fstatSync(file).size;
    readSync(file, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(file);
  }
  if (fileBytes === 0) throw new Error("the file is empty");
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[CLASS_AT] !== CLASS_64) {
    throw new Error("it is no shared library of Linux for 64 bits");
  }
  const machine = header.readUInt16LE(MACHINE_AT);
  if (machine !== MACHINES[process.arch]) {
    const [name] = Object.entries(MACHINES).find(([, number]) => number === machine) ?? [`machine ${machine}`];
    throw new Error(`it is for ${name}, this process is ${process.arch}`);
  }
  // Linkers put the table of sections last: a file that was cut short ends before it does.
  const sectionBytes = header.readUInt16LE(SECTION_BYTES_AT) * header.readUInt16LE(SECTION_COUNT_AT);
  const wholeBytes = Number(header.readBigUInt64LE(SECTIONS_AT)) + sectionBytes;
  if (wholeBytes > fileBytes) throw new Error(`the file is cut short: it has ${fileBytes} of ${wholeBytes} bytes`);
}

/** What mends a library that cannot be used: another of the package that it came in, or a new build. */
export function remedyFor(path: string): string {
  const [packaged] = /@streamlib[/\\]native-[a-z0-9-]+/.exec(path) ?? [];
  if (packaged === undefined) return `build it again with: ${buildCommand}`;
  return `install ${packaged.replace("\\", "/")} again, in the version of @streamlib/ffi`;
}
