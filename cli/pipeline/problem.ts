/**
 * What is wrong with a pipeline, and where.
 *
 * @module
 */

/** Stable codes. Those that core has too mean the same there. */
export type ProblemCode =
  | "catalogue-clash"
  | "catalogue-unknown"
  | "cycle"
  | "id-taken"
  | "link-ambiguous"
  | "link-none"
  | "link-taken"
  | "link-type"
  | "option-invalid"
  | "pipeline-syntax"
  | "place-refused"
  | "placement-unknown"
  | "plugin-changed"
  | "plugin-empty"
  | "plugin-failed"
  | "plugin-lock"
  | "plugin-missing"
  | "plugin-unreachable"
  | "plugin-unsuited"
  | "port-unknown"
  | "stage-unlinked"
  | "variable-unset"
  | "version-clash";

/** A stretch of the pipeline's text: UTF-16 units from its beginning; `to` is the first one after it. */
export interface Span {
  /** First unit. */
  readonly from: number;
  /** First unit after it; `from` for a point. */
  readonly to: number;
}

/** One thing that is wrong. */
export interface Problem {
  /** For programs. */
  readonly code: ProblemCode;
  /** What is the case and what would be right. */
  readonly message: string;
  /** Where; `undefined` for what stands outside of the text. */
  readonly span: Span | undefined;
  /** The pipeline can run all the same, though perhaps not as it is meant. */
  readonly isWarning?: boolean;
}

/** A problem as `check --json` gives it. */
export interface ProblemReport {
  /** For programs. */
  readonly code: ProblemCode;
  /** `error`: the pipeline cannot run; `warning`: it can, perhaps not as meant. */
  readonly severity: "error" | "warning";
  /** What is the case and what would be right. */
  readonly message: string;
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1, in characters as people count them; line 1, column 1 for what stands outside of the text. */
  readonly column: number;
  /** Characters it is about, at least 1. */
  readonly length: number;
}

/** Collects problems, each message at a place once. */
export class Problems {
  readonly #all = new Map<string, Problem>();
  #errors = 0;

  /** Notes an error. */
  add(code: ProblemCode, span: Span | undefined, message: string): void {
    this.#put({ code, span, message });
  }

  /** Notes a warning. */
  warn(code: ProblemCode, span: Span | undefined, message: string): void {
    this.#put({ code, span, message, isWarning: true });
  }

  /** All, in the order of the text. */
  get all(): readonly Problem[] {
    return [...this.#all.values()].sort((a, b) => (a.span?.from ?? -1) - (b.span?.from ?? -1));
  }

  /** How many errors there are. */
  get errors(): number {
    return this.#errors;
  }

  #put(given: Problem): void {
    const problem = { ...given, message: shortened(given.message) };
    const key = `${problem.span?.from} ${problem.message}`;
    if (this.#all.has(key)) return;
    this.#all.set(key, problem);
    if (!problem.isWarning) this.#errors++;
  }
}

/** Longest message, in UTF-16 units. */
const MESSAGE_MAX = 600;

/** A message without the middle of what was typed at length. */
function shortened(message: string): string {
  if (message.length <= MESSAGE_MAX) return message;
  return `${message.slice(0, MESSAGE_MAX / 2).toWellFormed()} … ${message.slice(-MESSAGE_MAX / 3).toWellFormed()}`;
}

/** Where a problem is, for people and programs. */
export function reportOf(source: string, { code, message, span, isWarning }: Problem): ProblemReport {
  const from = Math.min(span?.from ?? 0, source.length);
  const start = source.lastIndexOf("\n", from - 1) + 1;
  const end = lineEnd(source, start);
  const length = Math.max(1, [...source.slice(from, Math.min(span?.to ?? 0, end))].length);
  return {
    code,
    severity: isWarning ? "warning" : "error",
    message,
    line: source.slice(0, start).split("\n").length,
    column: [...source.slice(start, from)].length + 1,
    length,
  };
}

/** Widest line of the text that is shown whole, in characters. */
const SHOWN_MAX = 100;

const [RED, YELLOW, BOLD, PLAIN] = ["\x1b[31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"];

/**
 * A problem for people: `WHERE:LINE:COLUMN: severity: message [code]`, the line, and a caret under what is meant.
 *
 * @param name What the text is called, for example a file; left out where the text was typed.
 * @param hasColour Whether the caret, what it stands under and the severity have colours, for terminals.
 */
export function problemLines(
  source: string,
  problem: Problem,
  name: string | undefined,
  hasColour: boolean = false,
): string[] {
  const { line, column, length, severity, message, code } = reportOf(source, problem);
  const colour = severity === "error" ? RED : YELLOW;
  const paint = (text: string, sign: string): string => hasColour && text !== "" ? `${sign}${text}${PLAIN}` : text;
  const head = `${severity === "error" ? "" : paint("warning: ", colour)}${paint(message, BOLD)} [${code}]`;
  if (!problem.span) return [head];
  const text = (source.split("\n")[line - 1] ?? "").replace(/\r$/, "");
  const letters = [...text].map((letter) => letter === "\t" ? " " : letter);
  const first = letters.length <= SHOWN_MAX ? 0 : Math.max(0, Math.min(column - 1 - 30, letters.length - SHOWN_MAX));
  const shown = letters.slice(first, first + SHOWN_MAX);
  const before = column - 1 - first;
  const marks = "^".padEnd(Math.min(length, Math.max(1, SHOWN_MAX - before)), "~");
  const meant = shown.slice(before, before + marks.length).join("");
  const painted = shown.slice(0, before).join("") + paint(meant, colour) + shown.slice(before + marks.length).join("");
  const where = name === undefined ? `column ${column}` : `${name}:${line}:${column}`;
  return [
    `${where}: ${head}`,
    `  ${painted}`,
    `  ${" ".repeat(before)}${paint(marks, colour)}`,
  ];
}

function lineEnd(source: string, start: number): number {
  const end = source.indexOf("\n", start);
  return end === -1 ? source.length : end;
}
