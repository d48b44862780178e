/**
 * Builds libstreamlib and prints its path: `deno run -A zig/build_native.ts [STEP] [-Dname=value ...] [-- words for
 * the program of the step]`, or `bun run`.
 *
 * @module
 */

import process from "node:process";
import { buildNative, type NativeStep } from "./toolchain.ts";

const steps: readonly NativeStep[] = [
  "install",
  "test",
  "check",
  "gen",
  "mutant",
  "stress",
  "bench",
  "peers",
  "bench-stream",
];
const words = process.argv.slice(2);
const end = words.includes("--") ? words.indexOf("--") : words.length;
const own = words.slice(0, end);
const settings = [...own.filter((word) => word.startsWith("-")), ...words.slice(end)];
const step = own.find((word) => !word.startsWith("-")) ?? "install";

if (!steps.includes(step as NativeStep)) {
  console.error(`Unknown step "${step}": it must be one of ${steps.join(", ")}`);
  process.exit(2);
}
try {
  const path = buildNative(step as NativeStep, settings);
  if (["install", "mutant", "peers", "bench-stream"].includes(step)) console.log(path);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
