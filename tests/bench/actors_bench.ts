/**
 * What actors cost on one event loop: ticks missed and CPU of a thousand, memory of one that waits.
 *
 * @module
 */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { loadNative, stopAll } from "@streamlib/core";
import { IdleActor, TickerActor } from "./bench_actors.ts";
import { median, report } from "./figure.ts";

const MANY = 1000;
const MANY_FPS = 30;
const MANY_SECONDS = 20;
const FEW = 100;
const FEW_SECONDS = 8;
const BARE_SECONDS = 4;
const CPU_WINDOWS = 4;

function collect(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

async function rssBytes(): Promise<number> {
  collect();
  await sleep(200);
  collect();
  return process.memoryUsage().rss;
}

/** Share of a core that this process uses, the median over some windows. */
async function cpuShare(seconds: number): Promise<number> {
  const shares: number[] = [];
  for (let i = 0; i < CPU_WINDOWS; i++) {
    const [startMs, before] = [performance.now(), process.cpuUsage()];
    await sleep((seconds * 1000) / CPU_WINDOWS);
    const { user, system } = process.cpuUsage(before);
    shares.push((user + system) / 1000 / (performance.now() - startMs));
  }
  return median(shares);
}

async function startTickers(count: number, fps: number): Promise<TickerActor[]> {
  const actors = Array.from({ length: count }, () => new TickerActor({ fps }));
  await Promise.all(actors.map((actor) => actor.ready));
  await sleep(1000);
  return actors;
}

await loadNative();
const bench = "actors";

// The first hundred pay for code and tables that all others share.
for (let i = 0; i < FEW; i++) new IdleActor();
await sleep(500);
const rssBefore = await rssBytes();
for (let i = 0; i < MANY; i++) new IdleActor();
await sleep(500);
const perActorKb = (await rssBytes() - rssBefore) / MANY / 1000;
report({ bench, case: "RSS per idle actor", value: perActorKb, unit: "kB" });
await stopAll();

let beats = 0;
const interval = setInterval(() => beats++, 1000 / 60);
const intervalShare = await cpuShare(BARE_SECONDS);
clearInterval(interval);
const bareShare = (intervalShare * 60 * BARE_SECONDS) / beats;
const alone = await startTickers(1, 60);
const aloneShare = await cpuShare(FEW_SECONDS);
const further = await startTickers(FEW, 60);
const fewShare = await cpuShare(FEW_SECONDS);
// The first one pays for the wake-ups of the loop, which all that tick at its beats share.
report({
  bench,
  case: "CPU at 60 Hz, the first one",
  value: aloneShare * 100,
  unit: "% of a core",
  peer: "setInterval that does nothing",
  ratio: bareShare / aloneShare,
});
const percent = ((fewShare - aloneShare) / FEW) * 100;
report({
  bench,
  case: `CPU at 60 Hz, each of ${FEW} more`,
  value: percent,
  unit: "% of a core",
  limit: 0.5,
  ok: percent <= 0.5,
});
for (const actor of [...alone, ...further]) await actor.stop();

const many = await startTickers(MANY, MANY_FPS);
const missedBefore = many.map((actor) => actor.stats.missedTicks);
const ticksBefore = many.reduce((sum, actor) => sum + actor.stats.ticks, 0);
const manyShare = await cpuShare(MANY_SECONDS);
const missed = many.reduce((sum, actor, i) => sum + actor.stats.missedTicks - missedBefore[i], 0);
const ticks = many.reduce((sum, actor) => sum + actor.stats.ticks, 0) - ticksBefore;
const what = `${MANY} at ${MANY_FPS} Hz for ${MANY_SECONDS} s`;
report({ bench, case: `${what}: ticks`, value: ticks, unit: "ticks" });
report({ bench, case: `${what}: ticks missed`, value: missed, unit: "ticks", limit: 0, ok: missed === 0 });
report({ bench, case: `${what}: CPU`, value: manyShare * 100, unit: "% of a core", limit: 100, ok: manyShare < 1 });
await stopAll();
