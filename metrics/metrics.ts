/**
 * Metrics for whoever serves them himself.
 *
 * @module
 */
import { timeReads } from "@streamlib/core";
import { type ExpositionFormat, formatMetrics } from "./exposition.ts";
import { type CompleteMetricsOptions, completeMetricsOptions, type MetricsOptions } from "./metrics_options.ts";
import { readMetrics } from "./read_metrics.ts";
import type { MetricReading } from "./reading.ts";

/** A reading is as good as new for so long: what other threads tell is no newer. */
const FRESH_MS = 100;

/**
 * The metrics of the actors that this thread has made, wherever they live, and of this process. Nothing is read between
 * two calls; latencies are measured from the making on.
 */
export class Metrics implements Disposable {
  /** The options, checked and complete. */
  readonly options: CompleteMetricsOptions;
  readonly #untime: (() => void) | undefined;
  #reading: MetricReading = [];
  #readAtMs = -Infinity;
  readonly #texts = new Map<ExpositionFormat, string>();

  /**
   * Begins to measure latencies, unless they are off.
   *
   * @throws {StreamError} `option-invalid` for an option that cannot be.
   */
  constructor(options: MetricsOptions = {}) {
    this.options = completeMetricsOptions("Cannot make Metrics", options);
    this.#untime = this.options.latency === "off" ? undefined : timeReads();
  }

  /**
   * Reads everything, in a millisecond or so, on this thread. Within 100 ms it is the same reading again, so that many
   * readers cost no more than one.
   */
  read(): MetricReading {
    const nowMs = performance.now();
    if (nowMs - this.#readAtMs >= FRESH_MS) {
      this.#reading = readMetrics(this.options);
      this.#readAtMs = nowMs;
      this.#texts.clear();
    }
    return this.#reading;
  }

  /** A reading as text, by default that of Prometheus 0.0.4. */
  text(format: ExpositionFormat = "prometheus"): string {
    const reading = this.read();
    let text = this.#texts.get(format);
    if (text === undefined) this.#texts.set(format, text = formatMetrics(reading, format));
    return text;
  }

  /** Latencies are measured no more, unless others ask for it; a second call does nothing. */
  close(): void {
    this.#untime?.();
  }

  /** As {@linkcode Metrics.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
