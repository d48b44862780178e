/**
 * Options of actors: what core must know of a schema, and the adapter that makes one of any schema library.
 *
 * @module
 */
import { StreamError } from "./errors.ts";

/** One thing that is wrong with given options. */
export interface OptionIssue {
  /** Where, for example `layers.logo.x`; empty for the whole. */
  readonly path: string;
  /** What would be right. */
  readonly message: string;
}

/** A JSON Schema document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How core checks, completes and explains the options of an actor. `O`: complete options. */
export interface OptionsSchema<O = unknown> {
  /** The complete options, defaults filled in, or what is wrong. Must not throw for bad input. */
  validate(given: unknown): { readonly value: O } | { readonly issues: readonly OptionIssue[] };
  /** The options as they may be given, for command lines, docs and agents. */
  toJSONSchema(): JsonSchema;
}

/**
 * The part of a Standard Schema (v1, with JSON Schema) that the adapter uses. zod ≥ 4.2 has it; other libraries have it
 * where they implement Standard JSON Schema.
 */
export interface StandardSchema {
  /** What the standard asks of a schema; `validate` must answer at once. */
  readonly "~standard": {
    validate(value: unknown):
      | { readonly value: unknown; readonly issues?: undefined }
      | { readonly issues: readonly StandardIssue[] }
      | Promise<unknown>;
    readonly jsonSchema: { input(options: { target: "draft-2020-12" }): Record<string, unknown> };
  };
}

/** An issue as Standard Schema gives it. */
export interface StandardIssue {
  /** What is wrong, or what would be right. */
  readonly message: string;
  /** Keys from the outermost object inwards; absent for the whole. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * The options schema of an actor, from a schema library's object.
 *
 * @param schema A synchronous object schema. Make it strict, so that a misspelt option is an error. With an
 * asynchronous one `validate` throws a TypeError.
 */
export function optionsFrom<O>(schema: StandardSchema): OptionsSchema<O> {
  return {
    validate(given) {
      const result = schema["~standard"].validate(given);
      if (result instanceof Promise) throw new TypeError("Cannot use an asynchronous schema for options");
      if (result.issues) return { issues: result.issues.map(issueOf) };
      return { value: result.value as O };
    },
    toJSONSchema: () => schema["~standard"].jsonSchema.input({ target: "draft-2020-12" }),
  };
}

/** The schema of an actor that has no options. */
export const NO_OPTIONS: OptionsSchema<Record<string, never>> = {
  validate(given) {
    const unknown = Object.keys(given as object);
    return unknown.length === 0
      ? { value: {} }
      : { issues: unknown.map((path) => ({ path, message: "this actor has no such option" })) };
  },
  toJSONSchema: () => ({ type: "object", properties: {}, additionalProperties: false }),
};

/**
 * Complete options, or one error that names the actor, each wrong option, its value, and what would be right.
 *
 * @param label The actor, for example `TestPattern "bars"`.
 * @throws {StreamError} `option-invalid`.
 */
export function parseOptions<O>(schema: OptionsSchema<O>, given: unknown, label: string): O {
  const result = schema.validate(given);
  if ("value" in result) return result.value;
  const parts = result.issues.map(({ path, message }) => {
    const value = valueAt(given, path);
    return `${path === "" ? "options" : `option ${path}`}${value === undefined ? "" : ` = ${show(value)}`}: ${message}`;
  });
  throw new StreamError("option-invalid", `Cannot make ${label}: ${parts.join("; ")}`);
}

function issueOf(issue: StandardIssue): OptionIssue {
  const path = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
  return { path, message: issue.message };
}

function valueAt(given: unknown, path: string): unknown {
  let at: unknown = given;
  for (const key of path === "" ? [] : path.split(".")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return path === "" ? undefined : at;
}

function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  try {
    return JSON.stringify(value)?.slice(0, 120) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
