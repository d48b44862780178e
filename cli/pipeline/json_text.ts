/**
 * JSON with the place of every value, for messages that point at it.
 *
 * @module
 */
import type { Span } from "./problem.ts";

/** A JSON value and where it stands. */
export interface JsonNode {
  readonly span: Span;
  /** The value as `JSON.parse` gives it. */
  readonly value: unknown;
  /** Of an object: its members in order. */
  readonly members?: readonly JsonMember[];
  /** Of a list: its items. */
  readonly items?: readonly JsonNode[];
}

/** A member of an object. */
export interface JsonMember {
  readonly key: string;
  readonly keySpan: Span;
  readonly node: JsonNode;
}

/** What came of reading: the value and where it ends, or what is wrong. */
export type JsonResult = { readonly node: JsonNode; readonly end: number } | {
  readonly message: string;
  readonly at: number;
};

/** Deepest nesting: a reader that calls itself must have an end. */
const DEPTH_MAX = 64;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z]+/y;
const STRING = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"/y;

/** Why reading ended early. Never leaves this file. */
class Stop {
  readonly message: string;
  readonly at: number;
  constructor(message: string, at: number) {
    this.message = message;
    this.at = at;
  }
}

/**
 * Reads one JSON value (RFC 8259) from `source`; what follows it is left alone. Never throws.
 *
 * @param start Where it begins; spaces before it are skipped.
 */
export function readJson(source: string, start = 0): JsonResult {
  try {
    const node = valueAt(source, skip(source, start), 0);
    return { node, end: node.span.to };
  } catch (thrown) {
    if (thrown instanceof Stop) return { message: thrown.message, at: thrown.at };
    throw thrown;
  }
}

/** The first place from `at` on that is no JSON space. */
export function skip(source: string, at: number): number {
  while (at < source.length && " \t\r\n".includes(source[at])) at++;
  return at;
}

function valueAt(source: string, at: number, depth: number): JsonNode {
  if (depth > DEPTH_MAX) throw new Stop(`More than ${DEPTH_MAX} brackets within each other`, at);
  const letter = source[at];
  if (letter === "{") return objectAt(source, at, depth);
  if (letter === "[") return listAt(source, at, depth);
  if (letter === '"') {
    const { text, to } = stringAt(source, at);
    return { span: { from: at, to }, value: text };
  }
  const number = match(NUMBER, source, at);
  if (number !== undefined) return { span: { from: at, to: at + number.length }, value: Number(number) };
  const word = match(WORD, source, at);
  if (word === "true" || word === "false" || word === "null") {
    return { span: { from: at, to: at + word.length }, value: word === "null" ? null : word === "true" };
  }
  if (letter === undefined) throw new Stop("The JSON ends too early", at);
  throw new Stop(`A JSON value is missing here${word === undefined ? "" : `: write "${word}" in double quotes`}`, at);
}

function objectAt(source: string, from: number, depth: number): JsonNode {
  const members: JsonMember[] = [];
  let at = skip(source, from + 1);
  while (source[at] !== "}" || members.length > 0) {
    if (source[at] !== '"') throw new Stop("A key in double quotes is missing here", at);
    const { text: key, to } = stringAt(source, at);
    if (members.some((member) => member.key === key)) throw new Stop(`The key "${key}" is there twice`, at);
    const colon = skip(source, to);
    if (source[colon] !== ":") throw new Stop('A ":" is missing here', colon);
    const node = valueAt(source, skip(source, colon + 1), depth + 1);
    members.push({ key, keySpan: { from: at, to }, node });
    at = skip(source, node.span.to);
    if (source[at] === "}") break;
    if (source[at] !== ",") throw new Stop('A "," or "}" is missing here', at);
    at = skip(source, at + 1);
  }
  const value = Object.fromEntries(members.map(({ key, node }) => [key, node.value]));
  return { span: { from, to: at + 1 }, value, members };
}

function listAt(source: string, from: number, depth: number): JsonNode {
  const items: JsonNode[] = [];
  let at = skip(source, from + 1);
  while (source[at] !== "]" || items.length > 0) {
    const node = valueAt(source, at, depth + 1);
    items.push(node);
    at = skip(source, node.span.to);
    if (source[at] === "]") break;
    if (source[at] !== ",") throw new Stop('A "," or "]" is missing here', at);
    at = skip(source, at + 1);
  }
  return { span: { from, to: at + 1 }, value: items.map(({ value }) => value), items };
}

function stringAt(source: string, at: number): { text: string; to: number } {
  const written = match(STRING, source, at);
  if (written === undefined) throw new Stop("This JSON string does not end on its line", at);
  try {
    return { text: JSON.parse(written) as string, to: at + written.length };
  } catch {
    throw new Stop("This JSON string has a character or an escape that JSON does not allow", at);
  }
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}
