/**
 * A command line up to the cursor, taken apart as shells do.
 *
 * @module
 */

/** Words before the cursor. */
export interface ShellLine {
  /** Words that are complete, without their quotes. */
  readonly words: readonly string[];
  /** The word that the cursor stands behind, without its quotes; empty where a new one would begin. */
  readonly current: string;
  /** The same as it was typed, with its quotes. */
  readonly raw: string;
}

/** A word, its quotes and escapes included; within `'…'` a backslash is nothing but itself. */
const WORD = /(?:[^\s'"\\]|\\[^]|'[^']*(?:'|$)|"(?:[^"\\]|\\[^])*(?:"|$|\\$)|\\$)+/g;
const PARTS = /'([^']*)'?|"((?:[^"\\]|\\[^])*)\\?"?|\\([^])|([^'"\\]+)/g;

/**
 * Takes a line apart. A quote that does not end goes to the end of the line; nothing is filled in for variables.
 *
 * @param line What stands before the cursor, the program's name included.
 */
export function parseShellLine(line: string): ShellLine {
  const found = [...line.matchAll(WORD)];
  const last = found.at(-1);
  const isOpen = last !== undefined && last.index + last[0].length === line.length;
  const words = found.map(([word]) => withoutQuotes(word));
  return isOpen ? { words: words.slice(0, -1), current: words.at(-1)!, raw: last[0] } : { words, current: "", raw: "" };
}

function withoutQuotes(word: string): string {
  return [...word.matchAll(PARTS)].map(([, single, double, escaped, plain]) =>
    single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain
  ).join("");
}
