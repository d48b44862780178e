/**
 * One frame on its way through two actors, of which one lives in another thread: prints its trace.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as api from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { stopAll, ThreadPoolDispatcher } from "@streamlib/core";
import { traceFrames } from "@streamlib/metrics";
import { CompositorActor, TestPatternActor } from "@streamlib/video";

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
api.trace.setGlobalTracerProvider(provider);

await using threads = new ThreadPoolDispatcher({ workers: 1 });
using tracing = traceFrames(api, { oneOf: 5 });
const bars = new TestPatternActor({ width: 320, height: 180, fps: 30 });
const compositor = new CompositorActor({ width: 320, height: 180, dispatcher: threads });
bars.outputs.video.pipe(compositor.inputs.base);
await compositor.ready;
await sleep(1000);
await stopAll();
tracing[Symbol.dispose]();
const traces = Map.groupBy(exporter.getFinishedSpans(), (span) => span.spanContext().traceId);
for (const [traceId, spans] of traces) {
  console.log(traceId);
  for (const { name, attributes, duration } of spans) console.log(`  ${name} @${attributes.place} ${duration[1]} ns`);
}
await provider.shutdown();
