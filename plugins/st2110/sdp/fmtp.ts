/**
 * Parameters of `a=fmtp`: `name=value` or a bare name, separated by `;` and a space (ST 2110-20 §7.1).
 *
 * A table says which field of an essence is which parameter; reading and writing both follow it.
 *
 * @module
 */
import type { Codec } from "./codec.ts";
import type { Parameter } from "./essence.ts";
import { quoted, type SdpLog } from "./finding.ts";

/** How one field of an essence stands in `a=fmtp`. */
export interface Field<V> {
  /** Name of the parameter. */
  readonly name: string;
  /** Clause that defines it. */
  readonly clause: string;
  /** How its value stands; absent for a bare name, whose field is `true`. */
  readonly codec?: Codec<V>;
  /** Whether the parameter may come several times; the field is then an array, and `codec` is that of an element. */
  readonly repeats?: boolean;
  /** Whether a value is of the kind that the field has; if not, the parameter is kept as it stands. */
  readonly isMeant?: (text: string) => boolean;
  /** Misspellings that are seen in the field. */
  readonly aliases?: readonly string[];
}

/** The fields of an essence, in the order in which they are written. */
// deno-lint-ignore no-explicit-any -- each field has a codec of its own type
export type Fields = Readonly<Record<string, Field<any>>>;

/** Values of fields by their names. */
export type FieldValues = Record<string, unknown>;

const SYNTAX = "ST 2110-20 §7.1";

/** The fields that `text` has; what the table does not name goes to `parameters`. */
export function readParameters(fields: Fields, text: string, line: number, log: SdpLog): FieldValues {
  const values: FieldValues = {};
  const rest: Parameter[] = [];
  for (const parameter of splitParameters(text, line, log)) {
    const [key, field] = fieldOf(fields, parameter.name) ?? [];
    if (key === undefined || field === undefined || field.isMeant?.(parameter.value ?? "") === false) {
      rest.push(parameter);
    } else readField(values, key, field, parameter, line, log);
  }
  if (rest.length > 0) values.parameters = rest;
  return values;
}

/** The text of an essence's parameters; empty if it has none. */
export function writeParameters(fields: Fields, values: FieldValues): string {
  const parts: string[] = [];
  for (const [key, { name, codec, repeats }] of Object.entries(fields)) {
    const value = values[key];
    if (value === undefined || value === false) continue;
    if (!codec) parts.push(name);
    else for (const each of repeats ? value as unknown[] : [value]) parts.push(`${name}=${codec.write(each)}`);
  }
  for (const { name, value } of (values.parameters ?? []) as readonly Parameter[]) {
    parts.push(value === undefined ? name : `${name}=${value}`);
  }
  return parts.join("; ");
}

function splitParameters(text: string, line: number, log: SdpLog): Parameter[] {
  if (text === "") return [];
  const parts = text.split(";");
  if (parts.length > 1 && parts.at(-1)?.trim() === "") {
    parts.pop();
    log.remark("warning", line, SYNTAX, "the parameters end with a semicolon", "leave the last semicolon out");
  }
  if (parts.some((part, i) => i > 0 && !part.startsWith(" "))) {
    log.remark("warning", line, SYNTAX, "a semicolon has no space after it", "separate parameters by ; and a space");
  }
  const found: Parameter[] = [];
  for (const part of parts) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim();
    if (/^\S+$/.test(name)) found.push(equals < 0 ? { name } : { name, value: part.slice(equals + 1).trim() });
    else {log.problem(
        line,
        SYNTAX,
        `${quoted(part)} is no parameter`,
        "write name=value or a bare name between semicolons",
      );}
  }
  return found;
}

function fieldOf(fields: Fields, name: string): readonly [string, Field<unknown>] | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(fields).find(([, field]) =>
    field.name.toLowerCase() === wanted || field.aliases?.some((alias) => alias === wanted)
  );
}

function readField(
  values: FieldValues,
  key: string,
  field: Field<unknown>,
  { name, value }: Parameter,
  line: number,
  log: SdpLog,
): void {
  const { codec, clause } = field;
  if (name !== field.name) {
    log.remark("warning", line, clause, `the parameter is spelled ${name}`, `write ${field.name}`);
  }
  if (values[key] !== undefined && !field.repeats) {
    log.problem(line, clause, `${field.name} is given twice`, "give it once");
    return;
  }
  if (!codec) {
    if (value === undefined) values[key] = true;
    else log.problem(line, clause, `${field.name} has the value ${quoted(value)}`, `write ${field.name} alone`);
    return;
  }
  const read = value === undefined ? undefined : codec.read(value);
  if (read === undefined) {
    const found = value === undefined ? "has no value" : `is ${quoted(value)}`;
    log.problem(line, clause, `${field.name} ${found}`, `right is: ${codec.expected}`);
    return;
  }
  remarkSpelling(codec, read, value as string, field.name, clause, line, log);
  if (field.repeats) ((values[key] ??= []) as unknown[]).push(read);
  else values[key] = read;
}

/** Remarks on a value that the standard does not name, or that it spells otherwise. */
export function remarkSpelling<V>(
  codec: Codec<V>,
  value: V,
  text: string,
  name: string,
  clause: string,
  line: number,
  log: SdpLog,
): void {
  if (codec.knows && !codec.knows(value)) {
    log.remark("error", line, clause, `${name} is ${quoted(text)}`, `right is: ${codec.expected}`);
  } else if (codec.hasOneSpelling && codec.write(value) !== text) {
    log.remark("warning", line, clause, `${name} is spelled ${quoted(text)}`, `write ${codec.write(value)}`);
  }
}
