/**
 * The same metrics for OpenTelemetry, which the program's own SDK exports.
 *
 * The types are those of `Meter` in `@opentelemetry/api` as far as they are needed, so that this package does not ask for
 * it: whoever has no OpenTelemetry installs none.
 *
 * @module
 */
import { StreamError } from "@streamlib/core";
import { FAMILIES, type MetricFamily } from "./families.ts";
import { Metrics } from "./metrics.ts";
import { completeMetricsOptions, type MetricsOptions } from "./metrics_options.ts";
import type { HistogramValue, Labels, SummaryValue } from "./reading.ts";

/** What observable instruments are made with. */
export interface InstrumentOptions {
  /** What it measures. */
  readonly description: string;
  /** Its unit in UCUM: `s`, `By`, `Hz`, or `1` for counts. */
  readonly unit: string;
}

/** Gets what was observed. */
export interface ObservationResult<I> {
  /** Tells one value. */
  observe(instrument: I, value: number, attributes: Record<string, string>): void;
}

/** The parts of OpenTelemetry's `Meter` that are used. */
export interface ObservingMeter<I> {
  /** Makes an instrument for what only grows. */
  createObservableCounter(name: string, options: InstrumentOptions): I;
  /** Makes an instrument for what goes up and down. */
  createObservableGauge(name: string, options: InstrumentOptions): I;
  /** Has `callback` called at every collection. */
  addBatchObservableCallback(callback: (result: ObservationResult<I>) => void, instruments: I[]): void;
  /** Takes that back. */
  removeBatchObservableCallback(callback: (result: ObservationResult<I>) => void, instruments: I[]): void;
}

const UNITS = { seconds: "s", bytes: "By", hertz: "Hz" } as const;

/** The instruments of one family. */
interface Instruments<I> {
  readonly all: readonly I[];
  tell(result: ObservationResult<I>, labels: Labels, value: number | HistogramValue | SummaryValue): void;
}

/**
 * Registers observable instruments for everything that {@linkcode Metrics} reads, but for the process itself, of which
 * OpenTelemetry has its own. One reading serves all instruments of a collection.
 *
 * A name is that of Prometheus with points and without the unit: `streamlib.actor.ticks`, `streamlib.input.copied`. There
 * are no observable histograms: `streamlib.latency.bucket` counts items up to the attribute `le` (seconds), with
 * `streamlib.latency.sum` and `.count` beside it. A summary has a gauge `.quantile` with the attribute `quantile`.
 *
 * @param meter A meter of `@opentelemetry/api` 1.3 or newer.
 * @returns Disposing of it takes the instruments' callback back; latencies are measured no more.
 * @throws {StreamError} `option-invalid` for an option that cannot be, or if `meter` is none.
 */
export function observe<I>(meter: ObservingMeter<I>, options: MetricsOptions = {}): Disposable {
  const what = "Cannot observe metrics";
  if (typeof meter?.addBatchObservableCallback !== "function") {
    throw new StreamError("option-invalid", `${what}: ${String(meter)} is no meter; metrics.getMeter(name) is right`);
  }
  const metrics = new Metrics(completeMetricsOptions(what, options));
  const families = Object.values<MetricFamily>(FAMILIES).filter(({ name }) => name.startsWith("streamlib_"));
  const byName = new Map(families.map((family) => [family.name, instrumentsOf(meter, family)]));
  const all = [...byName.values()].flatMap((instruments) => instruments.all);
  const callback = (result: ObservationResult<I>): void => {
    for (const [{ name }, points] of metrics.read()) {
      const instruments = byName.get(name);
      if (!instruments) continue;
      for (const { labels, value } of points) instruments.tell(result, labels, value);
    }
  };
  meter.addBatchObservableCallback(callback, all);
  return {
    [Symbol.dispose](): void {
      meter.removeBatchObservableCallback(callback, all);
      metrics.close();
    },
  };
}

function instrumentsOf<I>(meter: ObservingMeter<I>, family: MetricFamily): Instruments<I> {
  const { type, unit, help } = family;
  const name = instrumentName(family);
  const own = { description: help, unit: unit === undefined ? "1" : UNITS[unit] };
  const counts = { description: help, unit: "1" };
  if (type === "histogram") {
    const bucket = meter.createObservableCounter(`${name}.bucket`, counts);
    const [sum, count] = totals(meter, name, own, counts);
    return {
      all: [bucket, sum, count],
      tell: (result, labels, value) => {
        const { bounds, counts, sum: total } = value as HistogramValue;
        let below = 0;
        counts.forEach((items, index) => {
          below += items;
          result.observe(bucket, below, { ...labels, le: index < bounds.length ? String(bounds[index]) : "+Inf" });
        });
        result.observe(sum, total, { ...labels });
        result.observe(count, below, { ...labels });
      },
    };
  }
  if (type === "summary") {
    const quantile = meter.createObservableGauge(`${name}.quantile`, own);
    const [sum, count] = totals(meter, name, own, counts);
    return {
      all: [quantile, sum, count],
      tell: (result, labels, value) => {
        const { quantiles, sum: total, count: items } = value as SummaryValue;
        for (const [one, at] of quantiles) result.observe(quantile, at, { ...labels, quantile: String(one) });
        result.observe(sum, total, { ...labels });
        result.observe(count, items, { ...labels });
      },
    };
  }
  const made = type === "counter" ? meter.createObservableCounter(name, own) : meter.createObservableGauge(name, own);
  return { all: [made], tell: (result, labels, value) => result.observe(made, value as number, { ...labels }) };
}

function totals<I>(
  meter: ObservingMeter<I>,
  name: string,
  own: InstrumentOptions,
  counts: InstrumentOptions,
): readonly [sum: I, count: I] {
  return [meter.createObservableCounter(`${name}.sum`, own), meter.createObservableCounter(`${name}.count`, counts)];
}

/** `streamlib_input_copied_bytes` is `streamlib.input.copied`. */
function instrumentName({ name, unit }: MetricFamily): string {
  const short = unit !== undefined && name.endsWith(`_${unit}`) ? name.slice(0, -unit.length - 1) : name;
  const [root, noun, ...rest] = short.split("_");
  return [root, noun, ...(rest.length > 0 ? [rest.join("_")] : [])].join(".");
}
