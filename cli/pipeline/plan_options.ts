/**
 * Options of a stage: typed by the actor's schema, then checked by the actor itself.
 *
 * @module
 */
import { type ActorClass, catalogue, type JsonSchema } from "@streamlib/core";
import { nearest } from "../nearest.ts";
import { ACTOR_PACKAGES, plainName, SHORT } from "./actor_names.ts";
import { memberSchema, namesIn, propertiesOf } from "./json_schema.ts";
import { valueOf } from "./option_value.ts";
import type { Problems, Span } from "./problem.ts";
import type { OptionTree, StageTree, ValueTree } from "./tree.ts";

/** Options by name, and where each was written. */
interface Given {
  readonly values: Record<string, unknown>;
  readonly spans: { readonly path: string; readonly span: Span }[];
}

/** Options that a message lists, at most. */
const SHOWN_MAX = 8;

const COMMON: Readonly<Record<string, string>> = {
  clock: "@clock=60 says what beats for it",
  dispatcher: "@thread or @process says where it lives",
  supervisor: "@restart makes it anew when it fails",
};

/**
 * The options to make the stage's actor with; complete only if nothing is wrong.
 *
 * @param stage The stage.
 * @param name Registered name of its actor.
 * @param actorClass Its class.
 * @param problems Takes what is wrong.
 */
export function planOptions(
  stage: StageTree,
  name: string,
  actorClass: ActorClass,
  problems: Problems,
): Record<string, unknown> {
  const { spec } = actorClass;
  const schema = spec.options?.toJSONSchema() ?? { type: "object", properties: {}, additionalProperties: false };
  const given: Given = { values: {}, spans: [] };
  const before = problems.errors;
  for (const option of stage.options) take(option, name, positionalOf(actorClass, schema), schema, given, problems);
  const isRead = problems.errors === before;
  const result = spec.options?.validate(given.values);
  const issues = result && "issues" in result ? result.issues : [];
  const isGiven = (path: string): boolean =>
    path === "" || given.spans.some((one) => one.path === path || one.path.startsWith(`${path}.`)) ||
    valueAt(given.values, path) !== undefined;
  const isFaultGiven = !isRead || issues.some(({ path }) => isGiven(path));
  for (const { path, message } of issues) {
    const span = spanOf(path, given) ?? stage.actor.span;
    const isMissing = !isGiven(path) && isRequired(path, schema);
    // What could not be read is told already, and is missing now.
    if (isMissing && !isRead) continue;
    // Options that were left out are judged by those that were given: what is wrong there says nothing new.
    if (!isMissing && !isGiven(path) && isFaultGiven) continue;
    const text = isMissing ? missing(path, name, schema) : `Option ${path} of ${name}: ${message}`;
    problems.add("option-invalid", span, text);
  }
  return given.values;
}

/** The option that a value without a key means: the one that the actor names, else the only one that it must have. */
export function positionalOf({ spec }: ActorClass, schema: JsonSchema): string | undefined {
  if (spec.positional !== undefined) return spec.positional;
  const required = (schema.required ?? []) as readonly string[];
  const { type } = required.length === 1 ? propertiesOf(schema)[required[0]] ?? {} : {};
  return type === "string" || type === "number" || type === "integer" ? required[0] : undefined;
}

function take(
  { key, value }: OptionTree,
  actor: string,
  positional: string | undefined,
  schema: JsonSchema,
  given: Given,
  problems: Problems,
): void {
  const span = key?.span ?? value.span;
  if (!key) {
    if (positional === undefined || given.spans.some(({ path }) => path === positional)) {
      problems.add("option-invalid", span, noPositional(value, actor, positional, schema) + orActor(value));
      return;
    }
    put([positional], value, span, actor, schema, given, problems);
    return;
  }
  const path: string[] = [];
  let at: JsonSchema | undefined = schema;
  for (const part of key.text.split(".")) {
    const known: readonly string[] = namesIn(at, schema);
    const name: string = known.find((one) => one === part) ?? known.find((one) => plainName(one) === plainName(part)) ??
      part;
    const member: JsonSchema | undefined = memberSchema(at, name, schema);
    if (!member) {
      problems.add("option-invalid", span, unknown([...path, part], actor, known));
      return;
    }
    path.push(name);
    at = member;
  }
  put(path, value, span, actor, schema, given, problems);
}

