/**
 * Reading the lines that sessions and media have in common.
 *
 * @module
 */
import { CONNECTION } from "./address.ts";
import type { Bandwidth, OtherLine } from "./description.ts";
import { quoted, type SdpLog } from "./finding.ts";
import type { FieldValues } from "./fmtp.ts";
import type { Line } from "./line.ts";

/** Reads the lines that session and media have in common: `i`, `b`, and those that are only kept. */
export function readCommonLine(values: FieldValues, line: Line, log: SdpLog): void {
  const { type, value } = line;
  if (type === "i") put(values, "information", value, line, log);
  else if (type === "b") append(values, "bandwidths", readBandwidth(line, log));
  else if ("uepzk".includes(type)) append<OtherLine>(values, "otherLines", { type: type as OtherLine["type"], value });
}

/** The connection of a `c=` line. */
export function readConnection({ value, number }: Line, log: SdpLog): unknown {
  const read = CONNECTION.read(value);
  if (!read) log.problem(number, "RFC 8866 §5.7", `c= is ${quoted(value)}`, `right is: ${CONNECTION.expected}`);
  return read;
}

/** Adds to a list of a description, which is absent while it is empty. */
export function append<V>(values: FieldValues, key: string, value: V | undefined): void {
  if (value !== undefined) ((values[key] ??= []) as V[]).push(value);
}

/** Sets a field of a description, which may be set once. */
export function put(values: FieldValues, key: string, value: unknown, { type, number }: Line, log: SdpLog): void {
  if (values[key] !== undefined) log.problem(number, "RFC 8866 §5", `${type}= is given twice`, "give it once");
  else if (value !== undefined) values[key] = value;
}

function readBandwidth({ value, number }: Line, log: SdpLog): Bandwidth | undefined {
  const [, type, digits] = /^([\w-]+):(\d{1,15})$/.exec(value) ?? [];
  if (type !== undefined) return { type, value: Number(digits) };
  log.problem(number, "RFC 8866 §5.8", `b= is ${quoted(value)}`, "write <type>:<number>, for example AS:116000");
  return undefined;
}
