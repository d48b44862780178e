/**
 * Result codes of the library as names and as errors.
 *
 * @module
 */

import { type ResultName, results } from "./abi.gen.ts";
import { NativeError } from "./native_error.ts";

const names: ReadonlyMap<number, ResultName> = new Map(
  Object.entries(results).map(([name, code]) => [code, name as ResultName]),
);

const meanings: Partial<Record<ResultName, string>> = {
  bad_handle: "the handle names nothing that is alive",
  out_of_range: "a number lies outside of its limits",
  out_of_space: "the buffer is too small",
  out_of_memory: "there is not enough free memory",
  too_many_files: "the process has no free file descriptor (see ulimit -n)",
  writer_taken: "it has a writer already",
  readers_full: "all places for readers are taken",
  loan_outstanding: "a slot is on loan already, commit or abort it first",
  bad_writer: "the writer was closed or never opened",
  bad_reader: "the reader was closed or never opened",
  already_set: "it was set before and can be set once",
  ended: "the ring has ended",
  not_supported: "this system cannot do it",
  too_many_handles: "the library can name no more of them",
  gone: "its process is dead, or its owner has closed it",
  permission: "the system does not let this user do it",
  not_shared: "there is no shared memory of that kind at the address",
  wrong_version: "it was made by another version of streamlib",
  corrupt: "what lies in the shared memory contradicts itself",
};

/** The name of a code that the library returned; a value (>= 0) is `ok`, an unknown code its number. */
export function resultName(code: number): string {
  return code >= 0 ? "ok" : names.get(code) ?? `result ${code}`;
}

/**
 * Passes a value (>= 0) through and throws a {@link NativeError} for a code (< 0).
 *
 * @param code What a function of the library returned.
 * @param action What was tried, as it stands after "Cannot": `create ring "camera"`.
 */
export function check(code: number, action: string): number {
  if (code >= 0) return code;
  const name = resultName(code);
  const meaning = meanings[name as ResultName];
  throw new NativeError(name, code, `Cannot ${action}: ${meaning === undefined ? name : `${meaning} (${name})`}`);
}
