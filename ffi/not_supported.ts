/**
 * What `not_supported` means where a user meets it.
 *
 * @module
 */

import process from "node:process";

const systems: Readonly<Record<string, string>> = { darwin: "macOS", win32: "Windows" };

/**
 * What stands behind "Cannot …: ".
 *
 * @param system As `process.platform` has it.
 */
export function notSupportedMeaning(system: string = process.platform): string {
  if (system === "linux") return "this system cannot do it";
  return `on ${systems[system] ?? system} the native library has pixels, clocks, exact waits, and rings and bells ` +
    "between threads; other processes, streams, PTP, GPUs, sandboxes and real-time priority need Linux";
}
