/**
 * The scaffolder as a program: flags, or questions on a terminal.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { CreateError } from "./create_error.ts";
import { parsePackageName, pascalOf } from "./names.ts";
import { scaffold, type ScaffoldOptions } from "./scaffold.ts";
import { type TemplateName, templateNames, templateSummaries, templateWords } from "./template_words.ts";

/** Where the program writes and asks. */
export interface Terminal {
  /** Writes a line of the answer. */
  out(line: string): void;
  /** Writes a line about what went wrong. */
  err(line: string): void;
  /** Asks a question; absent where nobody can be asked. @returns What was typed, without the line's end. */
  ask?(question: string): Promise<string>;
}

const help = (program: string): string =>
  `Makes a new streamlib project.

  ${program} NAME [--template TEMPLATE] [--dir FOLDER] [--actor NAME] [--yes]

  NAME        of the package: glow, @me/glow
  --template  ${templateNames.join(", ")}; default ${templateNames[0]}
  --dir       where; default: NAME without its scope
  --actor     name of the actor; default: from NAME
  --yes       asks nothing

${
    templateNames.map((name) => `  ${name.padEnd(14)} ${templateSummaries[name]}`)
      .join("\n")
  }`;

const OPTIONS = {
  template: { type: "string" },
  dir: { type: "string" },
  actor: { type: "string" },
  yes: { type: "boolean", short: "y" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * Runs the program.
 *
 * @param given Its arguments, without the program's name.
 * @param terminal Where it writes and asks. Default: this process's.
 * @param program What the user has typed to run it.
 * @returns The exit code: 0 made, 1 not made, 2 wrong arguments.
 */
export async function runCreate(
  given: readonly string[],
  terminal: Terminal = processTerminal(),
  program: string = "create-streamlib",
): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...given],
      options: OPTIONS,
      allowPositionals: true,
    });
    if (parsed.positionals.length > 1) {
      throw new Error(`Unexpected argument "${parsed.positionals[1]}"`);
    }
  } catch (thrown) {
    terminal.err(thrown instanceof Error ? thrown.message : String(thrown));
    terminal.err(`${program} --help says what is right`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    terminal.out(help(program));
    return 0;
  }
  try {
    const { template, dir, actor, yes } = values;
    const told = { name: positionals[0], template, folder: dir, actor };
    const options = await complete(
      told,
      yes ? { ...terminal, ask: undefined } : terminal,
    );
    if (options === undefined) {
      terminal.err(
        `Cannot make a project without a name: ${program} NAME; --help says more`,
      );
      return 2;
    }
    const made = scaffold(options);
    terminal.out(`Made ${made.name} in ${made.folder}\n`);
    for (const line of made.next) terminal.out(`  ${line}`);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof CreateError)) throw thrown;
    terminal.err(thrown.message);
    return 1;
  }
}

interface Told {
  readonly name: string | undefined;
  readonly template: string | undefined;
  readonly folder: string | undefined;
  readonly actor: string | undefined;
}

/** Asks for what was not told, where somebody can be asked. */
async function complete(
  told: Told,
  { ask }: { readonly ask?: Terminal["ask"] | undefined },
): Promise<ScaffoldOptions | undefined> {
  const name = told.name ??
    (await ask?.("Name of the package (glow, @me/glow): "))?.trim();
  if (!name) return undefined;
  const { own } = parsePackageName(name);
  const template = told.template ??
    (ask && told.name === undefined ? await askTemplate(ask) : undefined);
  const hasActor = templateWords[(template ?? templateNames[0]) as TemplateName]?.actor !==
    undefined;
  let { actor } = told;
  if (actor === undefined && hasActor && ask && told.name === undefined) {
    actor = (await ask(`Name of the actor [${pascalOf(own)}]: `)).trim() ||
      undefined;
  }
  return {
    name,
    ...(template === undefined ? {} : { template: template as TemplateName }),
    ...(told.folder === undefined ? {} : { folder: told.folder }),
    ...(actor === undefined ? {} : { actor }),
  };
}

/** By number or by name; an empty line is the first. */
async function askTemplate(ask: NonNullable<Terminal["ask"]>): Promise<string> {
  const lines = templateNames.map((name, index) => `  ${index + 1}  ${name.padEnd(14)} ${templateSummaries[name]}`);
  const answer = (await ask(`Template:\n${lines.join("\n")}\nNumber or name [1]: `)).trim();
  if (answer === "") return templateNames[0];
  return templateNames[Number(answer) - 1] ?? answer;
}

function processTerminal(): Terminal {
  const screen = {
    out: (line: string) => console.log(line),
    err: (line: string) => console.error(line),
  };
  if (!process.stdin.isTTY || !process.stdout.isTTY) return screen;
  return {
    ...screen,
    ask: async (question) => {
      const lines = createInterface({
        input: process.stdin,
        output: process.stdout,
      });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
  };
}
