/**
 * Making a project.
 *
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateError } from "./create_error.ts";
import { checkActorName, parsePackageName, pascalOf, SCOPE_OF_NOBODY, snakeOf } from "./names.ts";
import { projectFiles } from "./template.ts";
import { type TemplateName, templateNames, templateWords } from "./template_words.ts";

/** What {@linkcode scaffold} is told. */
export interface ScaffoldOptions {
  /** Name of the package, such as `@me/glow` or `glow`. A plugin that has no scope gets `@you`, to be changed. */
  readonly name: string;
  /** What it is made of. Default `actor-plugin`. */
  readonly template?: TemplateName;
  /** Where it is made: a folder that does not exist or is empty. Default: the name without its scope, here. */
  readonly folder?: string;
  /** Name of the actor, such as `Glow`. Default: from the name of the package. An app has none. */
  readonly actor?: string;
}

/** What {@linkcode scaffold} has made. */
export interface Scaffolded {
  /** The folder, as an absolute path. */
  readonly folder: string;
  /** Name of the package. */
  readonly name: string;
  /** Name of the actor; `undefined` for an app. */
  readonly actor: string | undefined;
  /** Paths of the files in the folder. */
  readonly files: readonly string[];
  /** What to do next, as command lines and remarks. */
  readonly next: readonly string[];
}

/**
 * Makes a project. It needs no network, and is there whole or not at all.
 *
 * @throws {CreateError} Naming what is wrong and what would be right.
 */
export function scaffold(options: ScaffoldOptions): Scaffolded {
  const { template = "actor-plugin" } = options;
  if (!templateNames.includes(template)) {
    throw new CreateError(
      "template",
      `Cannot use the template "${template}": there are ${templateNames.join(", ")}`,
    );
  }
  const { scope, own } = parsePackageName(options.name);
  const hasActor = templateWords[template].actor !== undefined;
  if (!hasActor && options.actor !== undefined) {
    throw new CreateError(
      "name",
      `Cannot name the actor "${options.actor}": the template ${template} has none`,
    );
  }
  const actor = options.actor ?? pascalOf(own);
  if (hasActor) checkActorName(actor);
  const name = scope === undefined && hasActor ? `${SCOPE_OF_NOBODY}/${own}` : options.name;
  const folder = resolve(options.folder ?? own);
  const files = projectFiles(template, {
    package: name,
    actor,
    snake: snakeOf(actor),
  });
  writeProject(folder, files);
  return {
    folder,
    name,
    actor: hasActor ? actor : undefined,
    files: Object.keys(files),
    next: nextSteps(template, folder, name),
  };
}

function nextSteps(
  template: TemplateName,
  folder: string,
  name: string,
): string[] {
  return [
    `cd ${folder}`,
    ...(template === "native-plugin" ? ["pip install ziglang==0.17.0   # Zig, if you have none"] : []),
    ...installSteps(),
    "deno task test                # or: bun run test",
    template === "app"
      ? "deno task start               # or: bun run start"
      : "deno task example             # or: bun run example",
    ...(name.startsWith(`${SCOPE_OF_NOBODY}/`)
      ? [
        `# Before publishing, change ${SCOPE_OF_NOBODY} to a scope of yours in deno.json, package.json and README.md`,
      ]
      : []),
  ];
}

/** In a checkout, packages that are not published have to be made first. */
function installSteps(): string[] {
  const checkout = checkoutFolder();
  if (checkout === undefined) return ["npm install                   # or: bun install"];
  return [
    `(cd ${checkout} && deno task pack)   # the packages of this checkout; or: bun run pack`,
    `npm install --no-save --ignore-scripts ${checkout}/dist-npm/*.tgz   # once published: npm install`,
  ];
}

/** The checkout of streamlib that this module is in; `undefined` if it was installed. */
function checkoutFolder(): string | undefined {
  if (!import.meta.url.startsWith("file:")) return undefined;
  const root = fileURLToPath(new URL("..", import.meta.url));
  return existsSync(join(root, "scripts", "pack.ts")) ? resolve(root) : undefined;
}

/** Writes beside the place and moves, so that nobody sees half a project. */
function writeProject(
  folder: string,
  files: Readonly<Record<string, string>>,
): void {
  checkFree(folder);
  const parent = dirname(folder);
  let made: string | undefined;
  let staging: string | undefined;
  try {
    made = mkdirSync(parent, { recursive: true });
    staging = mkdtempSync(join(parent, `.${basename(folder)}-`));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(staging, path)), { recursive: true });
      writeFileSync(join(staging, path), text);
    }
    moveInto(staging, folder);
  } catch (cause) {
    if (staging !== undefined) {
      rmSync(staging, { recursive: true, force: true });
    }
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CreateError("folder", `Cannot make ${folder}: ${reason}`, {
      cause,
    });
  }
}

function checkFree(folder: string): void {
  if (!existsSync(folder)) return;
  const what = statSync(folder).isDirectory() ? readdirSync(folder) : undefined;
  if (what?.length === 0) return;
  const has = what === undefined ? "it is a file" : `it is not empty: it has ${what.slice(0, 3).join(", ")}`;
  throw new CreateError(
    "folder",
    `Cannot make ${folder}: ${has}; give another folder with --dir`,
  );
}

/** An empty folder that exists stays, because somebody may stand in it; it gets the files one by one. */
function moveInto(staging: string, folder: string): void {
  if (!existsSync(folder)) return renameSync(staging, folder);
  const moved: string[] = [];
  try {
    for (const name of readdirSync(staging)) {
      renameSync(join(staging, name), join(folder, name));
      moved.push(name);
    }
  } catch (thrown) {
    for (const name of moved) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
    throw thrown;
  }
  rmSync(staging, { recursive: true });
}
