/**
 * The program's own OpenTelemetry exports what streamlib counts; prints it once.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { metrics } from "@opentelemetry/api";
import { ConsoleMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { observe } from "@streamlib/metrics";
import { TestPatternActor } from "@streamlib/video";

const reader = new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() });
const provider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(provider);

using _observing = observe(metrics.getMeter("my-program"));
await using bars = new TestPatternActor({ width: 320, height: 180, fps: 30 });
await bars.ready;
await sleep(500);
await provider.shutdown();
