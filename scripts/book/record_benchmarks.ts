/**
 * Runs benchmarks on both runtimes and writes what they print into `docs/public/benchmarks/`, from where the page about
 * benchmarks reads it. Leave the machine alone meanwhile.
 *
 * ```sh
 * deno run -A scripts/book/record_benchmarks.ts ring actors   # docs/public/benchmarks/ring.jsonl, actors.jsonl
 * deno run -A scripts/book/record_benchmarks.ts tick --load   # docs/public/benchmarks/tick-load.jsonl
 * ```
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findRuntimes, pinnedVersions, ROOT } from "../../tests/setup.ts";
import { type BenchmarkMachine, parseRecord } from "./benchmark_record.ts";

const FOLDER = join(ROOT, "docs", "public", "benchmarks");
/** How the programs that stand beside tell their version. */
const PEERS: Readonly<Record<string, readonly string[]>> = {
  FFmpeg: ["ffmpeg", "-version"],
  GStreamer: ["gst-launch-1.0", "--version"],
  linuxptp: ["ptp4l", "-v"],
};

function versionOf([program, ...words]: readonly string[]): string | undefined {
  const told = spawnSync(program, words, { encoding: "utf8" });
  return told.status === 0 ? /^(?:.* version )?(\d[\d.]*)/m.exec(told.stdout)?.[1] : undefined;
}

function machine(command: string): BenchmarkMachine {
  const told = Object.entries(PEERS).map(([name, words]) => [name, versionOf(words)] as const);
  const commit = spawnSync("git", ["describe", "--always", "--dirty"], { cwd: ROOT, encoding: "utf8" });
  return {
    recorded: new Date().toISOString(),
    command,
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    ...pinnedVersions(),
    peers: Object.fromEntries(told.filter(([, version]) => version !== undefined)) as Record<string, string>,
    loadBefore: Number(loadavg()[0].toFixed(2)),
    commit: commit.status === 0 ? commit.stdout.trim() : "unknown",
  };
}

/** @returns Whether the benchmark ended well; a record is written if it printed figures. */
function record(deno: string, name: string, words: readonly string[]): boolean {
  const command = ["deno task bench", name, ...words, "--json"].join(" ");
  console.log(`${command} …`);
  const first = machine(command);
  const run = spawnSync(deno, ["run", "-A", join(ROOT, "tests", "bench", "run.ts"), name, ...words, "--json"], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = run.stdout.split("\n").filter((line) => line.startsWith("{"));
  const runtimes = new Set(lines.map((line) => (JSON.parse(line) as { runtime: string }).runtime));
  if (runtimes.size < 2) {
    const had = [...runtimes].join(", ") || "none";
    console.error(`Cannot record ${name}: figures of both runtimes are wanted, it printed those of ${had}`);
    return false;
  }
  const text = [JSON.stringify(first), ...lines].join("\n") + "\n";
  const { figures } = parseRecord(text, name);
  const file = `${[name, ...words.map((word) => word.slice(2))].join("-")}.jsonl`;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `.${file}`), text);
  renameSync(join(FOLDER, `.${file}`), join(FOLDER, file));
  const missed = figures.filter(({ ok }) => ok === false).length;
  console.log(`docs/public/benchmarks/${file}: ${figures.length} figures, ${missed} promises missed`);
  if (run.status !== 0) console.error(`${name} ended with code ${run.status}: the figures are not all there`);
  return run.status === 0;
}

const given = process.argv.slice(2);
const words = given.filter((word) => word.startsWith("--"));
const names = given.filter((word) => !word.startsWith("--"));
if (names.length === 0 || words.some((word) => word !== "--load")) {
  console.error("Cannot record: name one benchmark or more of tests/bench, as deno task bench does; --load may follow");
  process.exit(2);
}
const { deno } = findRuntimes();
process.exitCode = names.map((name) => record(deno, name, words)).every(Boolean) ? 0 : 1;
