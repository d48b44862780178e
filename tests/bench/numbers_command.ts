/**
 * The command as it is felt: how long until the first frame, and what watching takes.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../setup.ts";
import { FIRST_FRAME } from "./numbers_sink.ts";

const SINK = join(ROOT, "tests", "bench", "numbers_sink.ts");
/** Ticks of the kernel's clock per second, as `/proc` counts processor time. */
const TICKS_PER_SECOND = 100;
/** A program is up, and whoever watches it has drawn its first picture, after these. */
const START_MS = 3000;
/** Of a run; long enough for a machine that does other things too. */
const DURATION = "3s";
/** Twelve actors at 60 Hz. */
const WATCHED = Array(4).fill("test-pattern fps=60 width=320 height=180 | buffer | first-frame").join("; ");

/** From the start of the process to a frame at the end of the pipeline, ms. */
export interface FirstFrame {
  /** As seen from outside. */
  readonly outsideMs: number;
  /** As `--stats` says it: without what the runtime takes to begin with. */
  readonly insideMs: number;
}

/** The command in a process of its own, on this runtime. */
function command(...words: readonly string[]): ChildProcess {
  const run = process.versions.bun ? ["run"] : ["run", "-A"];
  return spawn(process.execPath, [...run, join(ROOT, "cli", "main.ts"), ...words], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs `pipeline` for a moment. `outsideMs` is NaN unless its end is a `firstframe`. */
export async function firstFrame(pipeline: string): Promise<FirstFrame> {
  const startMs = performance.now();
  const child = command("run", pipeline, "--plugin", SINK, "--stats", "--duration", DURATION);
  let outsideMs = NaN;
  let insideMs = NaN;
  const printed = printedBy(child);
  createInterface({ input: child.stdout! }).on("line", (line) => {
    if (line === FIRST_FRAME) outsideMs = performance.now() - startMs;
    const [, seconds] = /^first item at the end of the pipeline after ([\d.]+) s$/.exec(line) ?? [];
    if (seconds !== undefined) insideMs = 1000 * Number(seconds);
  });
  const [code] = await once(child, "close");
  if (code !== 0 || Number.isNaN(insideMs)) throw new Error(`Cannot run ${pipeline}: ${printed.join("\n")}`);
  return { outsideMs, insideMs };
}

/** Share of a core that `streamlib top` takes while it watches twelve actors, after its start. */
export async function topLoad(seconds: number): Promise<number> {
  const watched = command("run", WATCHED, "--plugin", SINK);
  const seen = printedBy(watched);
  await sleep(START_MS);
  const top = command("top", "--pid", String(watched.pid));
  const shown = printedBy(top);
  try {
    await sleep(START_MS);
    if (top.exitCode !== null) throw new Error(`Cannot watch: ${[...seen, ...shown].join("\n")}`);
    const [before, startMs] = [cpuSeconds(top.pid!), performance.now()];
    await sleep(1000 * seconds);
    const share = (cpuSeconds(top.pid!) - before) / ((performance.now() - startMs) / 1000);
    if (!shown.join("").includes("FirstFrame")) throw new Error(`Cannot watch: ${shown.join("\n")}`);
    return share;
  } finally {
    for (const child of [top, watched]) child.kill("SIGKILL");
  }
}

/** Lines of both streams as they come. */
function printedBy(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  return lines;
}

/** Processor time of a process and all its threads so far. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
