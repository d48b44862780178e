/**
 * This command on the other runtime.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";

/** What the command said there. */
export interface OtherRuntimeAnswer {
  /** `deno` or `bun`. */
  readonly name: string;
  /** It is not on PATH. */
  readonly isAbsent: boolean;
  /** Its exit code; null if a signal has ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs this command on the other runtime, and waits for it.
 *
 * @param words Its arguments.
 * @param bytesMax Of what it may say.
 */
export function otherRuntime(words: readonly string[], bytesMax: number): OtherRuntimeAnswer {
  const name = process.versions.bun ? "deno" : "bun";
  const run = name === "deno" ? ["run", "-A"] : ["run"];
  const done = spawnSync(name, [...run, process.argv[1], ...words], { encoding: "utf8", maxBuffer: bytesMax });
  const isAbsent = (done.error as { code?: string } | undefined)?.code === "ENOENT";
  return { name, isAbsent, status: done.status, stdout: done.stdout ?? "", stderr: done.stderr ?? "" };
}
