/**
 * What is found wrong in a session description, and the log that a reader writes it to.
 *
 * @module
 */
import { StreamError } from "@streamlib/core";

/**
 * How bad a finding is: `error` breaks a rule of a standard, `warning` is a risk between products, `note` is worth
 * knowing.
 */
export type SdpSeverity = "error" | "warning" | "note";

/** One finding of {@linkcode lintSdp}. `line`, `message` and `remedy` read as `line 7: message; remedy`. */
export interface SdpFinding {
  /** How bad it is. */
  readonly severity: SdpSeverity;
  /** The clause it goes against, for example `ST 2110-20 §7.2`. */
  readonly clause: string;
  /** Line of the text, from 1. */
  readonly line: number;
  /** What is the case. */
  readonly message: string;
  /** What would be right. */
  readonly remedy: string;
}

/**
 * Takes what a reader finds. A strict log throws at the first problem; a lenient one keeps problems as findings, so that
 * a linter sees them all.
 */
export class SdpLog {
  /** What was found so far. */
  readonly findings: SdpFinding[] = [];
  readonly #strict: boolean;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  /** The text cannot be read here. @throws {StreamError} `sdp-invalid` if the log is strict. */
  problem(line: number, clause: string, message: string, remedy: string): void {
    if (this.#strict) throw sdpError(`Cannot read SDP: line ${line}: ${message}; ${remedy} (${clause})`);
    this.findings.push({ severity: "error", clause, line, message, remedy });
  }

  /** The text can be read here, but it is not as it should be. Never throws. */
  remark(severity: SdpSeverity, line: number, clause: string, message: string, remedy: string): void {
    this.findings.push({ severity, clause, line, message, remedy });
  }
}

/** An error of a session description. */
export function sdpError(message: string, cause?: unknown): StreamError {
  return new StreamError("sdp-invalid", message, cause === undefined ? undefined : { cause });
}

/** A piece of a text as it is quoted in messages: at most 60 characters, on one line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
