/**
 * Finds the actors that a pipeline names, importing no more packages than it takes.
 *
 * @module
 */
import { catalogue, type Registration } from "@streamlib/core";
import { nearest } from "../nearest.ts";
import { importPlugin, importPlugins, OFFICIAL_PLUGINS, type PluginState } from "../plugins.ts";
import { ACTOR_PACKAGES, kebab, longName, plainName, SHORT } from "./actor_names.ts";
import type { Problems } from "./problem.ts";
import type { StageTree } from "./tree.ts";

/**
 * The class of each stage, in their order; `undefined` where there is none, which is a problem then.
 *
 * @param stages The stages.
 * @param plugins Further plugins to import.
 * @param problems Takes what is wrong.
 */
export async function loadActors(
  stages: readonly StageTree[],
  plugins: readonly string[],
  problems: Problems,
): Promise<(Registration | undefined)[]> {
  for (const { specifier, state, reason } of await importPlugins(plugins)) {
    if (state === "imported") continue;
    problems.add("plugin-missing", undefined, `Cannot import plugin ${specifier}: ${reason}`);
  }
  const known = stages.map((stage) => packageOf(stage)).filter((name) => name !== undefined);
  const states = new Map<string, PluginState>();
  const bring = async (names: readonly string[]): Promise<void> => {
    const wanted = [...new Set(names)].filter((name) => !states.has(name));
    for (const state of await Promise.all(wanted.map(importPlugin))) states.set(state.specifier, state);
  };
  await bring(known);
  if (stages.some((stage) => !find(stage))) await bring([...OFFICIAL_PLUGINS, ...Object.values(ACTOR_PACKAGES)]);
  return stages.map((stage) => {
    const found = find(stage);
    if (!found) problems.add(...notFound(stage, states));
    return found;
  });
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
      ? `it is not installed here; deno add jsr:${state.specifier}, or bun add ${state.specifier}`
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
