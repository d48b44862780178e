/**
 * The `a=` lines that become fields, of the session and of a medium.
 *
 * @module
 */
import { RTCP, SOURCE_FILTER } from "./address.ts";
import { MEDIA_CLOCK, REFERENCE_CLOCK } from "./clock.ts";
import { anyWord, type Codec, decimal } from "./codec.ts";
import type { Attribute, Group, HeaderExtension } from "./description.ts";
import { quoted, type SdpLog } from "./finding.ts";
import { type Fields, type FieldValues, remarkSpelling } from "./fmtp.ts";
import type { Line } from "./line.ts";

const GROUP: Codec<Group> = {
  expected: "<semantics> <mid>..., for example DUP primary secondary",
  read(text) {
    const [semantics, ...mids] = text.split(/\s+/);
    return semantics === "" ? undefined : { semantics: semantics.toUpperCase(), mids };
  },
  write: ({ semantics, mids }) => [semantics, ...mids].join(" "),
};

const HEADER_EXTENSION: Codec<HeaderExtension> = {
  expected: "<id>[/<direction>] <uri>, for example 1 urn:ietf:params:rtp-hdrext:smpte-tc",
  read(text) {
    const [, idText, direction, uri, attributes] = /^(\d{1,5})(?:\/(\w+))?\s+(\S+)(?:\s+(\S[^]*))?$/.exec(text) ?? [];
    const id = Number(idText);
    if (!(id >= 1 && id <= 65535) || direction !== undefined && !isDirection(direction)) return undefined;
    return { id, ...direction && { direction }, uri, ...attributes && { attributes } };
  },
  write({ id, direction, uri, attributes }) {
    return `${id}${direction ? `/${direction}` : ""} ${uri}${attributes === undefined ? "" : ` ${attributes}`}`;
  },
};

function isDirection(text: string): text is NonNullable<HeaderExtension["direction"]> {
  return ["sendonly", "recvonly", "sendrecv", "inactive"].includes(text);
}

const COMMON: Fields = {
  sourceFilters: { name: "source-filter", clause: "RFC 4570 §3", codec: SOURCE_FILTER, repeats: true },
  referenceClocks: { name: "ts-refclk", clause: "RFC 7273 §4.8", codec: REFERENCE_CLOCK, repeats: true },
  mediaClock: { name: "mediaclk", clause: "RFC 7273 §5.4", codec: MEDIA_CLOCK },
  headerExtensions: { name: "extmap", clause: "RFC 8285 §8", codec: HEADER_EXTENSION, repeats: true },
};

/** Attributes of the session. */
export const SESSION_ATTRIBUTES: Fields = {
  groups: { name: "group", clause: "RFC 5888 §5", codec: GROUP, repeats: true },
  ...COMMON,
};

/** Attributes of a medium, without `rtpmap` and `fmtp`. */
export const MEDIA_ATTRIBUTES: Fields = {
  ptimeMs: { name: "ptime", clause: "RFC 8866 §6.4", codec: decimal },
  maxptimeMs: { name: "maxptime", clause: "RFC 8866 §6.5", codec: decimal },
  framerate: { name: "framerate", clause: "RFC 8866 §6.13", codec: decimal },
  ...COMMON,
  rtcp: { name: "rtcp", clause: "RFC 3605 §2.1", codec: RTCP },
  mid: { name: "mid", clause: "RFC 5888 §4", codec: anyWord },
};

/** An `a=` line as name and value. */
export function readAttribute({ number, value }: Line, log: SdpLog): Attribute | undefined {
  const colon = value.indexOf(":");
  const name = colon < 0 ? value : value.slice(0, colon);
  if (/^\S+$/.test(name)) return colon < 0 ? { name } : { name, value: value.slice(colon + 1).trim() };
  log.problem(number, "RFC 8866 §5.13", `${quoted(`a=${value}`)} is no attribute`, "write a=name or a=name:value");
  return undefined;
}

/** Puts an attribute into the field that `fields` has for it. Returns whether there is one. */
export function readIntoField(
  fields: Fields,
  values: FieldValues,
  { name, value }: Attribute,
  line: number,
  log: SdpLog,
): boolean {
  const [key, field] = Object.entries(fields).find(([, each]) => each.name === name.toLowerCase()) ?? [];
  if (key === undefined || !field?.codec) return false;
  if (name !== field.name) {
    log.remark("warning", line, field.clause, `the attribute is spelled ${name}`, `write ${field.name}`);
  }
  if (values[key] !== undefined && !field.repeats) {
    log.problem(line, field.clause, `a=${field.name} is given twice`, "give it once");
    return true;
  }
  const read = value === undefined ? undefined : field.codec.read(value);
  if (value === undefined || read === undefined) {
    log.problem(
      line,
      field.clause,
      `a=${field.name} ${value === undefined ? "has no value" : `is ${quoted(value)}`}`,
      `right is: ${field.codec.expected}`,
    );
    return true;
  }
  remarkSpelling(field.codec, read, value, `a=${field.name}`, field.clause, line, log);
  if (field.repeats) ((values[key] ??= []) as unknown[]).push(read);
  else values[key] = read;
  return true;
}

/** The `a=` lines of fields, then of other attributes. */
export function writeAttributes(fields: Fields, values: FieldValues): string[] {
  const lines: string[] = [];
  for (const [key, { name, codec, repeats }] of Object.entries(fields)) {
    const value = values[key];
    if (value === undefined || !codec) continue;
    for (const each of repeats ? value as unknown[] : [value]) lines.push(`a=${name}:${codec.write(each)}`);
  }
  for (const { name, value } of (values.attributes ?? []) as readonly Attribute[]) {
    lines.push(value === undefined ? `a=${name}` : `a=${name}:${value}`);
  }
  return lines;
}
