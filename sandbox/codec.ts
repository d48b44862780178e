/**
 * Messages as lines of text, between home and a process that is not trusted.
 *
 * JSON, because what reads it makes nothing but plain values; what JSON does not have is an object with the one key `$`.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Longest line, characters. */
export const LINE_CHARACTERS_MAX: number = 1 << 20;

const DEPTH_MAX = 64;

const VIEWS = [
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
] as const;

/** Names that would be more than data when they are read from, or assigned to, an object. */
const FORBIDDEN: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * The line for a value, without its end.
 *
 * @throws {TypeError} For what is not plain: null, undefined, booleans, numbers, bigints, strings, typed arrays, Map, Set,
 * Date, arrays and plain objects are.
 * @throws {RangeError} For a line of more than {@linkcode LINE_CHARACTERS_MAX}.
 */
export function encode(value: unknown): string {
  const line = JSON.stringify(toJson(value, 0));
  if (line.length <= LINE_CHARACTERS_MAX) return line;
  throw new RangeError(`it is ${line.length} characters long, and ${LINE_CHARACTERS_MAX} are right`);
}

/**
 * The value of a line.
 *
 * @throws {Error} For a line that {@linkcode encode} cannot have written.
 */
export function decode(line: string): unknown {
  return fromJson(JSON.parse(line), 0);
}

function toJson(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new TypeError(`it is nested more than ${DEPTH_MAX} deep, or contains itself`);
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $: ["f", Object.is(value, -0) ? "-0" : `${value}`] };
    case "bigint":
      return { $: ["n", `${value}`] };
    case "undefined":
      return { $: ["u"] };
    case "object":
      return value === null ? null : objectToJson(value, depth + 1);
    default:
      throw new TypeError(`a ${typeof value} cannot be cloned`);
  }
}

function objectToJson(value: object, depth: number): unknown {
  if (Array.isArray(value)) return value.map((one) => toJson(one, depth));
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof SharedArrayBuffer) throw new TypeError("memory that is shared cannot be cloned");
    const kind = VIEWS.findIndex((View) => value.constructor === View || View === Uint8Array && value instanceof View);
    if (kind < 0) throw new TypeError("a DataView cannot be cloned; give a typed array");
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { $: ["b", kind, bytes.toString("base64")] };
  }
  if (value instanceof Date) return { $: ["d", toJson(value.getTime(), depth)] };
  if (value instanceof Map) return { $: ["m", [...value].map(([k, v]) => [toJson(k, depth), toJson(v, depth)])] };
  if (value instanceof Set) return { $: ["s", [...value].map((one) => toJson(one, depth))] };
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError(`a ${prototype.constructor?.name ?? "class instance"} cannot be cloned; give plain values`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [checkKey(key), toJson(one, depth)]),
  );
}

function checkKey(key: string): string {
  if (key === "$" || FORBIDDEN.has(key)) throw new TypeError(`an object may not have the key ${JSON.stringify(key)}`);
  return key;
}

function fromJson(value: unknown, depth: number): unknown {
  if (depth > DEPTH_MAX * 2) throw new TypeError("it is nested too deep");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => fromJson(one, depth + 1));
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === "$") return special((value as { $: unknown }).$, depth + 1);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [checkKey(key), fromJson(one, depth + 1)]),
  );
}

function special(entry: unknown, depth: number): unknown {
  if (!Array.isArray(entry)) throw new TypeError("its special values are malformed");
  const [kind, first, second] = entry;
  switch (kind) {
    case "u":
      return undefined;
    case "n":
      if (typeof first === "string" && /^-?\d{1,40}$/.test(first)) return BigInt(first);
      break;
    case "f":
      if (["NaN", "Infinity", "-Infinity", "-0"].includes(first)) return Number(first);
      break;
    case "d":
      return new Date(fromJson(first, depth) as number);
    case "b":
      if (Object.hasOwn(VIEWS, first) && typeof second === "string") return viewOf(first, second);
      break;
    case "m":
      if (isPairs(first)) return new Map(first.map(([k, v]) => [fromJson(k, depth), fromJson(v, depth)]));
      break;
    case "s":
      if (Array.isArray(first)) return new Set(first.map((one) => fromJson(one, depth)));
  }
  throw new TypeError("its special values are malformed");
}

function isPairs(value: unknown): value is [unknown, unknown][] {
  return Array.isArray(value) && value.every((one) => Array.isArray(one) && one.length === 2);
}

function viewOf(kind: number, base64: string): ArrayBufferView {
  const View = VIEWS[kind];
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length % View.BYTES_PER_ELEMENT !== 0) throw new TypeError("a typed array has half an element");
  // Memory of its own, aligned, and not a part of a pool.
  return new View(new Uint8Array(bytes).buffer);
}
