/**
 * Finds what can stand at the end of a command line, from the table of commands and options.
 *
 * @module
 */
import type { Command, CommandOption } from "../command.ts";
import { type LineContext, LOOK_UPS } from "./look_up.ts";
import { parseShellLine } from "./shell_line.ts";
import { safeOnes } from "./shell_safe.ts";
import { beginning, NOTHING, type Suggestion, type Suggestions } from "./suggestions.ts";

const HELP: CommandOption = { kind: "flag", description: "Say this" };

/**
 * What can stand behind a command line, now: nothing of it is kept. Words that would need quotes which are not there
 * are left out.
 *
 * @param commands The commands there are.
 * @param line What stands before the cursor, the program's name included.
 */
export async function suggest(commands: readonly Command[], line: string): Promise<Suggestions> {
  const { words, current, raw } = parseShellLine(line);
  return safeOnes(await suggestBehind(commands, words, current), raw, current);
}

async function suggestBehind(
  commands: readonly Command[],
  words: readonly string[],
  current: string,
): Promise<Suggestions> {
  const [, name, ...given] = words;
  if (words.length === 0) return NOTHING;
  if (name === undefined) {
    const all = commands.map(({ name, summary }) => ({ word: name, description: summary }));
    return { words: beginning(current, [...all, { word: "--help", description: "List the commands" }]) };
  }
  const command = commands.find((one) => one.name === name);
  return command ? await suggestFor(command, given, current) : NOTHING;
}

async function suggestFor(command: Command, words: readonly string[], current: string): Promise<Suggestions> {
  const options: Readonly<Record<string, CommandOption>> = { ...command.options, help: HELP };
  const { given, before, wanting, areOptionsOver } = read(options, words);
  const context: LineContext = {
    before,
    pid: Number(given.find(([name]) => name === "pid")?.[1]) || undefined,
  };
  if (wanting !== undefined) return await valuesOf(options[wanting], current, context);
  if (!areOptionsOver && current.startsWith("-")) {
    const [, name, typed] = /^--([a-z-]+)=([^]*)$/.exec(current) ?? [];
    if (name === undefined) return { words: beginning(current, optionWords(options, given)) };
    const { words: values, isFile = false } = options[name] ? await valuesOf(options[name], typed, context) : NOTHING;
    return { words: values.map((one) => ({ ...one, word: `--${name}=${one.word}` })), isFile };
  }
  if (before.length >= (command.positionalsMax ?? 0)) return NOTHING;
  const { choices, positionals = "" } = command;
  const value = positionals.replace(/^\[(.*)\]$/, "$1");
  return await valuesOf({ value, ...(choices && before.length === 0 ? { choices } : {}) }, current, context);
}

async function valuesOf(
  { choices, value = "" }: Pick<CommandOption, "choices" | "value">,
  typed: string,
  context: LineContext,
): Promise<Suggestions> {
  if (choices) return { words: beginning(typed, choices.map((word) => ({ word }))) };
  return Object.hasOwn(LOOK_UPS, value) ? await LOOK_UPS[value](typed, context) : NOTHING;
}

function optionWords(
  options: Readonly<Record<string, CommandOption>>,
  given: readonly (readonly [string, string])[],
): Suggestion[] {
  const isLeft = ([name, { kind }]: [string, CommandOption]): boolean =>
    kind === "texts" || !given.some(([one]) => one === name);
  return Object.entries(options).filter(isLeft).map(([name, { description }]) => ({ word: `--${name}`, description }));
}

interface Read {
  /** Options and their values; flags have an empty one. */
  readonly given: readonly (readonly [string, string])[];
  /** Arguments that are no options. */
  readonly before: readonly string[];
  /** The option whose value comes next. */
  readonly wanting: string | undefined;
  readonly areOptionsOver: boolean;
}

function read(options: Readonly<Record<string, CommandOption>>, words: readonly string[]): Read {
  const given: [string, string][] = [];
  const before: string[] = [];
  let wanting: string | undefined;
  let areOptionsOver = false;
  for (const word of words) {
    if (wanting !== undefined) {
      given.push([wanting, word]);
      wanting = undefined;
    } else if (areOptionsOver || !/^-./.test(word)) before.push(word);
    else if (word === "--") areOptionsOver = true;
    else {
      const [, long, value] = /^--([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
      const name = long ?? Object.keys(options).find((one) => options[one].short === word[1]);
      if (name === undefined || !Object.hasOwn(options, name)) continue;
      if (value === undefined && options[name].kind !== "flag") wanting = name;
      else given.push([name, value ?? ""]);
    }
  }
  return { given, before, wanting, areOptionsOver };
}
