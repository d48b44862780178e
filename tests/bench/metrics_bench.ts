/**
 * What metrics cost: a read while nobody asks and while somebody does, a scrape, and the demo as a whole, with an
 * endpoint that is scraped once a second and without.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type Header, loadNative, PROFILE_SPANS, stopAll, taiNowNs, traceCalls } from "@streamlib/core";
import { completeMetricsOptions } from "../../metrics/metrics_options.ts";
import { formatMetrics } from "@streamlib/metrics";
import { readMetrics } from "../../metrics/read_metrics.ts";
import { PassActor, TakeActor, TellActor } from "../../metrics/testdata/metric_actors.ts";
import { measure } from "../../core/profile/profile.ts";
import { noteCommit, noteRead, traceCall } from "../../core/profile/trace.ts";
import { isTimingReads, ReadLatency, timeReads } from "../../core/port/read_latency.ts";
import { ROOT } from "../setup.ts";
import { median, percentile, report } from "./figure.ts";
import { PAIRS, WARM_MS, type Window, WINDOW_MS } from "./metrics_windows.ts";

const BENCH = "metrics";
const SCRAPE_MS = 1000;
const TICK_NS = 1e9 / 60;
const CALLS = 5_000_000;
const TIMED_CALLS = 200_000;
const TRACED_CALLS = 20_000;
const FIRST_NS = 1_800_000_000_000_000_000n;
const CHAINS = 17;
const SCRAPES = 200;
const OFF_PERCENT_MAX = 0.5;
const ON_PERCENT_MAX = 3;

/** What one call takes, ns; the best of several rounds, its loop included. */
function perCallNs(calls: number, run: (calls: number) => void): number {
  const roundsNs = Array.from({ length: 5 }, () => {
    const startMs = performance.now();
    run(calls);
    return (performance.now() - startMs) * 1e6 / calls;
  });
  return Math.min(...roundsNs);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard error of the mean. */
function errorOf(values: readonly number[]): number {
  const middle = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
}

/** What every first read of an item does while nobody asks. */
function askIfTimed(calls: number): void {
  let asked = 0;
  for (let call = 0; call < calls; call++) if (isTimingReads) asked++;
  if (asked > 0) throw new Error("Somebody asks for latencies");
}

function noteReads(calls: number): void {
  const latency = new ReadLatency();
  const nowNs = taiNowNs();
  const header = { sourceTimestampNs: nowNs - 40_000_000n, timestampNs: nowNs } as Header;
  for (let call = 0; call < calls; call++) latency.note(header);
}

/** What each call of an actor that reads and commits a frame does beside, with its loan and its commit. */
function traceCalled(calls: number): void {
  for (let call = 0; call < calls; call++) {
    const instantNs = FIRST_NS + BigInt(call);
    const stamped = { sourceTimestampNs: instantNs, timestampNs: instantNs, frameNumber: call, taiFrame: 0n };
    noteRead("Traced", stamped);
    traceCall("Traced", PROFILE_SPANS.process, 0, () => {
      measure("Traced", PROFILE_SPANS.loan, () => {});
      measure("Traced", PROFILE_SPANS.commit, () => noteCommit("Traced", stamped));
    });
  }
}

/** The same while one of so many frames is followed, ns; what is told is thrown away. */
function perTracedCallNs(oneOf: number): number {
  const end = traceCalls(oneOf, () => {});
  const costNs = perCallNs(TRACED_CALLS, traceCalled);
  end();
  return costNs;
}

/** Times of a scrape with 51 actors, ms. */
async function scrape51(): Promise<{ readonly times: readonly number[]; readonly bytes: number }> {
  const untime = timeReads();
  const takers = Array.from({ length: CHAINS }, () => {
    const source = new TellActor({ fps: 20 });
    return source.pipe(new PassActor()).pipe(new TakeActor());
  });
  while (takers.some((taker) => taker.stats.inputs.data.read < 3)) await sleep(20);
  const options = completeMetricsOptions("Cannot measure", {});
  let bytes = 0;
  const times: number[] = [];
  for (let round = 0; round < SCRAPES; round++) {
    const startMs = performance.now();
    bytes = formatMetrics(readMetrics(options), "prometheus").length;
    times.push(performance.now() - startMs);
    await sleep(1);
  }
  untime();
  await stopAll();
  // The first ones are not compiled yet.
  return { times: times.slice(SCRAPES / 4), bytes };
}

/** The demo in a process of its own, scraped from here while it serves metrics. */
async function demo(): Promise<{ readonly windows: readonly Window[]; readonly scrapesMs: readonly number[] }> {
  const folder = mkdtempSync(join(tmpdir(), "streamlib-metrics-"));
  const program = join(ROOT, "tests", "bench", "metrics_program.ts");
  const seconds = (WARM_MS + 2 * PAIRS * WINDOW_MS) / 1000 + 3;
  const words = ["--seconds", String(seconds), "--json", "--out", join(folder, "demo.mp4")];
  const run = process.versions.bun ? ["run", "--preload", program] : ["run", "-A", "--preload", program];
  const child = spawn(process.execPath, [...run, join(ROOT, "examples", "demo", "main.ts"), ...words], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const printed: string[] = [];
  const windows: Window[] = [];
  const scrapesMs: number[] = [];
  createInterface({ input: child.stderr! }).on("line", (line) => {
    printed.push(line);
    const [, kind, rest] = /^(metrics|window): (.*)$/.exec(line) ?? [];
    if (kind === "metrics") void scrapeAll(rest, scrapesMs);
    if (kind === "window") windows.push(JSON.parse(rest) as Window);
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  rmSync(folder, { recursive: true, force: true });
  if (code !== 0 || windows.length < 2 * PAIRS) throw new Error(`The demo failed: ${printed.join("\n")}`);
  return { windows, scrapesMs };
}

/** Once a second, in the middle of each. */
async function scrapeAll(url: string, timesMs: number[]): Promise<void> {
  for (let waitMs = SCRAPE_MS / 2; waitMs < WINDOW_MS; waitMs += SCRAPE_MS) {
    await sleep(waitMs === SCRAPE_MS / 2 ? waitMs : SCRAPE_MS);
    const startMs = performance.now();
    await (await fetch(url)).text();
    timesMs.push(performance.now() - startMs);
  }
}

await loadNative();
const askNs = perCallNs(CALLS, askIfTimed);
const noteNs = perCallNs(TIMED_CALLS, noteReads);
report({ bench: BENCH, case: "a read, nobody asks", value: askNs, unit: "ns" });
report({ bench: BENCH, case: "a read, latency measured", value: noteNs, unit: "ns" });
for (const oneOf of [100, 1]) {
  const value = perTracedCallNs(oneOf) / 1000;
  report({ bench: BENCH, case: `a call, one of ${oneOf} frames traced`, value, unit: "us" });
}
const { times, bytes } = await scrape51();
report({ bench: BENCH, case: "scrape of 51 actors, P50", value: median(times), unit: "ms" });
report({ bench: BENCH, case: "scrape of 51 actors, P99", value: percentile(times, 99), unit: "ms" });
report({ bench: BENCH, case: "scrape of 51 actors", value: bytes / 1000, unit: "kB" });

const { windows, scrapesMs } = await demo();
const perFrame = (isOn: boolean): number[] =>
  windows.filter((window) => window.isOn === isOn).map(({ cpuMs, frames }) => cpuMs / frames);
const [off, on] = [perFrame(false), perFrame(true)];
const readsPerTick = median(windows.map(({ reads, frames }) => reads / frames));
const [offMs, onMs] = [mean(off), mean(on)];
const percent = (part: number, limit: number): { value: number; unit: string; limit: number; ok: boolean } => {
  const value = 100 * part;
  return { value, unit: "%", limit, ok: value < limit };
};
const offShare = readsPerTick * askNs / TICK_NS;
report({ bench: BENCH, case: "demo, off: calls x cost of a tick", ...percent(offShare, OFF_PERCENT_MAX) });
report({ bench: BENCH, case: "demo, off: processor per frame", value: offMs, unit: "ms" });
report({ bench: BENCH, case: "demo, on: processor per frame", value: onMs, unit: "ms" });
report({ bench: BENCH, case: "demo, on: more processor time", ...percent(onMs / offMs - 1, ON_PERCENT_MAX) });
const errorMs = Math.hypot(errorOf(off), errorOf(on));
report({ bench: BENCH, case: "standard error of that", value: 100 * errorMs / offMs, unit: "%" });
// Machines are noisier than what is measured, so it is also added up: reads, and a scrape each second.
const addedMs = readsPerTick * noteNs / 1e6 + median(times) * 1000 / SCRAPE_MS / 60;
report({ bench: BENCH, case: "demo, on: reads and scrapes, added up", ...percent(addedMs / offMs, ON_PERCENT_MAX) });
report({ bench: BENCH, case: "demo, on: scrape over HTTP, P50", value: median(scrapesMs), unit: "ms" });
