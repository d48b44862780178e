/**
 * What WGSL's compiler reports, as a message.
 *
 * It stops at the first error and draws it:
 *
 * ```text
 * error: expected expression, found ";"
 *   ┌─ wgsl:2:10
 *   │
 * 2 │  let a = ; }
 *   │          ^ expected expression
 *   = note
 * ```
 *
 * @module
 */
import type { SourceFile } from "./source_file.ts";
import type { ShaderMessage } from "./shader_message.ts";

/**
 * Reads a report.
 *
 * @param report As the compiler wrote it.
 * @param source What the user wrote.
 * @param preamble What stood before it.
 */
export function readWgslReport(report: string, source: SourceFile, preamble: SourceFile): ShaderMessage {
  const [summary, ...drawing] = report.trimEnd().split("\n");
  const text = [summary.replace(/^error: /, ""), ...drawing.flatMap(remarkOf)].join("; ");
  const [, row, column] = /┌─ [^\n]*:(\d+):(\d+)/.exec(report) ?? [];
  if (row === undefined) return { severity: "error", file: source.name, text };
  const isPreamble = Number(row) <= preamble.lines.length;
  const file = isPreamble ? preamble : source;
  const line = isPreamble ? Number(row) : Number(row) - preamble.lines.length;
  return { severity: "error", file: file.name, line, column: Number(column), text, lineText: file.lines[line - 1] };
}

/** Notes below the drawing, and what stands behind carets in it. */
function remarkOf(line: string): string[] {
  const note = /^\s*= (?:note: )?(.+)$/.exec(line)?.[1];
  if (note !== undefined) return /^Expression \[\d+\] is invalid$/.test(note) ? [] : [note.trim()];
  const label = /^\s+│[\s│]*[\^─-]*[\s│^─-]*(\S.*)?$/.exec(line)?.[1];
  return label === undefined || /^naga::/.test(label) ? [] : [label.trim()];
}
