/**
 * Reading a session description.
 *
 * @module
 */
import { readAddress } from "./address.ts";
import { readAttribute, readIntoField, SESSION_ATTRIBUTES } from "./attributes.ts";
import type { Attribute, Origin, OtherLine, SessionDescription, Timing } from "./description.ts";
import { quoted, SdpLog } from "./finding.ts";
import type { FieldValues } from "./fmtp.ts";
import { checkOrder, type Line, readLines, type Section, splitSections } from "./line.ts";
import { append, put, readCommonLine, readConnection } from "./parse_common.ts";
import { parseMedia } from "./parse_media.ts";

/** A description with the lines that it was read from. */
export interface ReadDescription {
  readonly description: SessionDescription;
  readonly session: Section;
  /** One for each of `description.media`. */
  readonly media: readonly Section[];
}

/**
 * Reads a session description (RFC 8866). Takes what is seen in the field besides the exact form: LF for CRLF, spaces at
 * ends, a last semicolon, names in other case, lines out of order. What it does not know it keeps.
 *
 * @param text The whole description; lines end with CRLF or LF.
 * @throws {StreamError} `sdp-invalid` at the first line that cannot be read, with its number and what would be right.
 * What can be read but breaks a rule of ST 2110 is no error here; {@linkcode lintSdp} finds it.
 */
export function parseSdp(text: string): SessionDescription {
  const { description } = readDescription(text, new SdpLog(true)) as ReadDescription;
  return description;
}

/** Reads a description into a log; undefined if a lenient log has so many problems that nothing is left. */
export function readDescription(text: string, log: SdpLog): ReadDescription | undefined {
  const lines = readLines(text, log);
  if (lines[0]?.type !== "v" || lines[0].value !== "0") {
    log.problem(lines[0]?.number ?? 1, "RFC 8866 §5.1", "the description does not begin with v=0", "begin with v=0");
    if (lines[0]?.type !== "v") return undefined;
  }
  const sections = splitSections(lines);
  checkOrder(sections.session, "vosiuepcbtrzka", log);
  const values: FieldValues = {};
  for (const line of sections.session.lines) readSessionLine(values, line, log);
  const last = sections.session.lines.at(-1)?.number ?? 1;
  if (!values.origin) log.problem(last, "RFC 8866 §5.2", "o= is missing", "add o=- <id> <version> IN IP4 <address>");
  if (values.name === undefined) log.problem(last, "RFC 8866 §5.3", "s= is missing", "add s=- or a name");
  sortOthers(values);
  values.media = sections.media.map((section) => parseMedia(section, log));
  return { description: values as unknown as SessionDescription, ...sections };
}

function readSessionLine(values: FieldValues, line: Line, log: SdpLog): void {
  const { type, value, number } = line;
  if (type === "o") put(values, "origin", readOrigin(line, log), line, log);
  else if (type === "s") {
    if (value.trim() === "") {
      log.remark(
        "warning",
        number,
        "RFC 8866 §5.3",
        "the session has no name",
        "write s=- or a name; some equipment refuses this",
      );
    }
    put(values, "name", value, line, log);
  } else if (type === "c") put(values, "connection", readConnection(line, log), line, log);
  else if (type === "t") append(values, "timings", readTiming(line, log));
  else if (type === "r") addRepeat(values, line, log);
  else if (type === "a") {
    const attribute = readAttribute(line, log);
    if (attribute && !readIntoField(SESSION_ATTRIBUTES, values, attribute, number, log)) {
      append<Attribute>(values, "attributes", attribute);
    }
  } else readCommonLine(values, line, log);
}

function readOrigin({ value, number }: Line, log: SdpLog): Origin | undefined {
  const [username, sessionId, sessionVersion, net, type, address, ...more] = value.split(/\s+/);
  const found = net?.toUpperCase() === "IN" ? readAddress(type ?? "", address ?? "") : undefined;
  if (found && more.length === 0 && [sessionId, sessionVersion].every((digits) => /^\d{1,20}$/.test(digits))) {
    return { username, sessionId, sessionVersion, ...found };
  }
  log.problem(
    number,
    "RFC 8866 §5.2",
    `o= is ${quoted(value)}`,
    "write <user> <id> <version> IN IP4 <address>, for example o=- 1 1 IN IP4 192.0.2.1",
  );
  return undefined;
}

function readTiming({ value, number }: Line, log: SdpLog): Timing | undefined {
  const [, start, stop] = /^(\d{1,15})\s+(\d{1,15})$/.exec(value) ?? [];
  if (start !== undefined) return { start: Number(start), stop: Number(stop) };
  log.problem(number, "RFC 8866 §5.9", `t= is ${quoted(value)}`, "write <start> <stop>, for example t=0 0");
  return undefined;
}

function addRepeat(values: FieldValues, { value, number }: Line, log: SdpLog): void {
  const last = (values.timings as FieldValues[] | undefined)?.at(-1);
  if (last) append(last, "repeats", value);
  else log.problem(number, "RFC 8866 §5.10", "r= has no t= before it", "put it after its t=");
}

/** Brings `u=`, `e=`, `p=`, `z=`, `k=` into their order, so that writing and reading keeps it. */
function sortOthers(values: FieldValues): void {
  const letters = "uepzk";
  const lines = values.otherLines as readonly OtherLine[] | undefined;
  if (lines) values.otherLines = [...lines].sort((a, b) => letters.indexOf(a.type) - letters.indexOf(b.type));
}
