/**
 * Reads the text of an option's value as its JSON Schema says.
 *
 * @module
 */
import type { JsonSchema } from "@streamlib/core";
import { typeOf } from "../inspect_text.ts";
import { nearest } from "../nearest.ts";
import { alternativesOf, propertiesOf } from "./json_schema.ts";
import { numberOf, unitsOf } from "./units.ts";

/** The value, or what would be right. */
export type ValueResult = { readonly value: unknown } | { readonly problem: string };

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  false: false,
  yes: true,
  no: false,
  on: true,
  off: false,
};
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?$/;
const FRACTION = /^(\d{1,15})\/(\d{1,15})$/;

/**
 * The value that `text` means for an option.
 *
 * Of several types that an option may have, the first that takes the text: one of a list, yes or no, a number, a
 * fraction, a text. Quoted text is a text where the option takes one.
 *
 * @param name The option: the unit that its name ends in may be written differently, `delayNs=40ms`.
 * @param root The schema that `$ref`s in `schema` point into.
 */
export function valueOf(
  text: string,
  isQuoted: boolean,
  name: string,
  schema: JsonSchema,
  root: JsonSchema,
): ValueResult {
  const types = alternativesOf(schema, root);
  if (isQuoted && types.some((type) => takesText(type, text))) return { value: text };
  for (const read of [listed, switched, numbered, fraction, texted]) {
    for (const type of types) {
      const value = read(text, type, name);
      if (value !== undefined) return { value };
    }
  }
  return { problem: problemOf(text, name, types, schema) };
}

function takesText(type: JsonSchema, text: string): boolean {
  if (Array.isArray(type.enum)) return type.enum.includes(text);
  return type.type === "string" && (type.const === undefined || type.const === text) || isAnything(type);
}

function isAnything(type: JsonSchema): boolean {
  return type.type === undefined && type.enum === undefined && type.const === undefined;
}

function listed(text: string, { enum: list, const: only }: JsonSchema): unknown {
  const values = Array.isArray(list) ? list : only === undefined ? [] : [only];
  return values.find((value) => String(value) === text) ??
    values.find((value) => typeof value === "string" && value.toLowerCase() === text.toLowerCase());
}

function switched(text: string, type: JsonSchema): boolean | undefined {
  const word = text.toLowerCase();
  if (isAnything(type)) return word === "true" ? true : word === "false" ? false : undefined;
  return type.type === "boolean" && Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
}

function numbered(text: string, type: JsonSchema, name: string): number | undefined {
  if (Array.isArray(type.enum) || type.const !== undefined) return undefined;
  if (type.type === "number" || type.type === "integer") return numberOf(text, name);
  return isAnything(type) && PLAIN_NUMBER.test(text) ? Number(text) : undefined;
}

/** `30000/1001`, where an object with `num` and `den` is right. */
function fraction(text: string, type: JsonSchema): { num: number; den: number } | undefined {
  const properties = propertiesOf(type);
  const parts = FRACTION.exec(text);
  if (!parts || !("num" in properties) || !("den" in properties)) return undefined;
  return { num: Number(parts[1]), den: Number(parts[2]) };
}

function texted(text: string, type: JsonSchema): string | undefined {
  return Array.isArray(type.enum) || !takesText(type, text) ? undefined : text;
}

function problemOf(text: string, name: string, types: readonly JsonSchema[], schema: JsonSchema): string {
  const values = types.flatMap((type) => Array.isArray(type.enum) ? type.enum : []).map(String);
  const near = nearest(text, values);
  if (values.length > 0) {
    const hint = near.length > 0 ? `; did you mean ${near.join(" or ")}?` : "";
    return `"${text}" is none of ${values.join(", ")}${hint}`;
  }
  if (types.some(({ type }) => type === "number" || type === "integer")) {
    const units = unitsOf(name);
    const shown = types.some((type) => "num" in propertiesOf(type)) ? ", or a fraction such as 30000/1001" : "";
    return `"${text}" is no number${units.length > 0 ? `, alone or with ${anyOf(units)}` : ""}${shown}`;
  }
  if (types.every(({ type }) => type === "boolean")) return `"${text}" is neither true nor false`;
  if (types.some(({ type }) => type === "object" || type === "array")) {
    return `"${text}" is no JSON: ${typeOf(schema)} is right, in { } or [ ]`;
  }
  return `"${text}" cannot be read: ${typeOf(schema)} is right`;
}

/** `a, b or c`. */
function anyOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
