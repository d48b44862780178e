/**
 * The demo: a realtime pipeline on your own file, on Deno and on Bun.
 *
 * ```sh
 * deno task demo clip.mp4 --seconds 10
 * bun run demo clip.mp4 --seconds 10
 * ```
 *
 * @module
 */
import process from "node:process";
import { messageOf } from "@streamlib/core";
import { Measure } from "./measure.ts";
import { type DemoOptions, readOptions, USAGE } from "./options.ts";
import { buildPipeline, type Pipeline } from "./pipeline.ts";

const PROGRESS_MS = 1000;

/** Runs until the file ends, the time is over, somebody interrupts, or an actor fails. @returns The first failure. */
async function untilOver(pipeline: Pipeline, options: DemoOptions): Promise<Error | undefined> {
  const over = Promise.withResolvers<Error | undefined>();
  const interrupt = (): void => over.resolve(undefined);
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  const timer = options.seconds === undefined ? undefined : setTimeout(interrupt, options.seconds * 1000);
  for (const actor of pipeline.actors) actor.ended.catch((error: Error) => over.resolve(error));
  pipeline.writer.ended.then(() => over.resolve(undefined), () => {});
  const failure = await over.promise;
  clearTimeout(timer);
  process.removeListener("SIGINT", interrupt);
  process.removeListener("SIGTERM", interrupt);
  return failure;
}

function printProgress(pipeline: Pipeline, measure: Measure): void {
  const { missedTicks } = pipeline.source.stats;
  const line = `${measure.composed} frames, ${measure.fps.toFixed(2)} fps, ${missedTicks} ticks missed`;
  process.stderr.write(process.stderr.isTTY ? `\r${line}\x1b[K` : `${line}\n`);
}

async function run(options: DemoOptions): Promise<number> {
  const measure = new Measure();
  const pipeline = await buildPipeline(options);
  measure.watch(pipeline.sourceVideo, pipeline.compositor.outputs.video);
  const { url } = await pipeline.display.address();
  console.error(`Watch it at ${url}\nWriting ${options.out}; Ctrl-C ends it`);
  const progress = setInterval(() => printProgress(pipeline, measure), PROGRESS_MS);
  const failure = await untilOver(pipeline, options);
  clearInterval(progress);
  if (process.stderr.isTTY) process.stderr.write("\n");
  for (const actor of pipeline.actors) await actor.stop();
  const summary = measure.summary({
    frames: pipeline.writer.stats.counters.picturesTaken ?? 0,
    ticksMissed: pipeline.source.stats.missedTicks,
    dropped: picturesLost(pipeline),
    out: options.out,
  });
  if (failure) console.error(failure.message);
  console.log(options.json ? JSON.stringify(summary) : inWords(summary));
  return failure ? 1 : 0;
}

/** Pictures lost between the source's ticks and the file, wherever it was. */
function picturesLost({ source, compositor, writer }: Pipeline): number {
  const refused = writer.stats.counters;
  return sum([
    source.stats.counters.picturesSkipped,
    ...[source, compositor].map((actor) => actor.stats.outputs.video.dropped),
    compositor.stats.inputs.base.missed,
    writer.stats.inputs.video.missed,
    refused.picturesRefused,
    refused.picturesOffGrid,
  ]);
}

function sum(counts: readonly (number | undefined)[]): number {
  return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}

function inWords(summary: object): string {
  return Object.entries(summary).map(([name, value]) => `${name.padEnd(12)} ${value}`).join("\n");
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else process.exitCode = await run(options);
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 1;
}
