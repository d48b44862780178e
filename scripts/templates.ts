/**
 * Makes a project of each template outside the repository, with the packed scaffolder and the packed packages, and runs
 * its own checks untouched, on both runtimes. What a plugin would publish to npm is then installed and used in another
 * folder.
 *
 * ```sh
 * deno task templates              # all
 * deno task templates app          # only these
 * ```
 *
 * @module
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { type TemplateName, templateNames } from "../create/mod.ts";
import { findRuntimes } from "../tests/setup.ts";
import { findZig } from "../zig/toolchain.ts";
import { installPacked, makeOutside, STRANGER } from "./outside.ts";
import { packAll, type PackedPackage } from "./pack.ts";
import { runProgram } from "./workspace.ts";

/** Names of the projects: others than those of the templates. */
const PACKAGE = "@me/deep-glow";
const ACTOR = "DeepGlow";

type Say = (line: string) => void;

/**
 * Checks one template.
 *
 * @param template Which.
 * @param packed What {@linkcode packAll} made.
 * @param scaffolder The packed program that makes projects.
 * @param say Hears what is done.
 * @throws {Error} With the output of the first check that fails.
 */
export function checkTemplate(
  template: TemplateName,
  packed: readonly PackedPackage[],
  scaffolder: string,
  say: Say,
): void {
  const { deno, bun } = findRuntimes();
  const outside = makeOutside(`template-${template}`);
  try {
    const folder = join(outside, "deep-glow");
    const words = [scaffolder, PACKAGE, "--template", template, "--yes"];
    // Each template by another runtime: npm runs the program with Node.
    const [program, ...first] =
      { "actor-plugin": [deno, "run", "-A"], "native-plugin": [bun], app: ["node"] }[template];
    runProgram(program, [...first, ...words], { cwd: outside, env: STRANGER });
    installPacked(folder, packed);
    const isPlugin = template !== "app";
    const checks: readonly (readonly [string, ...string[]])[] = [
      [deno, "task", "check"],
      [bun, "run", "test"],
      [deno, "task", "example"],
      [bun, "run", "example"],
      ...(isPlugin ? [[deno, "task", "npm"], [bun, "run", "npm"]] as const : []),
    ];
    const path = [join(deno, ".."), join(bun, ".."), process.env.PATH].join(":");
    const env = { ...STRANGER, PATH: path, ZIG: findZig() };
    for (const [runtime, ...given] of checks) {
      say(`template ${template}: ${runtime === deno ? "deno" : "bun"} ${given.join(" ")}`);
      runProgram(runtime, given, { cwd: folder, env });
    }
    if (isPlugin) useNpmPackage(join(folder, "npm"), packed, (line) => say(`template ${template}: ${line}`));
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
}

/** Installs what a plugin would publish, as its users do, and makes its actor. */
function useNpmPackage(built: string, packed: readonly PackedPackage[], say: Say): void {
  const { deno, bun } = findRuntimes();
  const folder = makeOutside("user");
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
    const program = `import { ${ACTOR}Actor } from "${PACKAGE}";\n` +
      `const actor = new ${ACTOR}Actor();\nawait actor.ready;\nconsole.log(actor.state);\nawait actor.stop();\n`;
    writeFileSync(join(folder, "program.ts"), program);
    const [{ filename }] = Object.values(
      JSON.parse(
        runProgram("npm", ["pack", "--json", "--loglevel=error", `--pack-destination=${folder}`], { cwd: built }),
      ),
    ) as { readonly filename: string }[];
    const tarball = join(folder, filename.replace("@", "").replace("/", "-"));
    installPacked(folder, [...packed, { name: PACKAGE, folder: built, tarball }]);
    for (const [name, ...given] of [[deno, "run", "-A", "--check"], [bun, "run"]]) {
      say(`installed from npm, on ${name === deno ? "deno" : "bun"}`);
      const output = runProgram(name, [...given, "program.ts"], { cwd: folder, env: STRANGER });
      if (output.trim() !== "running") throw new Error(`Cannot use ${PACKAGE} as installed from npm: ${output}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Checks templates with freshly packed packages: all of them, or those named. */
export function checkTemplates(say: Say, names: readonly TemplateName[] = templateNames): void {
  const packs = makeOutside("packs");
  try {
    const packed = packAll(packs);
    const program = join(packs, "program");
    mkdirSync(program);
    writeFileSync(join(program, "package.json"), JSON.stringify({ name: "program", private: true, type: "module" }));
    installPacked(program, packed.filter(({ name }) => name === "create-streamlib"));
    const scaffolder = join(program, "node_modules/create-streamlib/main.js");
    for (const name of names) checkTemplate(name, packed, scaffolder, say);
  } finally {
    rmSync(packs, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  try {
    const names = process.argv.slice(2);
    const unknown = names.filter((name) => !(templateNames as readonly string[]).includes(name));
    if (unknown.length > 0) {
      throw new Error(`Cannot check ${unknown.join(", ")}: there are ${templateNames.join(", ")}`);
    }
    checkTemplates(console.log, names.length === 0 ? templateNames : names as TemplateName[]);
    console.log("templates: passed");
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(1);
  }
}
