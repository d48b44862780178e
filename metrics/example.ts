/**
 * A pipeline with metrics; reads them once and prints what they say of its actors.
 *
 * ```sh
 * deno run -A metrics/example.ts   # or: bun metrics/example.ts
 * ```
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { serveMetrics } from "@streamlib/metrics";
import { CompositorActor, TestPatternActor } from "@streamlib/video";

await using server = await serveMetrics({ port: 0 });
await using bars = new TestPatternActor({ width: 320, height: 180, fps: 30 });
await using compositor = new CompositorActor({ width: 320, height: 180 });
bars.outputs.video.pipe(compositor.inputs.base);
await compositor.ready;
await sleep(1000);
const text = await (await fetch(server.url)).text();
console.log(
  text.split("\n").filter((line) => /^streamlib_(actor_ticks|input|output|latency_seconds_(sum|count))/.test(line))
    .join("\n"),
);
