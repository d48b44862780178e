/**
 * What lint rules look at, and how they speak.
 *
 * @module
 */
import type { MediaDescription, SessionDescription } from "../description.ts";
import type { SdpLog, SdpSeverity } from "../finding.ts";
import { lineOf, type Section } from "../line.ts";

/** A description as a lenient reader gives it: fields that could not be read are missing. */
export interface SessionSubject {
  readonly session: Partial<SessionDescription>;
  readonly media: readonly MediaSubject[];
  /** Takes findings on the lines of the session. */
  readonly say: Rules;
}

/** One medium of it. */
export interface MediaSubject {
  readonly session: Partial<SessionDescription>;
  readonly media: Partial<MediaDescription>;
  /** Takes findings on the lines of the medium. */
  readonly say: Rules;
}

/** Speaks of the lines of one section. */
export class Rules {
  readonly #section: Section;
  readonly #log: SdpLog;

  constructor(section: Section, log: SdpLog) {
    this.#section = section;
    this.#log = log;
  }

  /** A rule is broken. `at` is the beginning of the line that is meant: `a=fmtp`, `c=`. */
  error(at: string, clause: string, message: string, remedy: string): void {
    this.#remark("error", at, clause, message, remedy);
  }

  /** Products may disagree. */
  warning(at: string, clause: string, message: string, remedy: string): void {
    this.#remark("warning", at, clause, message, remedy);
  }

  /** Worth knowing. */
  note(at: string, clause: string, message: string, remedy: string): void {
    this.#remark("note", at, clause, message, remedy);
  }

  #remark(severity: SdpSeverity, at: string, clause: string, message: string, remedy: string): void {
    this.#log.remark(severity, lineOf(this.#section, at), clause, message, remedy);
  }
}

/** The subject of the session and its media. */
export function subjectOf(
  session: Partial<SessionDescription>,
  sections: { readonly session: Section; readonly media: readonly Section[] },
  log: SdpLog,
): SessionSubject {
  const media = (session.media ?? []).map((each, i) => ({
    session,
    media: each,
    say: new Rules(sections.media[i], log),
  }));
  return { session, media, say: new Rules(sections.session, log) };
}
