/**
 * `streamlib completions`: what a shell needs to complete command lines, and what it asks for at a Tab.
 *
 * @module
 */
import type { Command, Screen } from "./command.ts";
import { SCRIPTS } from "./completions/scripts.ts";
import { suggest } from "./completions/suggest.ts";
import { suggestionLines } from "./completions/suggestions.ts";
import { divertOutput } from "./run/divert_output.ts";

const SHELLS = Object.keys(SCRIPTS);
const RIGHT = `${SHELLS.slice(0, -1).join(", ")} and ${SHELLS.at(-1)} are right`;

/**
 * Makes the command.
 *
 * @param commands The commands that are completed; this one is added.
 */
export function completionsOf(commands: readonly Command[]): Command {
  const command: Command = {
    name: "completions",
    summary: `Write the completion script of a shell: ${SHELLS.join(", ")}`,
    positionals: "SHELL | words LINE",
    positionalsMax: 2,
    choices: SHELLS,
    options: {},
    async run(_given, [what, line], screen) {
      if (what === "words" && line !== undefined) {
        for (const one of await wordsOf([...commands, command], line)) screen.out(one);
        return 0;
      }
      return write(what, line, screen);
    },
  };
  return command;
}

/** Exit code 0 if it was written, 2 if there is no such shell. */
function write(shell: string | undefined, more: string | undefined, screen: Screen): number {
  const script = shell !== undefined && Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined || more !== undefined) {
    const what = shell === undefined
      ? "the name of a shell is missing"
      : shell === "words"
      ? "the command line up to the cursor is missing: streamlib completions words -- 'streamlib ins'"
      : script === undefined
      ? `there is none for ${shell}`
      : `"${more}" is one argument too many`;
    screen.err(`Cannot write completions: ${what}; ${RIGHT}`);
    return 2;
  }
  screen.out(script.trimEnd());
  return 0;
}

/** A shell that completes cannot show an error: where something is wrong there is nothing to offer. */
async function wordsOf(commands: readonly Command[], line: string): Promise<string[]> {
  // What a module prints while it is loaded is no word.
  const giveBack = divertOutput();
  try {
    return suggestionLines(await suggest(commands, line));
  } catch {
    return [];
  } finally {
    giveBack();
  }
}
