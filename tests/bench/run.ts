/**
 * Runs benchmarks, each in a process of its own, on Deno and on Bun.
 *
 * ```sh
 * deno task bench                # all, as a table
 * deno task bench ring --json    # one, one JSON line per figure
 * deno task bench ring --deno    # on one runtime only
 * deno task bench tick --load    # in places, beside a busy event loop
 * ```
 *
 * @module
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { findRuntimes, installPackages, ROOT } from "../setup.ts";
import { buildNative } from "../../zig/toolchain.ts";
import type { Figure } from "./figure.ts";

const FOLDER = join(ROOT, "tests", "bench");
const SUFFIX = "_bench.ts";

function print(line: string, asJson: boolean): void {
  if (asJson) return console.log(line);
  const { bench, case: name, runtime, value, unit, peer, ratio, limit, ok } = JSON.parse(line) as
    & Figure
    & { runtime: string };
  const against = peer === undefined ? "" : `  ${ratio}× of ${peer}`;
  const promise = limit === undefined ? "" : `  limit ${limit}: ${ok ? "kept" : "NOT KEPT"}`;
  console.log(`${bench.padEnd(10)} ${name.padEnd(34)} ${runtime.padEnd(12)} ${value} ${unit}${against}${promise}`);
}

function runOne(program: string, given: readonly string[], asJson: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, given, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: child.stdout }).on("line", (line) => print(line, asJson));
    child.on("close", (code) => resolve(code === 0));
  });
}

const OWN_WORDS = ["--json", "--deno", "--bun"];
/** For the benchmark itself. */
const PASSED_WORDS = ["--load"];
const words = process.argv.slice(2);
const passedOn = words.filter((word) => PASSED_WORDS.includes(word));
// Benchmarks are called as the standards are: st2110-20 is in st2110_20_bench.ts.
const names = words.filter((word) => !word.startsWith("--")).map((word) => word.replaceAll("-", "_"));
const known = readdirSync(FOLDER).filter((file) => file.endsWith(SUFFIX)).map((file) => file.slice(0, -SUFFIX.length));
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`Cannot run benchmark ${unknown.join(", ")}: there are ${known.join(", ")}`);
  process.exit(2);
}
const strange = words.filter((word) => word.startsWith("--") && ![...OWN_WORDS, ...PASSED_WORDS].includes(word));
if (strange.length > 0) {
  console.error(`Cannot run with ${strange.join(", ")}: there are ${[...OWN_WORDS, ...PASSED_WORDS].join(", ")}`);
  process.exit(2);
}
const runtimes = findRuntimes();
installPackages(runtimes.bun);
buildNative();
const arms: [string, string[]][] = [];
if (!words.includes("--bun")) arms.push([runtimes.deno, ["run", "-A", "--v8-flags=--expose-gc"]]);
if (!words.includes("--deno")) arms.push([runtimes.bun, ["run", "--expose-gc"]]);
let isFine = true;
for (const name of names.length > 0 ? names : known) {
  for (const [program, given] of arms) {
    const all = [...given, join(FOLDER, name + SUFFIX), ...passedOn];
    isFine = await runOne(program, all, words.includes("--json")) && isFine;
  }
}
process.exitCode = isFine ? 0 : 1;
