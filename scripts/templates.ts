/**
 * Copies each template out of the repository, gives it the packed packages, and runs its own checks untouched, on both
 * runtimes.
 *
 * ```sh
 * deno task templates
 * ```
 *
 * @module
 */
import { cpSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { findRuntimes, ROOT } from "../tests/setup.ts";
import { installPacked, makeOutside, STRANGER } from "./outside.ts";
import { packAll, type PackedPackage } from "./pack.ts";
import { runProgram } from "./workspace.ts";

/** Names of the templates. */
export function templateNames(): string[] {
  return readdirSync(join(ROOT, "templates"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
}

/**
 * Checks one template outside the repository.
 *
 * @param name Folder in `templates/`.
 * @param packed What {@linkcode packAll} made.
 * @param say Hears what is done.
 * @throws {Error} With the output of the first check that fails.
 */
export function checkTemplate(name: string, packed: readonly PackedPackage[], say: (line: string) => void): void {
  const { deno, bun } = findRuntimes();
  const folder = makeOutside(`template-${name}`);
  try {
    const isOwn = (path: string): boolean => !path.includes("node_modules");
    cpSync(join(ROOT, "templates", name), folder, { recursive: true, filter: isOwn });
    installPacked(folder, packed);
    const checks: readonly [string, readonly string[]][] = [
      [deno, ["fmt", "--check", "--quiet"]],
      [deno, ["lint", "--quiet"]],
      [deno, ["check", "--quiet", "."]],
      [deno, ["publish", "--dry-run", "--allow-dirty", "--quiet"]],
      [deno, ["task", "test"]],
      [bun, ["run", "test"]],
      [deno, ["task", "example"]],
      [bun, ["run", "example"]],
    ];
    const path = [join(deno, ".."), join(bun, ".."), process.env.PATH].join(":");
    for (const [program, given] of checks) {
      say(`template ${name}: ${program === deno ? "deno" : "bun"} ${given.join(" ")}`);
      runProgram(program, given, { cwd: folder, env: { ...STRANGER, PATH: path } });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Checks every template with freshly packed packages. */
export function checkTemplates(say: (line: string) => void): void {
  const packs = makeOutside("packs");
  try {
    const packed = packAll(packs);
    for (const name of templateNames()) checkTemplate(name, packed, say);
  } finally {
    rmSync(packs, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  try {
    checkTemplates(console.log);
    console.log("templates: passed");
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(1);
  }
}
