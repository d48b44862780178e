/**
 * Reads the command line: finds the command, checks its options, prints help.
 *
 * Exit codes: 0 success, 1 failure, 2 a command line that cannot be understood.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Command, Screen } from "./command.ts";
import { nearest } from "./nearest.ts";
import { terminalScreen } from "./terminal.ts";
import { cliVersion } from "./version.ts";

/**
 * Runs the command that `given` names.
 *
 * @param commands The commands there are.
 * @param given Words after the program's name.
 * @param screen Where to write; the terminal unless said.
 * @returns The exit code.
 */
export async function runCommandLine(
  commands: readonly Command[],
  given: readonly string[],
  screen: Screen = terminalScreen(),
): Promise<number> {
  const [name, ...rest] = given;
  if (name === "--help" || name === "help") {
    for (const line of helpOfAll(commands)) screen.out(line);
    return 0;
  }
  if (name === "--version") {
    screen.out(cliVersion());
    return 0;
  }
  if (name === undefined) {
    for (const line of helpOfAll(commands)) screen.err(line);
    return 2;
  }
  const command = commands.find((one) => one.name === name);
  if (!command) {
    const near = nearest(name, commands.map((one) => one.name));
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : "see streamlib --help";
    screen.err(`Cannot run ${name}: there is no such command; ${hint}`);
    return 2;
  }
  const parsed = parse(command, rest);
  if (typeof parsed === "string") {
    screen.err(`Cannot run ${command.name}: ${parsed}; see streamlib ${command.name} --help`);
    return 2;
  }
  if (parsed.values.help === true) {
    for (const line of helpOf(command)) screen.out(line);
    return 0;
  }
  try {
    return await command.run(parsed.values, parsed.positionals, screen);
  } catch (thrown) {
    screen.err(thrown instanceof Error ? thrown.message : String(thrown));
    return 1;
  }
}

interface Parsed {
  readonly values: Readonly<Record<string, boolean | string | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

/** The options and arguments, or what is wrong with them. */
function parse(command: Command, given: readonly string[]): Parsed | string {
  const options: Record<string, { type: "boolean" | "string"; multiple?: boolean; short?: string }> = {
    help: { type: "boolean" },
  };
  for (const [name, { kind, short }] of Object.entries(command.options)) {
    const type = kind === "flag" ? "boolean" : "string";
    options[name] = { type, multiple: kind === "texts", ...(short === undefined ? {} : { short }) };
  }
  let parsed: Parsed;
  try {
    parsed = parseArgs({ args: [...given], options, allowPositionals: true, strict: true }) as Parsed;
  } catch (thrown) {
    return firstSentence(thrown instanceof Error ? thrown.message : String(thrown));
  }
  const most = command.positionalsMax ?? 0;
  if (parsed.positionals.length > most) {
    const extra = parsed.positionals[most];
    return `"${extra}" is one argument too many (${most === 0 ? "it takes none" : `it takes ${most}`})`;
  }
  return parsed;
}

function firstSentence(message: string): string {
  return message.split(/\.\s/)[0].replace(/\.$/, "");
}

function helpOfAll(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "Usage: streamlib COMMAND [OPTIONS]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "streamlib COMMAND --help says more, streamlib --version which version this is.",
  ];
}

function helpOf({ name, summary, positionals, options }: Command): string[] {
  const all = Object.entries({ ...options, help: { kind: "flag", description: "Say this" } as const });
  const heads = all.map(([option, spec]) =>
    `${"short" in spec ? `-${spec.short}, ` : ""}--${option}${"value" in spec ? ` ${spec.value}` : ""}`
  );
  const width = Math.max(...heads.map((head) => head.length));
  return [
    `Usage: streamlib ${[name, positionals, "[OPTIONS]"].filter((part) => part !== undefined).join(" ")}`,
    "",
    summary,
    "",
    ...all.map(([, { description }], index) => `  ${heads[index].padEnd(width)}  ${description}`),
  ];
}
