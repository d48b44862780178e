/**
 * `streamlib new`: a project of one's own.
 *
 * @module
 */
import type { Command } from "./command.ts";

/** Exit code 0 if it was made, 1 if not, 2 if it was asked for wrongly. */
export const newProject: Command = {
  name: "new",
  summary: "Make a project: a plugin with an actor, one with native code, an app",
  positionals: "[NAME]",
  positionalsMax: 1,
  options: {
    template: {
      kind: "text",
      value: "TEMPLATE",
      choices: ["actor-plugin", "native-plugin", "app"],
      description: "actor-plugin (default), native-plugin or app",
    },
    dir: { kind: "text", value: "FOLDER", description: "where; default: NAME without its scope" },
    actor: { kind: "text", value: "NAME", description: "name of the actor; default: from NAME" },
    yes: { kind: "flag", description: "ask nothing" },
  },
  async run({ template, dir, actor, yes }, positionals) {
    const { runCreate } = await import("@streamlib/create");
    const texts = Object.entries({ template, dir, actor }).flatMap(([name, value]) =>
      typeof value === "string" ? [`--${name}`, value] : []
    );
    return await runCreate([...positionals, ...texts, ...(yes ? ["--yes"] : [])], undefined, "streamlib new");
  },
};
