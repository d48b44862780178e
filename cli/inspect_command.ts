/**
 * `streamlib inspect`: the catalogue, or one actor.
 *
 * @module
 */
import { type ActorDescription, catalogue, describeActor, findActor } from "@streamlib/core";
import type { Command, Screen } from "./command.ts";
import { actorLines, catalogueLines, exampleOf } from "./inspect_text.ts";
import { nearest } from "./nearest.ts";
import { longName, plainName } from "./pipeline/actor_names.ts";
import { PLUGIN_OPTIONS } from "./plugin/plugin_options.ts";
import { importPlugins, OFFICIAL_PLUGINS } from "./plugins.ts";

/** Exit code 1 if the actor, or a plugin that was asked for, cannot be found. */
export const inspect: Command = {
  name: "inspect",
  summary: "List the actors, or explain one: ports, options, controls",
  positionals: "[ACTOR]",
  positionalsMax: 1,
  options: {
    json: { kind: "flag", description: "Write JSON: a list of actors" },
    ...PLUGIN_OPTIONS,
  },
  async run({ json, plugin, frozen }, [name], screen: Screen) {
    const asked = (plugin ?? []) as readonly string[];
    const states = await importPlugins([...OFFICIAL_PLUGINS, ...asked], { isFrozen: frozen === true });
    const failed = states.filter(({ state, specifier }) =>
      state === "failed" || state === "absent" && asked.includes(specifier)
    );
    for (const { specifier, reason, code } of failed) screen.err(`Cannot import ${specifier}: ${reason} [${code}]`);
    const broken = failed.some(({ specifier }) => asked.includes(specifier)) ? 1 : 0;
    const known = catalogue().map((entry) => entry.name);
    const wanted = name === undefined ? undefined : meant(name, known);
    if (name !== undefined && wanted === undefined) {
      const near = nearest(name, known);
      const hint = near.length > 0
        ? `did you mean ${near.join(" or ")}?`
        : `registered are ${known.join(", ") || "none"};`;
      screen.err(`Cannot find actor ${name}: ${hint} other packages are imported with --plugin SPEC`);
      return 1;
    }
    const described = (wanted === undefined ? known : [wanted]).map(describe);
    if (json === true) screen.out(JSON.stringify(described, null, 2));
    else for (const line of name === undefined ? catalogueLines(described) : actorLines(described[0])) screen.out(line);
    return broken;
  },
};

/** The actor that a word means: any spelling, as in a pipeline; a short name if it stands for one actor only. */
function meant(word: string, known: readonly string[]): string | undefined {
  const [first, later] = [longName(word, true), longName(word, false)];
  const plain = plainName(first === later ? first : word);
  return known.find((name) => name === word) ?? known.find((name) => plainName(name) === plain);
}

/** An actor as `inspect --json` gives it. */
export interface InspectedActor extends ActorDescription {
  /** Name of the class that programs make. */
  readonly className: string;
  /** A line of code that makes one. */
  readonly example: string;
}

function describe(name: string): InspectedActor {
  const className = findActor(name).actorClass.name;
  const described = describeActor(name);
  return { ...described, className, example: exampleOf(className, described) };
}
