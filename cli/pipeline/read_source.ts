/**
 * Gets the pipeline that a command was given: typed, from a file, or from standard input.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import process from "node:process";
import type { CommandOption, GivenOptions, Screen } from "../command.ts";
import { PLUGIN_OPTIONS } from "../plugin/plugin_options.ts";
import { type CheckedPipeline, checkPipeline, type PipelineSource } from "./check_pipeline.ts";
import { problemLines } from "./problem.ts";

/** Options of every command that takes a pipeline. */
export const PIPELINE_OPTIONS: Readonly<Record<string, CommandOption>> = {
  file: {
    kind: "text",
    short: "f",
    value: "FILE",
    description: "Read the pipeline from FILE, text or JSON; - is stdin",
  },
  set: { kind: "texts", value: "NAME=VALUE", description: "Give $NAME a value; may be given again" },
  ...PLUGIN_OPTIONS,
};

/** Problems that are told to people, at most. */
const TOLD_MAX = 20;

/** A pipeline that was read and checked, with what it came from. */
export interface GivenPipeline extends CheckedPipeline {
  readonly source: PipelineSource;
}

/**
 * Reads and checks the pipeline that a command was given.
 *
 * @returns It, or why there is none to check.
 */
export async function givenPipeline(
  given: GivenOptions,
  positionals: readonly string[],
): Promise<GivenPipeline | string> {
  const set = variablesOf((given.set ?? []) as readonly string[]);
  if (typeof set === "string") return set;
  const source = readSource(given.file as string | undefined, positionals);
  if (typeof source === "string") return source;
  const plugins = (given.plugin ?? []) as readonly string[];
  const file = given.file as string | undefined;
  const folder = file === undefined || file === "-" ? process.cwd() : dirname(resolve(file));
  const options = { plugins, folder, isFrozen: given.frozen === true, set, environment: process.env };
  return { source, ...await checkPipeline(source, options) };
}

/** Tells every problem of a pipeline. */
export function tellProblems(
  { source, problems }: Pick<GivenPipeline, "source" | "problems">,
  screen: Screen,
): void {
  for (const problem of problems.slice(0, TOLD_MAX)) {
    for (const line of problemLines(source.text, problem, source.name, screen.hasColour)) screen.err(line);
  }
  const left = problems.length - TOLD_MAX;
  if (left > 0) screen.err(`and ${left} more: check --json lists them all`);
}

function variablesOf(given: readonly string[]): Record<string, string> | string {
  const set: [string, string][] = [];
  for (const one of given) {
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(one) ?? [];
    if (name === undefined) return `"${one}" sets no variable: --set NAME=VALUE is right`;
    set.push([name, value]);
  }
  return Object.fromEntries(set);
}

function readSource(file: string | undefined, positionals: readonly string[]): PipelineSource | string {
  if (file !== undefined && positionals.length > 0) return "give a pipeline or --file FILE, not both";
  if (file === undefined && positionals.length === 0) {
    return "a pipeline is missing: for example 'test-pattern | display', in quotes, or --file FILE";
  }
  if (file === undefined) return { text: joined(positionals), name: undefined, isJson: false };
  try {
    const text = readFileSync(file === "-" ? 0 : file, "utf8").replace(/^\ufeff/, "");
    return { text, name: file === "-" ? "stdin" : file, isJson: /^\s*\{/.test(text) };
  } catch (thrown) {
    return `${file} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

/** A shell has taken the quotes of several words away: one with spaces in it was quoted. */
function joined(words: readonly string[]): string {
  if (words.length === 1) return words[0];
  return words.map((word) => {
    if (!/\s/.test(word)) return word;
    const [, key = "", value] = /^([A-Za-z][A-Za-z0-9_.-]*=)?([\s\S]*)$/.exec(word)!;
    return key + (value.includes("'") ? `"${value.replaceAll('"', '\\"')}"` : `'${value}'`);
  }).join(" ");
}
