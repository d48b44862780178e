/**
 * What whoever asks for metrics may say.
 *
 * @module
 */
import { StreamError } from "@streamlib/core";

/** Which metrics are told. */
export interface MetricsOptions {
  /**
   * Of which inputs the latency from the source is measured and told. `sinks`: of actors whose items no other actor
   * reads. Default `sinks`.
   */
  readonly latency?: "sinks" | "all" | "off";
  /** Series at most, an integer from 100 to 1 000 000; further actors are left out. Default 20 000. */
  readonly seriesMax?: number;
}

/** {@linkcode MetricsOptions}, checked and complete. */
export type CompleteMetricsOptions = Required<MetricsOptions>;

const LATENCIES = ["sinks", "all", "off"] as const;

/**
 * Checks options and completes them.
 *
 * @param what For messages: `Cannot serve metrics`.
 * @param given What was given.
 * @param others Names that are right beside those of {@linkcode MetricsOptions}.
 * @throws {StreamError} `option-invalid`.
 */
export function completeMetricsOptions(
  what: string,
  given: MetricsOptions,
  others: readonly string[] = [],
): CompleteMetricsOptions {
  if (typeof given !== "object" || given === null) {
    throw new StreamError("option-invalid", `${what}: options are ${String(given)}; an object is right`);
  }
  const known = ["latency", "seriesMax", ...others];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new StreamError("option-invalid", `${what}: there is no option ${unknown}; ${known.join(", ")} are right`);
  }
  const { latency = "sinks", seriesMax = 20_000 } = given;
  if (!LATENCIES.includes(latency)) throw wrong(what, "latency", latency, '"sinks", "all" or "off" is right');
  if (!Number.isInteger(seriesMax) || seriesMax < 100 || seriesMax > 1e6) {
    throw wrong(what, "seriesMax", seriesMax, "an integer from 100 to 1000000 is right");
  }
  return { latency, seriesMax };
}

/** The error of an option whose value cannot be. */
export function wrong(what: string, name: string, value: unknown, right: string): StreamError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new StreamError("option-invalid", `${what}: option ${name} = ${shown}: ${right}`);
}