/** Reads a value by its schema and puts it where it belongs. */
function put(
  path: readonly string[],
  value: ValueTree,
  span: Span,
  actor: string,
  schema: JsonSchema,
  { values, spans }: Given,
  problems: Problems,
): void {
  const name = path.join(".");
  if (spans.some((one) => one.path === name || one.path.startsWith(`${name}.`) || name.startsWith(`${one.path}.`))) {
    problems.add("option-invalid", span, `Option ${name} of ${actor} is there twice: leave one out`);
    return;
  }
  spans.push({ path: name, span: { from: span.from, to: value.span.to } });
  let read: unknown;
  if (value.kind === "json") read = value.value;
  else {
    let type: JsonSchema = schema;
    for (const key of path) type = memberSchema(type, key, schema) ?? {};
    const result = valueOf(value.text, value.isQuoted, path.at(-1)!, type, schema);
    if ("problem" in result) {
      const hint = span === value.span ? orActor(value) : "";
      problems.add("option-invalid", value.span, `Option ${name} of ${actor}: ${result.problem}${hint}`);
      spans.pop();
      return;
    }
    read = result.value;
  }
  let into = values;
  for (const key of path.slice(0, -1)) {
    if (!Object.hasOwn(into, key)) define(into, key, {});
    into = into[key] as Record<string, unknown>;
  }
  define(into, path.at(-1)!, read);
}

/** Also a key such as `__proto__` is nothing but a key. */
function define(into: object, key: string, value: unknown): void {
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

function unknown(path: readonly string[], actor: string, known: readonly string[]): string {
  const name = path.join(".");
  const what = `${actor} has no option ${name}`;
  if (path.length === 1 && Object.hasOwn(COMMON, name)) return `${what}: ${COMMON[name]}`;
  if (known.length === 0) {
    return `${what}: ${path.length > 1 ? `nothing can stand in ${path.slice(0, -1).join(".")}` : "it has none"}`;
  }
  const near = nearest(path.at(-1)!, known);
  if (near.length > 0) return `${what}: did you mean ${near.join(" or ")}?`;
  const shown = known.length <= SHOWN_MAX ? known : [...known.slice(0, SHOWN_MAX), `… (streamlib inspect ${actor})`];
  return `${what}: it has ${shown.join(", ")}`;
}

function noPositional(value: ValueTree, actor: string, positional: string | undefined, schema: JsonSchema): string {
  const text = value.kind === "text" ? value.text : JSON.stringify(value.value);
  const options = Object.keys(propertiesOf(schema));
  const meant = options.find((one) => plainName(one) === plainName(text));
  if (meant !== undefined) return `${meant} is an option of ${actor} and needs a value: ${meant}=…`;
  if (positional !== undefined) return `${positional} of ${actor} is given already: options are written name=value`;
  if (options.length === 0) return `${actor} has no options`;
  return `${actor} takes no value without a name: write name=value, for example ${options[0]}=…`;
}

/** What may be meant by a value without a key that is called like an actor. */
function orActor(value: ValueTree): string {
  if (value.kind !== "text" || value.isQuoted) return "";
  const names = [...SHORT, ...Object.keys(ACTOR_PACKAGES), ...catalogue().map(({ name }) => name)];
  const isActor = names.some((name) => plainName(name) === plainName(value.text));
  return isActor ? `; if the actor ${value.text} is meant, put | before it` : "";
}

/** Whether the schema says that an option must be given, where the one that it is in is. */
function isRequired(path: string, schema: JsonSchema): boolean {
  const keys = path.split(".");
  const last = keys.pop()!;
  let type: JsonSchema = schema;
  for (const key of keys) type = memberSchema(type, key, schema) ?? {};
  return ((type.required ?? []) as readonly string[]).includes(last);
}

function missing(path: string, actor: string, schema: JsonSchema): string {
  let type: JsonSchema = schema;
  for (const key of path.split(".")) type = memberSchema(type, key, schema) ?? {};
  const { description } = type;
  return `Option ${path} of ${actor} is missing${typeof description === "string" ? `: ${description}` : ""}`;
}

/** Where the option of this path was written, or the one that it is in, or one that is in it. */
function spanOf(path: string, { spans }: Given): Span | undefined {
  const within = spans.filter((one) => path === one.path || path.startsWith(`${one.path}.`));
  return within.sort((a, b) => b.path.length - a.path.length)[0]?.span ??
    spans.find((one) => one.path.startsWith(`${path}.`))?.span;
}

function valueAt(values: unknown, path: string): unknown {
  let at = values;
  for (const key of path.split(".")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
