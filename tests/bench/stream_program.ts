/**
 * What times streams without a network: see zig/src/bench_stream.zig.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { buildNative } from "../../zig/toolchain.ts";

/** Runs a part of the program and gives what it prints, an object for each case. */
export function runStreamProgram<T>(part: "depacketizer" | "pacing"): T[] {
  const done = spawnSync(buildNative("bench-stream"), [part], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`Cannot measure: ${done.error?.message ?? done.stderr}`);
  return done.stdout.trim().split("\n").map((line) => JSON.parse(line) as T);
}
