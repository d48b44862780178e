/**
 * Programs of this folder as processes of their own, on the runtime of the test.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** What came of a program. */
export interface ProgramResult {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly errors: string;
}

/** Runs a program of this folder until it ends by itself. */
export function runProgram(file: string, given: readonly string[] = []): Promise<ProgramResult> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const first = /deno[^/\\]*$/.test(process.execPath) ? ["run", "-A", "--no-check"] : [];
  const child = spawn(process.execPath, [...first, path, ...given], { stdio: ["ignore", "pipe", "pipe"] });
  const { promise, resolve, reject } = Promise.withResolvers<ProgramResult>();
  let [out, errors] = ["", ""];
  child.stdout.on("data", (bytes) => out += bytes);
  child.stderr.on("data", (bytes) => errors += bytes);
  child.on("error", reject);
  child.on("close", (code) => resolve({ code, out, errors }));
  return promise;
}
