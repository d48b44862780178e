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
const COLUMNS = 80;
const ROWS = 24;

/** A stream of this program. */
export interface ScreenStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Returns false if a pipe has not yet taken it all. */
  write(text: string): boolean;
  on(event: "drain" | "error" | "close", listener: () => void): unknown;
}

/** What a screen is made of: `process` has it. */
export interface ScreenParts {
  readonly stdout: ScreenStream;
  readonly stderr: ScreenStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A screen whose lines may not have gone out yet. */
export interface TerminalScreen extends Screen {
  /** Waits until whoever reads has taken everything, or has gone: an exit would cut off what is left in a pipe. */
  flush(): Promise<void>;
}

/**
 * Standard output and standard error. Lines can be redrawn where somebody sees standard output; a line of status and
 * colours come where somebody sees standard error, colours unless `NO_COLOR` says otherwise.
 *
 * @param parts Default: those of this process.
 */
export function terminalScreen({ stdout, stderr, env }: ScreenParts = process): TerminalScreen {
  const isSmart = env.TERM !== "dumb";
  const [out, err] = [new Writer(stdout), new Writer(stderr)];
  let hasStatus = false;
  const showStatus = (line: string): void => {
    if (line === "" && !hasStatus) return;
    // The cursor goes back to the beginning: what others write then covers the line.
    err.write(`\r${cut(line, (stderr.columns || COLUMNS) - 1)}${ERASE_LINE}\r`);
    hasStatus = line !== "";
  };
  const screen: TerminalScreen = {
    out(line) {
      showStatus("");
      out.write(`${line}\n`);
    },
    err(line) {
      showStatus("");
      err.write(`${line}\n`);
    },
    hasColour: stderr.isTTY === true && isSmart && !env.NO_COLOR,
    async flush() {
      await Promise.all([out.flush(), err.flush()]);
    },
    ...(stderr.isTTY === true && isSmart ? { status: showStatus } : {}),
  };
  if (stdout.isTTY !== true || !isSmart) return screen;
  let shown = 0;
  return {
    ...screen,
    redraw(lines) {
      const fitting = fit(lines, stdout.columns || COLUMNS, stdout.rows || ROWS);
      out.write(redrawText(shown, fitting));
      shown = fitting.length;
    },
  };
}

/** Writes to a stream, and knows when all has gone out: Bun's own streams do not say so later. */
class Writer {
  readonly #write: (text: string) => boolean;
  #isFull = false;
  #isGone = false;
  readonly #waiting: (() => void)[] = [];

  constructor(stream: ScreenStream) {
    // Whoever puts something else in its place later does not mean this one.
    this.#write = stream.write.bind(stream);
    const goOn = (): void => {
      this.#isFull = false;
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
    // A reader that has gone, such as head, is no failure of this program. Bun tells it once, however much is written.
    const leave = (): void => {
      this.#isGone = true;
      goOn();
    };
    stream.on("drain", goOn);
    stream.on("error", leave);
    stream.on("close", leave);
  }

  write(text: string): void {
    if (!this.#isGone) this.#isFull = !this.#write(text);
  }

  flush(): Promise<void> {
    return this.#isFull && !this.#isGone ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve();
  }
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
