/** The same pipeline with its slow actor on the event loop, in a thread and in a process; or only in those named. */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { EventLoopDispatcher, ProcessPoolDispatcher, stopAll, tap, ThreadPoolDispatcher } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";
import { BlurActor } from "./blur_actor.ts";

function poolFor(place: string): ThreadPoolDispatcher | ProcessPoolDispatcher | undefined {
  if (place === "thread") return new ThreadPoolDispatcher({ workers: 1 });
  if (place === "process") return new ProcessPoolDispatcher({ workers: 1 });
  if (place === "loop") return undefined;
  throw new Error(`Cannot use the place ${place}: loop, thread and process are right`);
}

const named = process.argv.slice(2);
for (const place of named.length > 0 ? named : ["loop", "thread", "process"]) {
  await using pool = poolFor(place);
  const bars = new TestPatternActor({ width: 640, height: 360, pixelFormat: "rgba8", fps: 60 });
  const blur = new BlurActor({ dispatcher: pool ?? new EventLoopDispatcher() });
  let pictures = 0;
  tap(bars.pipe(blur).outputs.video, () => pictures++);
  await Promise.all([bars.ready, blur.ready]);
  await sleep(2000);
  const { ticks, missedTicks } = bars.stats;
  await stopAll();
  console.log(`${place}: the source missed ${missedTicks} of ${ticks + missedTicks} ticks, ${pictures} were blurred`);
}
