/**
 * Finds the actors that a pipeline names, importing no more packages than it takes.
 *
 * @module
 */
import process from "node:process";
import { catalogue, type Registration } from "@streamlib/core";
import { nearest } from "../nearest.ts";
import { importPlugin, OFFICIAL_PLUGINS, type PluginState } from "../plugins.ts";
import { ACTOR_PACKAGES, kebab, longName, plainName, SHORT } from "./actor_names.ts";
import type { ProblemCode, Problems, Span } from "./problem.ts";
import type { StageTree, Word } from "./tree.ts";

/** What a pipeline says of plugins itself. */
export interface NamedPlugins {
  /** Their names, where they stand. */
  readonly words: readonly Word[];
  /** Where the pipeline stands: paths of these begin there, and the versions of all are written down there. */
  readonly folder: string;
  /** Refuse what is not written down. */
  readonly isFrozen: boolean;
}

/**
 * The class of each stage, in their order; `undefined` where there is none, which is a problem then.
 *
 * @param stages The stages.
 * @param plugins Further plugins to import: paths begin in the working folder.
 * @param problems Takes what is wrong.
 * @param named Those that the pipeline names itself.
 */
export async function loadActors(
  stages: readonly StageTree[],
  plugins: readonly string[],
  problems: Problems,
  named: NamedPlugins = { words: [], folder: process.cwd(), isFrozen: false },
): Promise<(Registration | undefined)[]> {
  await loadPlugins(plugins, named, problems);
  const known = stages.map((stage) => packageOf(stage)).filter((name) => name !== undefined);
  const states = new Map<string, PluginState>();
  const bring = async (names: readonly string[]): Promise<void> => {
    const wanted = [...new Set(names)].filter((name) => !states.has(name));
    for (const state of await Promise.all(wanted.map((name) => importPlugin(name)))) states.set(state.specifier, state);
  };
  await bring(known);
  if (stages.some((stage) => !find(stage))) await bring([...OFFICIAL_PLUGINS, ...Object.values(ACTOR_PACKAGES)]);
  return stages.map((stage) => {
    const found = find(stage);
    if (!found) problems.add(...notFound(stage, states));
    return found;
  });
}

/** What is said of plugins. */
const PLUGIN_CODES: readonly ProblemCode[] = [
  "catalogue-clash",
  "option-invalid",
  "plugin-changed",
  "plugin-empty",
  "plugin-lock",
  "plugin-missing",
  "plugin-unreachable",
  "plugin-unsuited",
  "version-clash",
];

/** The code of a problem with a plugin: that of its state, if pipelines have it. */
export function pluginProblem(code: PluginState["code"]): ProblemCode {
  return PLUGIN_CODES.find((one) => one === code) ?? "plugin-failed";
}

async function loadPlugins(
  plugins: readonly string[],
  { words, folder, isFrozen }: NamedPlugins,
  problems: Problems,
): Promise<void> {
  const load = async (specifier: string, span: Span | undefined, from: string): Promise<void> => {
    const options = { folder: from, lockFolder: folder, isFrozen };
    const { state, code, reason } = await importPlugin(specifier, options);
    if (state === "imported") return;
    problems.add(pluginProblem(code), span, `Cannot import plugin ${specifier}: ${reason}`);
  };
  for (const specifier of plugins) await load(specifier, undefined, process.cwd());
  for (const { text, span } of words) await load(text, span, folder);
}

/** The registered class that a stage means: by its name, else by a short name. */
function find({ actor, isFirst }: StageTree): Registration | undefined {
  const all = catalogue();
  const named = (name: string): Registration | undefined =>
    all.find((one) => one.name === name) ?? all.find((one) => plainName(one.name) === plainName(name));
  return named(actor.text) ?? named(longName(actor.text, isFirst));
}

function packageOf(stage: StageTree): string | undefined {
  if (find(stage)) return undefined;
  const wanted = plainName(longName(stage.actor.text, stage.isFirst));
  const name = Object.keys(ACTOR_PACKAGES).find((one) => plainName(one) === wanted);
  return name === undefined ? undefined : ACTOR_PACKAGES[name];
}

function notFound(stage: StageTree, states: ReadonlyMap<string, PluginState>): Parameters<Problems["add"]> {
  const { actor, isFirst } = stage;
  const state = states.get(packageOf(stage) ?? "");
  if (state && state.state !== "imported") {
    const remedy = state.state === "absent"
      ? `it is not installed here; --plugin npm:${state.specifier} fetches it, npm install, bun add or deno add installs it`
      : `it cannot be imported: ${state.reason}`;
    return ["plugin-missing", actor.span, `The actor ${actor.text} is in the package ${state.specifier}: ${remedy}`];
  }
  const names = [...new Set([...catalogue().map(({ name }) => name), ...Object.keys(ACTOR_PACKAGES)])].map(kebab);
  const near = nearest(kebab(longName(actor.text, isFirst)), [...names, ...SHORT]);
  const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : described(actor.text);
  return [
    "catalogue-unknown",
    actor.span,
    `There is no actor ${actor.text}: ${hint} other packages are imported with --plugin SPEC`,
  ];
}

/** An actor that says the word about itself, if no name is near it. */
function described(word: string): string {
  const plain = word.toLowerCase();
  const said = catalogue().find(({ actorClass }) =>
    actorClass.spec.description.toLowerCase().split(/\W+/).includes(plain)
  );
  if (!said) return "streamlib inspect lists them;";
  return `did you mean ${kebab(said.name)} (${said.actorClass.spec.description})?`;
}
