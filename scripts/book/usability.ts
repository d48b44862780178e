/**
 * Runs the lines of `usability_list.ts` with GStreamer and with ours, and writes what came of them into
 * `docs/usability.json`, which the page about usability shows. It takes two minutes and wants GStreamer and FFmpeg.
 *
 * ```sh
 * deno run -A scripts/book/usability.ts
 * ```
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { findRuntimes, pinnedVersions, ROOT } from "../../tests/setup.ts";
import { CAMERA_PORT, MISTAKES, TAKEN_PORT, TASKS, type TypedLine, type UsabilityMistake } from "./usability_list.ts";

/** One side of a task, done. */
export interface DoneLine {
  readonly command: string;
  readonly asRun?: string;
  /** Characters to type. */
  readonly characters: number;
  /** What of the task it does, if not all. */
  readonly partly?: string;
  /** Whether that was done. */
  readonly ran: boolean;
  /** If not: what it printed. */
  readonly printed?: string;
}

/** One side of a mistake, made. */
export interface MadeMistake {
  readonly command: string;
  /** Exit code; absent if it had not ended by itself after 10 s. */
  readonly code?: number;
  readonly printed: string;
}

/** What `docs/usability.json` holds. */
export interface UsabilityReport {
  readonly recorded: string;
  readonly gstreamer: string;
  readonly runtime: string;
  readonly tasks: readonly {
    readonly name: string;
    readonly remark?: string;
    readonly gstreamer: DoneLine;
    readonly ours: DoneLine;
  }[];
  readonly mistakes: readonly {
    readonly name: string;
    readonly better: UsabilityMistake["better"];
    readonly why: string;
    readonly gstreamer: MadeMistake;
    readonly ours: MadeMistake;
  }[];
}

const SDP = `v=0
o=- 1 1 IN IP4 127.0.0.1
s=camera
t=0 0
m=video ${CAMERA_PORT} RTP/AVP 96
c=IN IP4 127.0.0.1
a=rtpmap:96 raw/90000
a=fmtp:96 sampling=YCbCr-4:2:2; width=640; height=360; exactframerate=25; depth=10; TCS=SDR; colorimetry=BT709; \
PM=2110GPM; SSN=ST2110-20:2017; TP=2110TPW
a=ts-refclk:localmac=02-00-00-00-00-01
a=mediaclk:sender
`;
const ENDLESS_MS = 5000;
const PATIENCE_MS = 10_000;
/** A task may take long on a busy machine; a mistake that has said nothing by then says nothing. */
const TASK_PATIENCE_MS = 60_000;
const BESIDE_MS = 2000;
const LINES_MAX = 14;

/** The folder in which lines are run, with what they name. */
export function makeStage(): string {
  const folder = mkdtempSync(join(tmpdir(), "streamlib-usability-"));
  writeFileSync(join(folder, "camera.sdp"), SDP);
  return folder;
}

function makeClip(folder: string): void {
  const sources = ["-f", "lavfi", "-i", "testsrc=d=2:s=640x360:r=25", "-f", "lavfi", "-i", "sine=d=2:r=48000"];
  const made = spawnSync("ffmpeg", ["-v", "error", ...sources, "-pix_fmt", "yuv420p", "-y", join(folder, "clip.mp4")]);
  if (made.status !== 0) throw new Error(`Cannot make a clip: ${made.stderr ?? made.error}`);
}

function makeCommand(folder: string): void {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "streamlib"),
    `#!/bin/sh\nexec "${findRuntimes().deno}" run -A "${ROOT}/cli/main.ts" "$@"\n`,
  );
  chmodSync(join(bin, "streamlib"), 0o755);
}

interface Ended {
  /** `undefined`: it was stopped. */
  readonly code: number | undefined;
  readonly printed: string;
}

