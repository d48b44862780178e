/**
 * Metrics as text: the exposition format 0.0.4 of Prometheus, and OpenMetrics 1.0.
 *
 * @module
 */
import type { MetricFamily } from "./families.ts";
import type { HistogramValue, Labels, MetricPoint, MetricReading, SummaryValue } from "./reading.ts";

/** The two formats. */
export type ExpositionFormat = "prometheus" | "openmetrics";

/** Their content types. */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** What has to be escaped or mended; almost no text has it. */
const UNUSUAL = /[\\"\n\ud800-\udfff]/;

/** The text of a reading, in one pass. */
export function formatMetrics(reading: MetricReading, format: ExpositionFormat): string {
  const lines: string[] = [];
  /** Points that are about the same thing share their labels. */
  const texts = new Map<Labels, string>();
  const inside = (labels: Labels): string => {
    let text = texts.get(labels);
    if (text === undefined) texts.set(labels, text = labelText(labels));
    return text;
  };
  for (const [family, points] of reading) {
    addHead(lines, family, format);
    const name = sampleName(family);
    for (const point of points) addPoint(lines, name, inside(point.labels), point.value);
  }
  if (format === "openmetrics") lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

/** The format that an `Accept` header asks for. */
export function wantedFormat(accept: string | undefined): ExpositionFormat {
  const wish = (type: string): number => {
    for (const part of (accept ?? "").split(",")) {
      const [name, ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
      if (name !== type || parameters.some((one) => /^version=(?!1\.0\.0$|0\.0\.4$)/.test(one))) continue;
      const weight = Number(parameters.find((one) => one.startsWith("q="))?.slice(2) ?? 1);
      return weight >= 0 ? weight : 0;
    }
    return 0;
  };
  const open = wish("application/openmetrics-text");
  return open > 0 && open >= wish("text/plain") ? "openmetrics" : "prometheus";
}

function addHead(lines: string[], family: MetricFamily, format: ExpositionFormat): void {
  const { type, unit, help } = family;
  if (format === "prometheus") {
    const name = sampleName(family);
    lines.push(`# HELP ${name} ${escaped(help, false)}`, `# TYPE ${name} ${type === "info" ? "gauge" : type}`);
    return;
  }
  lines.push(`# TYPE ${family.name} ${type}`);
  if (unit !== undefined) lines.push(`# UNIT ${family.name} ${unit}`);
  lines.push(`# HELP ${family.name} ${escaped(help, true)}`);
}

/** How the samples are called; in 0.0.4 the family, too. */
function sampleName({ name, type }: MetricFamily): string {
  return type === "counter" ? `${name}_total` : type === "info" ? `${name}_info` : name;
}

function addPoint(lines: string[], name: string, labels: string, value: MetricPoint["value"]): void {
  if (typeof value === "number") lines.push(`${name}${braced(labels)} ${numberText(value)}`);
  else if ("bounds" in value) addHistogram(lines, name, labels, value);
  else addSummary(lines, name, labels, value);
}

function addHistogram(lines: string[], name: string, labels: string, { bounds, counts, sum }: HistogramValue): void {
  let count = 0;
  counts.forEach((own, index) => {
    count += own;
    const bound = index < bounds.length ? floatText(bounds[index]) : "+Inf";
    lines.push(`${name}_bucket${braced(labels, `le="${bound}"`)} ${count}`);
  });
  lines.push(`${name}_sum${braced(labels)} ${numberText(sum)}`, `${name}_count${braced(labels)} ${count}`);
}

function addSummary(lines: string[], name: string, labels: string, { quantiles, sum, count }: SummaryValue): void {
  for (const [quantile, value] of quantiles) {
    lines.push(`${name}${braced(labels, `quantile="${floatText(quantile)}"`)} ${numberText(value)}`);
  }
  lines.push(`${name}_sum${braced(labels)} ${numberText(sum)}`, `${name}_count${braced(labels)} ${count}`);
}

function braced(labels: string, more = ""): string {
  if (labels === "" && more === "") return "";
  return `{${labels}${labels === "" || more === "" ? "" : ","}${more}}`;
}

function labelText(labels: Labels): string {
  let text = "";
  for (const name in labels) text += `${text === "" ? "" : ","}${name}="${escaped(labels[name], true)}"`;
  return text;
}

/** Quotes are escaped in label values, and in OpenMetrics everywhere. What is no Unicode becomes U+FFFD. */
function escaped(text: string, withQuotes: boolean): string {
  if (!UNUSUAL.test(text)) return text;
  const plain = text.toWellFormed().replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return withQuotes ? plain.replaceAll('"', '\\"') : plain;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}

/** Bounds and quantiles are part of a series' name: always with a point. */
function floatText(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
