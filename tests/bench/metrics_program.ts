/**
 * Comes before the demo in its process: serves its metrics every other while, and tells what its frames have cost in
 * each. Processes differ by more than metrics cost; the whiles of one do not.
 *
 * @module
 */
import process from "node:process";
import { type Actor, localActors } from "@streamlib/core";
import { serveMetrics } from "@streamlib/metrics";
import { PAIRS, WARM_MS, type Window, WINDOW_MS } from "./metrics_windows.ts";

function costOf(actors: readonly Actor[]): Omit<Window, "isOn"> {
  const compositor = actors.find(({ label }) => label.startsWith("Compositor "));
  const reads = actors.flatMap(({ stats }) => Object.values(stats.inputs)).reduce((sum, { read }) => sum + read, 0);
  const { user, system } = process.cpuUsage();
  return { frames: compositor?.stats.ticks ?? 0, cpuMs: (user + system) / 1000, reads };
}

/** Deno begins with the demo when nothing keeps the process alive. */
function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

async function measure(isOn: boolean): Promise<void> {
  const server = isOn ? await serveMetrics({ port: 0 }) : undefined;
  if (server) process.stderr.write(`metrics: ${server.url}\n`);
  const actors = localActors();
  const before = costOf(actors);
  await sleep(WINDOW_MS);
  const after = costOf(actors);
  const window: Window = {
    isOn,
    frames: after.frames - before.frames,
    cpuMs: after.cpuMs - before.cpuMs,
    reads: after.reads - before.reads,
  };
  process.stderr.write(`window: ${JSON.stringify(window)}\n`);
  await server?.close();
}

async function measureAll(): Promise<void> {
  await sleep(WARM_MS);
  for (let pair = 0; pair < PAIRS; pair++) {
    const isFirstOn = pair % 2 === 1;
    await measure(isFirstOn);
    await measure(!isFirstOn);
  }
}

void measureAll();
