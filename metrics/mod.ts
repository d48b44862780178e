/**
 * Metrics of a streamlib program: an endpoint for Prometheus, and instruments for OpenTelemetry; and single frames on
 * their way through the actors, as spans or as a file.
 *
 * ```ts
 * import { serveMetrics } from "@streamlib/metrics";
 *
 * await using server = await serveMetrics({ port: 0 });
 * console.log(`Metrics at ${server.url}`);
 * ```
 *
 * @module
 */
export { type ExpositionFormat, formatMetrics } from "./exposition.ts";
export type { MetricFamily, MetricUnit } from "./families.ts";
export { Metrics } from "./metrics.ts";
export type { CompleteMetricsOptions, MetricsOptions } from "./metrics_options.ts";
export { type InstrumentOptions, type ObservationResult, observe, type ObservingMeter } from "./observe.ts";
export type { HistogramValue, Labels, MetricPoint, MetricReading, SummaryValue } from "./reading.ts";
export { type MetricsServer, serveMetrics, type ServeMetricsOptions } from "./serve_metrics.ts";
export {
  type FrameSpan,
  type FrameSpanContext,
  type FrameSpanOptions,
  type FrameTracer,
  type SpanTime,
  traceFrames,
  traceIdOf,
  type TraceOptions,
  type TracingApi,
} from "./trace_frames.ts";
export { type TraceFile, traceTo, type TraceToOptions } from "./trace_to.ts";
