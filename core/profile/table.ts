/**
 * Profiling rows as a table for people.
 *
 * @module
 */
import type { ProfileRow } from "./profiler.ts";

const OPERATION_COLUMNS = 27;
const COUNT_COLUMNS = 6;
const DURATION_COLUMNS = 9;
/** Below seconds. */
const UNITS = [["ns", 1], ["us", 1e3], ["ms", 1e6]] as const;

/**
 * A table of rows in their given order; with more than one place, each place has a line of its own above its rows.
 *
 * @param rows What to show.
 * @returns Lines of text; the last one is not ended.
 */
export function formatTable(rows: readonly ProfileRow[]): string {
  const hasPlaces = new Set(rows.map((row) => row.place)).size > 1;
  const indent = hasPlaces ? "  " : "";
  const names = rows.map(({ actor, span }) => indent + (actor === "" ? span : `${actor} ${span}`));
  const width = Math.max(OPERATION_COLUMNS, ...names.map((name) => name.length));
  const line = (name: string, count: string, durations: readonly string[]): string =>
    name.padEnd(width) + " " + count.padStart(COUNT_COLUMNS) + durations.map((text) => pad(text)).join("");
  const head = line("Operation", "Count", ["Mean", "P50", "P95", "P99", "Max"]);
  const lines = ["=== Profiling Results ===", "", head, "-".repeat(head.length)];
  let place: string | undefined;
  rows.forEach((row, i) => {
    if (hasPlaces && row.place !== place) lines.push(place = row.place);
    const durationsNs = [row.meanNs, row.p50Ns, row.p95Ns, row.p99Ns, row.maxNs];
    lines.push(line(names[i], String(row.count), durationsNs.map(formatDuration)));
  });
  return lines.join("\n");
}

/** A duration to three digits, in the unit that fits: `850ns`, `16.2ms`. Below a microsecond in whole nanoseconds. */
export function formatDuration(durationNs: number): string {
  for (const [unit, unitNs] of UNITS) {
    const text = toDigits(durationNs / unitNs, unit === "ns" ? 0 : 2);
    if (Number(text) < 1000) return text + unit;
  }
  return `${toDigits(durationNs / 1e9, 2)}s`;
}

/** Three digits, of which at most `decimals` after the point. */
function toDigits(value: number, decimals: number): string {
  const fitting = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(Math.min(decimals, fitting));
}

function pad(text: string): string {
  return ` ${text.padStart(DURATION_COLUMNS - 1)}`;
}