/** Runs a line until it ends, or Ctrl-C after `limitMs`. */
async function runLine(line: string, folder: string, limitMs: number, signal?: AbortSignal): Promise<Ended> {
  const child = spawn("sh", ["-c", line], {
    cwd: folder,
    env: { ...process.env, PATH: `${join(folder, "bin")}${delimiter}${process.env.PATH}`, LC_ALL: "C", NO_COLOR: "1" },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  child.stdout.on("data", (text) => printed += text);
  child.stderr.on("data", (text) => printed += text);
  let wasStopped = false;
  const tell = (name: NodeJS.Signals): void => {
    wasStopped = true;
    try {
      process.kill(-child.pid!, name);
    } catch {
      // It has just ended.
    }
  };
  const timers = [setTimeout(tell, limitMs, "SIGINT"), setTimeout(tell, limitMs + PATIENCE_MS, "SIGKILL")];
  signal?.addEventListener("abort", () => tell("SIGINT"));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  timers.forEach((timer) => clearTimeout(timer));
  return { code: wasStopped || code === null ? undefined : code, printed: shown(printed, folder) };
}

/** What was printed, without what differs from run to run. */
function shown(printed: string, folder: string): string {
  const text = printed.replaceAll(folder, "/home/me").replaceAll(/:\d+\): (.*): \d\d:\d\d:\d\d\.\d+:/g, "): $1:");
  const lines = text.split("\n").map((line) => line.trimEnd()).filter((line) => line);
  return (lines.length > LINES_MAX ? [...lines.slice(0, LINES_MAX), "…"] : lines).join("\n");
}

async function doLine(line: TypedLine, folder: string): Promise<DoneLine> {
  const { command, asRun, shows, beside, endless = false, partly, writes } = line;
  const file = writes && join(folder, writes.file);
  if (file) rmSync(file, { force: true });
  const over = new AbortController();
  const other = beside === undefined ? undefined : runLine(beside, folder, TASK_PATIENCE_MS, over.signal);
  if (other) await sleep(BESIDE_MS);
  // The whole of the output counts, not the part that a page shows.
  const log = join(folder, "log");
  const limitMs = endless ? ENDLESS_MS : TASK_PATIENCE_MS;
  const { code, printed } = await runLine(
    `{ ${asRun ?? command}\n} >log 2>&1; code=$?; cat log; exit $code`,
    folder,
    limitMs,
  );
  over.abort();
  await other;
  const whole = spawnSync("cat", [log], { encoding: "utf8" }).stdout;
  const ended = endless ? code === undefined : code === 0;
  const ran = ended && (shows?.test(whole) ?? true) && (!file || streamsOf(file) === writes!.streams);
  return {
    command,
    ...(asRun === undefined ? {} : { asRun }),
    characters: [...command].length,
    ...(partly === undefined ? {} : { partly }),
    ran,
    ...(ran ? {} : { printed }),
  };
}

/** Codecs of a file, sorted; empty if it cannot be played. */
function streamsOf(file: string): string {
  if (!existsSync(file) || statSync(file).size === 0) return "";
  const words = ["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", file];
  return spawnSync("ffprobe", words, { encoding: "utf8" }).stdout.trim().split(/\s+/).sort().join(" ");
}

async function makeMistake(command: string, folder: string): Promise<MadeMistake> {
  const { code, printed } = await runLine(command, folder, PATIENCE_MS);
  return { command, ...(code === undefined ? {} : { code }), printed };
}

/** Has the port that one mistake needs, if it is not had already. */
async function takePort(): Promise<() => void> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.once("error", () => resolve());
    server.listen(TAKEN_PORT, "127.0.0.1", resolve);
  });
  return () => server.close();
}

async function main(): Promise<void> {
  const folder = makeStage();
  try {
    makeClip(folder);
    makeCommand(folder);
    const tasks = [];
    for (const { name, remark, gstreamer, ours } of TASKS) {
      const done = { gstreamer: await doLine(gstreamer, folder), ours: await doLine(ours, folder) };
      console.log(`${name}: ${done.gstreamer.ran}, ${done.ours.ran}`);
      tasks.push({ name, ...(remark === undefined ? {} : { remark }), ...done });
    }
    const free = await takePort();
    const mistakes = [];
    for (const { name, better, why, gstreamer, ours } of MISTAKES) {
      const made = { gstreamer: await makeMistake(gstreamer, folder), ours: await makeMistake(ours, folder) };
      console.log(`${name}: ${made.gstreamer.code}, ${made.ours.code}`);
      mistakes.push({ name, better, why, ...made });
    }
    free();
    const version = spawnSync("gst-launch-1.0", ["--version"], { encoding: "utf8" }).stdout;
    const report: UsabilityReport = {
      recorded: new Date().toISOString().slice(0, 10),
      gstreamer: /\d+\.\d+\.\d+/.exec(version)?.[0] ?? "unknown",
      runtime: `Deno ${pinnedVersions().deno}`,
      tasks,
      mistakes,
    };
    writeFileSync(join(ROOT, "docs", "usability.json"), JSON.stringify(report, null, 2) + "\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await main();
