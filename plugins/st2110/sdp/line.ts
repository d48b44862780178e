/**
 * The lines of a session description (RFC 8866 §5): a letter, an equals sign, a value.
 *
 * @module
 */
import { quoted, type SdpLog } from "./finding.ts";

/** One line. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** The letter before the equals sign. */
  readonly type: string;
  /** What follows the equals sign. */
  readonly value: string;
}

/** The lines of the session, or those of one medium from its `m=` on. */
export interface Section {
  readonly lines: readonly Line[];
}

const CLAUSE = "RFC 8866 §5";

/** The lines of a text. Ends with CRLF are right; LF alone, empty lines and indented lines are taken too. */
export function readLines(text: string, log: SdpLog): Line[] {
  const found: Line[] = [];
  let remarked = false;
  const parts = text.replace(/^\uFEFF/, "").split("\n");
  parts.forEach((part, index) => {
    const number = index + 1;
    const isLast = index === parts.length - 1;
    const line = part.endsWith("\r") ? part.slice(0, -1) : part;
    if (!part.endsWith("\r") && !isLast && !remarked) {
      remarked = true;
      log.remark("note", number, CLAUSE, "the line ends with LF alone", "end lines with CRLF");
    }
    if (line.trim() === "") {
      if (!isLast) log.remark("warning", number, CLAUSE, "the line is empty", "leave it out");
      return;
    }
    if (isLast) log.remark("warning", number, CLAUSE, "the last line has no end", "end it with CRLF");
    const read = readLine(line, number, log);
    if (read) found.push(read);
  });
  return found;
}

function readLine(line: string, number: number, log: SdpLog): Line | undefined {
  const [, indent, type, value] = /^(\s*)([a-z])=([^]*)$/.exec(line) ?? [];
  if (type === undefined || value.includes("\r") || value.includes("\0")) {
    log.problem(
      number,
      CLAUSE,
      `${quoted(line)} is no line of SDP`,
      "write a small letter, = and a value, as in s=Studio",
    );
    return undefined;
  }
  if (indent !== "") log.remark("warning", number, CLAUSE, "the line is indented", "begin it with its letter");
  // The name of a session and free text may be one space; everywhere else spaces at the ends mean nothing.
  const isText = type === "s" || type === "i";
  if (!isText && value !== value.trim()) {
    log.remark("warning", number, CLAUSE, "the value has spaces at an end", "leave them out");
  }
  return { number, type, value: isText ? value : value.trim() };
}

/** The session's lines, then those of each medium. */
export function splitSections(lines: readonly Line[]): { session: Section; media: Section[] } {
  const starts = lines.flatMap((line, index) => line.type === "m" ? [index] : []);
  return {
    session: { lines: lines.slice(0, starts[0] ?? lines.length) },
    media: starts.map((start, i) => ({ lines: lines.slice(start, starts[i + 1] ?? lines.length) })),
  };
}

/** Remarks on lines that stand out of the order of `letters`, and names those that may not stand here at all. */
export function checkOrder(section: Section, letters: string, log: SdpLog): void {
  let reached = 0;
  for (const line of section.lines) {
    const place = letters.indexOf(line.type);
    if (place < 0) {
      log.problem(
        line.number,
        CLAUSE,
        `${line.type}= cannot stand here`,
        `the letters here are ${[...letters].join(", ")}`,
      );
    } else if (place < reached) {
      log.remark(
        "warning",
        line.number,
        CLAUSE,
        `${line.type}= stands after ${letters[reached]}=`,
        `the order is ${[...letters].join(", ")}`,
      );
    } else reached = place;
  }
}

/** Number of the first line that begins like this (`b=`, `a=fmtp`), or of the section's first line. */
export function lineOf(section: Section, start: string): number {
  const found = section.lines.find(({ type, value }) => {
    const line = `${type}=${value}`.toLowerCase();
    return line.startsWith(start) && !/[\w-]/.test(line[start.length] ?? "") ||
      start.endsWith("=") && line.startsWith(start);
  });
  return (found ?? section.lines[0])?.number ?? 1;
}
