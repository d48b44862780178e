/**
 * What compilers say about a shader, in one form for all of them.
 *
 * @module
 */

/** One message of a compiler. */
export interface ShaderMessage {
  /** `error`: nothing came of it. `warning`: the shader is made all the same. */
  readonly severity: "error" | "warning";
  /** Name of the shader, `preamble`, or the name of an included file. */
  readonly file: string;
  /** Line from 1; undefined where the message is about the shader as a whole. */
  readonly line?: number | undefined;
  /**
   * Column from 1, in characters. GLSL's compiler tells none: there it is the first place in the line of the word that
   * the message names, and undefined if the line has no such word.
   */
  readonly column?: number | undefined;
  /** What the compiler says, without place. May have several lines. */
  readonly text: string;
  /** The line itself, without its end. */
  readonly lineText?: string | undefined;
}

/** Longest part of a line that is shown; of longer ones, what is around the column. */
const SHOWN_CHARACTERS_MAX = 160;

/**
 * A message as compilers print it: place and text, then the line and a caret below the column.
 *
 * ```text
 * glow.comp:6:23: error: 'q' : no such field in structure
 *   6 | void main() { p.q = 1; }
 *     |                 ^
 * ```
 */
export function formatShaderMessage(message: ShaderMessage): string {
  const { severity, file, line, column, text, lineText } = message;
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  const said = `${place}: ${severity}: ${text}`;
  if (line === undefined || lineText === undefined || lineText.trim() === "") return said;
  const characters = [...lineText];
  const from = Math.max(0, Math.min((column ?? 1) - 1 - SHOWN_CHARACTERS_MAX / 2, characters.length - 1));
  const first = characters.length > SHOWN_CHARACTERS_MAX ? from : 0;
  const shown = characters.slice(first, first + SHOWN_CHARACTERS_MAX);
  const gutter = " ".repeat(String(line).length);
  const rows = [`  ${line} | ${shown.join("").trimEnd()}`];
  if (column !== undefined) {
    const before = shown.slice(0, column - 1 - first).map((character) => character === "\t" ? "\t" : " ").join("");
    rows.push(`  ${gutter} | ${before}^`);
  }
  return [said, ...rows].join("\n");
}
