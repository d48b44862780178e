/**
 * `streamlib inspect`: the catalogue, or one actor.
 *
 * @module
 */
import { type ActorDescription, catalogue, describeActor, findActor } from "@streamlib/core";
import type { Command, Screen } from "./command.ts";
import { actorLines, catalogueLines, exampleOf } from "./inspect_text.ts";
import { nearest } from "./nearest.ts";
import { importPlugins, OFFICIAL_PLUGINS } from "./plugins.ts";

/** Exit code 1 if the actor, or a plugin that was asked for, cannot be found. */
export const inspect: Command = {
  name: "inspect",
  summary: "List the actors, or explain one: ports, options, controls",
  positionals: "[ACTOR]",
  positionalsMax: 1,
  options: {
    json: { kind: "flag", description: "Write JSON: a list of actors" },
    plugin: { kind: "texts", value: "SPEC", description: "Also import this path or package; may be given again" },
  },
  async run({ json, plugin }, [name], screen: Screen) {
    const asked = (plugin ?? []) as readonly string[];
    const states = await importPlugins([...OFFICIAL_PLUGINS, ...asked]);
    const failed = states.filter(({ state, specifier }) =>
      state === "failed" || state === "absent" && asked.includes(specifier)
    );
    for (const { specifier, reason } of failed) screen.err(`Cannot import ${specifier}: ${reason}`);
    const broken = failed.some(({ specifier }) => asked.includes(specifier)) ? 1 : 0;
    const known = catalogue().map((entry) => entry.name);
    if (name !== undefined && !known.includes(name)) {
      const near = nearest(name, known);
      const hint = near.length > 0
        ? `did you mean ${near.join(" or ")}?`
        : `registered are ${known.join(", ") || "none"};`;
      screen.err(`Cannot find actor ${name}: ${hint} other packages are imported with --plugin SPEC`);
      return 1;
    }
    const described = (name === undefined ? known : [name]).map(describe);
    if (json === true) screen.out(JSON.stringify(described, null, 2));
    else for (const line of name === undefined ? catalogueLines(described) : actorLines(described[0])) screen.out(line);
    return broken;
  },
};

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
