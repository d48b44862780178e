/**
 * The terminal that this program runs in, or the file or pipe in its place.
 *
 * @module
 */
import process from "node:process";
import type { Screen } from "./command.ts";

const UP = (lines: number): string => lines === 0 ? "" : `\x1b[${lines}A`;
const ERASE_LINE = "\x1b[K";
const ERASE_BELOW = "\x1b[J";
// deno-lint-ignore no-control-regex
const COLOUR = /(\x1b\[[0-9;]*m)/;

/** Standard output and standard error. Lines can be redrawn where somebody can see it. */
export function terminalScreen(): Screen {
  const { stdout, stderr } = process;
  const screen: Screen = {
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
  };
  if (stdout.isTTY !== true || process.env.TERM === "dumb") return screen;
  let shown = 0;
  return {
    ...screen,
    redraw(lines) {
      const fitting = fit(lines, stdout.columns || 80, stdout.rows || 24);
      stdout.write(redrawText(shown, fitting));
      shown = fitting.length;
    },
  };
}

/**
 * As many lines as go above the one with the cursor, each cut at the edge: a longer one would be two. Colours take no
 * room and are not cut.
 */
export function fit(lines: readonly string[], columns: number, rows: number): readonly string[] {
  return lines.slice(0, Math.max(1, rows - 1)).map((line) => cut(line, columns));
}

function cut(line: string, columns: number): string {
  let room = columns;
  return line.split(COLOUR).map((part, index) => {
    if (index % 2 === 1) return part;
    const kept = [...part].slice(0, room);
    room -= kept.length;
    return kept.join("");
  }).join("");
}

/** What puts `lines` in the place of the `shown` lines above the cursor. */
export function redrawText(shown: number, lines: readonly string[]): string {
  return `${UP(shown)}\r${lines.map((line) => `${line}${ERASE_LINE}\n`).join("")}${ERASE_BELOW}`;
}
