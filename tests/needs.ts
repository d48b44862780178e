/**
 * What a test needs from the machine.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import process from "node:process";

/**
 * Whether a program is there. If not, it says so on standard error and in the closing list of `deno task test`, and in CI
 * it throws, because there nothing may be absent.
 *
 * @param program Name of the program, for example `ffmpeg`.
 * @param purpose What cannot be tested without it.
 */
export function hasProgram(program: string, purpose: string): boolean {
  if (spawnSync("sh", ["-c", `command -v "${program}"`]).status === 0) return true;
  reportAbsence(`${program}: ${purpose}`);
  return false;
}

/** Whether GStreamer has an element; if not, it says so as {@linkcode hasProgram} does. */
export function hasGstreamerElement(element: string, purpose: string): boolean {
  if (spawnSync("gst-inspect-1.0", ["--exists", element]).status === 0) return true;
  reportAbsence(`element ${element} of GStreamer: ${purpose}`);
  return false;
}

/** Whether this is root; if not, it says so as {@linkcode hasProgram} does. */
export function isRoot(purpose: string): boolean {
  if (process.getuid?.() === 0) return true;
  reportAbsence(`root: ${purpose}`);
  return false;
}

/** Says that something is absent; throws in CI. */
export function reportAbsence(what: string): void {
  if (process.env.CI === "true") throw new Error(`Absent in CI: ${what}`);
  console.error(`ABSENT, so not tested: ${what}`);
  const file = process.env.STREAMLIB_TEST_ABSENCES;
  if (file) appendFileSync(file, `${what}\n`);
}
