/**
 * Texts as messages know them: a name and lines.
 *
 * @module
 */

/** A file that became part of a text. */
export interface SourceFile {
  readonly name: string;
  readonly lines: readonly string[];
}

/** Lines of a text, whatever ends them; a byte order mark is no part of it. */
export function linesOf(text: string): string[] {
  return text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
}
