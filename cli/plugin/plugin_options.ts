/**
 * Options of commands that import plugins.
 *
 * @module
 */
import type { CommandOption } from "../command.ts";

/** Options of every command that imports plugins. */
export const PLUGIN_OPTIONS: Readonly<Record<string, CommandOption>> = {
  plugin: {
    kind: "texts",
    value: "SPEC",
    description: "Also import npm:NAME@RANGE, jsr:@SCOPE/NAME, a path or package; may be given again",
  },
  frozen: { kind: "flag", description: "Refuse plugins of a registry that streamlib.lock.json does not have" },
};
