/**
 * What can stand at the end of a pipeline's text: actors, stages and their ports, options and their values, placements.
 *
 * @module
 */
import type { AnyActorSpec, JsonSchema, Registration } from "@streamlib/core";
import { readdirSync } from "node:fs";
import { kebab, SHORT } from "../pipeline/actor_names.ts";
import { alternativesOf, memberSchema, propertiesOf } from "../pipeline/json_schema.ts";
import { positionalOf } from "../pipeline/plan_options.ts";
import { PLACEMENTS } from "../pipeline/plan_placement.ts";
import { ownActor, ownActors } from "./own_actors.ts";
import { isPlain } from "./shell_safe.ts";
import { beginning, NOTHING, type Suggestion, type Suggestions } from "./suggestions.ts";

/** Between `|` and `;`: what was typed of a stage. */
interface TypedStage {
  /** Its name, if it has one. */
  readonly label: string | undefined;
  /** The actor or the stage that it names, perhaps with a port; the rest. */
  readonly words: readonly string[];
  /** Nothing flows into it here. */
  readonly isFirst: boolean;
}

/** A value or quoted text is one word; comments are left out. */
const TOKEN = /#[^\n]*|[|;\n]|(?:"(?:[^"\\]|\\[^])*(?:"|$)|'[^']*(?:'|$)|[^\s|;"'])+/g;
const LABEL = /^([A-Za-z][A-Za-z0-9_-]*):/;

/**
 * What can stand there.
 *
 * @param typed The word of the command line up to the cursor: all of a pipeline in quotes, else its last word.
 * @param before Words of the command line before it.
 */
export async function suggestInPipeline(typed: string, before: readonly string[]): Promise<Suggestions> {
  const text = [...before, typed].join(" ");
  const last = /[^\s|;]*$/.exec(text)![0];
  const stages = stagesOf(text, last);
  const stage = stages.at(-1)!;
  const words = await wordsFor(stage, last, stages.slice(0, -1));
  if (words.length === 0) return NOTHING;
  const kept = typed.slice(0, typed.length - last.length);
  return { words: words.map((one) => ({ ...one, word: kept + one.word })), isOpen: true };
}

async function wordsFor(stage: TypedStage, last: string, others: readonly TypedStage[]): Promise<Suggestion[]> {
  if (last.startsWith("@")) {
    const isAlone = stage.words.length === 0 && stage.label === undefined && stage.isFirst;
    const names = [...PLACEMENTS, ...(isAlone ? ["plugin="] : [])];
    return beginning(last, names.map((name) => ({ word: `@${name}` })));
  }
  if (stage.words.length > 0) {
    const found = await actorOf(stage);
    return found ? optionWords(found, last, stage.words.slice(1)) : [];
  }
  const label = LABEL.exec(last)?.[0] ?? "";
  const typed = last.slice(label.length);
  const dot = typed.lastIndexOf(".");
  const words = dot < 0
    ? await headWords(stage.isFirst, others)
    : await portWords(typed.slice(0, dot), stage.isFirst, others);
  return beginning(typed, words).map((one) => ({ ...one, word: label + one.word }));
}

/** Actors, and the stages that have a name. */
async function headWords(isFirst: boolean, others: readonly TypedStage[]): Promise<Suggestion[]> {
  const fitting = (await ownActors()).filter(({ actorClass: { spec } }) => isFirst || spec.inputs !== undefined);
  return [
    ...others.flatMap(({ label }) => label === undefined ? [] : [{ word: label, description: "a stage" }]),
    ...SHORT.map((word) => ({ word, description: "a short name" })),
    ...fitting.map(({ name, actorClass }) => ({ word: kebab(name), description: actorClass.spec.description })),
  ];
}

/** `mix.layer`: ports of a stage, or of an actor. */
async function portWords(head: string, isFirst: boolean, others: readonly TypedStage[]): Promise<Suggestion[]> {
  const named = others.find(({ label }) => label === head) ?? others.find(({ words }) => words[0] === head);
  const found = await actorOf(named ?? { label: undefined, words: [head], isFirst });
  if (!found) return [];
  const { inputs, outputs }: AnyActorSpec = found.actorClass.spec;
  return Object.keys((isFirst ? outputs : inputs) ?? {}).map((port) => ({ word: `${head}.${port}` }));
}

function optionWords({ actorClass }: Registration, last: string, given: readonly string[]): Suggestion[] {
  const schema = actorClass.spec.options?.toJSONSchema() ?? {};
  const positional = positionalOf(actorClass, schema);
  const [, key, value] = /^([A-Za-z_][\w.-]*)=([^]*)$/.exec(last) ?? [];
  if (key !== undefined) {
    return valueWords(key, value, schema).map((one) => ({ ...one, word: `${key}=${one.word}` }));
  }
  const isLeft = (name: string): boolean => !given.some((one) => one.startsWith(`${name}=`));
  const names = Object.entries(propertiesOf(schema)).filter(([name]) => isLeft(name)).map((
    [name, { description }],
  ) => ({
    word: `${name}=`,
    description: typeof description === "string" ? description : undefined,
  }));
  const hasNone = given.every((one) => one.includes("=") || one.startsWith("@"));
  const values = positional !== undefined && hasNone && isLeft(positional) ? valueWords(positional, last, schema) : [];
  return [...values, ...beginning(last, names)];
}

/** Values that an option can have, as far as its schema lists them; files for a path. */
function valueWords(name: string, typed: string, schema: JsonSchema): Suggestion[] {
  if (name === "path") return filesAt(typed);
  const types = alternativesOf(memberSchema(schema, name, schema) ?? {}, schema);
  const values = types.flatMap(({ type, enum: list, const: only }): unknown[] =>
    Array.isArray(list) ? list : only !== undefined ? [only] : type === "boolean" ? [true, false] : []
  );
  return beginning(typed, values.map((value) => ({ word: String(value) })));
}

/** Files whose names need no quotes; folders end with a slash. */
function filesAt(typed: string): Suggestion[] {
  const folder = typed.slice(0, typed.lastIndexOf("/") + 1);
  try {
    const words = readdirSync(folder === "" ? "." : folder, { withFileTypes: true })
      .filter(({ name }) => isPlain(name))
      .map((entry) => ({ word: `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}` }));
    return beginning(typed, words);
  } catch {
    // A folder that cannot be read has no files to offer.
    return [];
  }
}

function actorOf({ words, isFirst }: TypedStage): Promise<Registration | undefined> {
  return ownActor(words[0].split(".")[0], isFirst);
}

/** Stages in the order of the text; the last one without the word that is being typed. */
function stagesOf(text: string, last: string): TypedStage[] {
  const stages: TypedStage[] = [];
  let words: string[] = [];
  let isFirst = true;
  const end = (): void => void stages.push({ ...labelled(words), isFirst });
  for (const [token] of text.slice(0, text.length - last.length).matchAll(TOKEN)) {
    if (token.startsWith("#")) continue;
    if (!/^[|;\n]$/.test(token)) words.push(token);
    else {
      end();
      isFirst = token !== "|";
      words = [];
    }
  }
  end();
  return stages;
}

/** What stands before the colon, and the words behind it; defaults such as `@thread` alone are no stage. */
function labelled(words: readonly string[]): Pick<TypedStage, "label" | "words"> {
  const [head = "", ...rest] = words;
  const label = LABEL.exec(head)?.[1];
  const actor = label === undefined ? head : head.slice(label.length + 1);
  const all = [...(actor === "" ? [] : [actor]), ...rest];
  return { label, words: all[0]?.startsWith("@") ? [] : all };
}
