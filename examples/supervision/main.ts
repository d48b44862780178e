/** An actor that crashes its process now and then, and is restarted; the rest of the pipeline goes on. */
import { setTimeout as sleep } from "node:timers/promises";
import { ProcessPoolDispatcher, stopAll, Supervisor, tap } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";
import { FlakyActor } from "./flaky_actor.ts";

const backoff = { firstMs: 200, maxMs: 400 };
const supervisor = new Supervisor({ maxRestarts: 10, withinMs: 10_000, backoff, snapshotMs: 100 });
supervisor.on("failed", ({ error }) => console.log(error.message));
supervisor.on("restarting", ({ delayMs }) => console.log(`restarting it in ${delayMs.toFixed()} ms`));
supervisor.on("restarted", ({ attempt }) => console.log(`restarted it, attempt ${attempt}`));

await using pool = new ProcessPoolDispatcher({ workers: 1 });
const bars = new TestPatternActor({ width: 640, height: 360, fps: 60 });
const flaky = bars.pipe(new FlakyActor({ dispatcher: pool, supervisor }));
let counted: unknown = 0;
tap(flaky.outputs.count, (item) => counted = item.value);
await flaky.ready;
for (let second = 1; second <= 4; second++) {
  await sleep(1000);
  console.log(`${second} s: the source is ${bars.state}, the flaky one ${flaky.state}; ${counted} pictures counted`);
}
const { ticks, missedTicks } = bars.stats;
await stopAll();
console.log(`the source made ${ticks} pictures and missed ${missedTicks} ticks; the flaky one is ${flaky.state}`);
