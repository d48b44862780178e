/**
 * The demo in real time: 1080p60 bars with drawn clock, composed and encoded; and the given file.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../setup.ts";
import { report } from "./figure.ts";

const SECONDS = 15;

interface Summary {
  readonly frames: number;
  readonly seconds: number;
  readonly fps: number;
  readonly frameMsP50: number;
  readonly frameMsP99: number;
  readonly jitterMs: number;
  readonly ticksMissed: number;
  readonly dropped: number;
}

/** Runs the demo; `ticksMissed` counts from the first progress line, about a second in. */
function demo(given: readonly string[]): Summary {
  const folder = mkdtempSync(join(tmpdir(), "streamlib-demo-"));
  const words = [join(ROOT, "examples/demo/main.ts"), ...given, "--json", "--out", join(folder, "demo.mp4")];
  const run = process.versions.bun ? ["run", ...words] : ["run", "-A", ...words];
  const done = spawnSync(process.execPath, run, { cwd: ROOT, encoding: "utf8" });
  rmSync(folder, { recursive: true, force: true });
  if (done.status !== 0) throw new Error(`The demo failed: ${done.stderr}`);
  const summary = JSON.parse(done.stdout.trim().split("\n").at(-1)!) as Summary;
  const missedAtFirst = Number(/(\d+) ticks missed/.exec(done.stderr)?.[1] ?? 0);
  return { ...summary, ticksMissed: summary.ticksMissed - missedAtFirst };
}

function tell(name: string, summary: Summary, wantedFps: number): void {
  const expected = summary.seconds * wantedFps;
  const missedPercent = (100 * summary.ticksMissed) / expected;
  const bench = "demo";
  report({
    bench,
    case: `${name}: ticks missed`,
    value: missedPercent,
    unit: "%",
    limit: 0.5,
    ok: missedPercent <= 0.5,
  });
  const fine = summary.fps >= wantedFps * 0.995;
  report({ bench, case: `${name}: rate`, value: summary.fps, unit: "fps", limit: wantedFps, ok: fine });
  report({ bench, case: `${name}: frame, P50`, value: summary.frameMsP50, unit: "ms" });
  report({ bench, case: `${name}: frame, P99`, value: summary.frameMsP99, unit: "ms" });
  report({ bench, case: `${name}: jitter`, value: summary.jitterMs, unit: "ms" });
  report({ bench, case: `${name}: pictures lost`, value: summary.dropped, unit: "frames" });
}

tell("1080p60 bars", demo(["--seconds", String(SECONDS)]), 60);
const file = join(ROOT, "..", "shared", "media", "flower.mp4");
if (existsSync(file)) tell("960x540 file", demo([file]), 30000 / 1001);
