/**
 * Tables, and numbers as they stand in them.
 *
 * @module
 */

/** What a cell holds that there is no value for. */
export const NOTHING = "-";

/** A column. */
export interface Column {
  readonly head: string;
  /** Words begin at the left, numbers end at the right. */
  readonly align: "left" | "right";
}

/** The heads and the rows, two blanks between columns; no blanks at the end. What would move the cursor becomes `?`. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const clean = [
    columns.map(({ head }) => head),
    ...rows.map((row) => row.map((cell) => cell.replace(/\p{C}/gu, "?"))),
  ];
  const widths = columns.map((_, index) => Math.max(...clean.map((row) => row[index].length)));
  return clean.map((row) => {
    const cells = row.map((cell, index) =>
      columns[index].align === "left" ? cell.padEnd(widths[index]) : cell.padStart(widths[index])
    );
    return cells.join("  ").trimEnd();
  });
}

/** `1.2 MB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [size, unit] = [bytes, 0];
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000;
  return `${unit === 0 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** `0.42 ms`, `12.3 ms`, `4.5 s`. */
export function timeText(ns: number | undefined): string {
  if (ns === undefined) return NOTHING;
  const ms = ns / 1e6;
  if (Math.abs(ms) >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms.toFixed(Math.abs(ms) < 10 ? 2 : 1)} ms`;
}

/** `1:02:03`. */
export function clockText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
