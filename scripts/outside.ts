/**
 * Folders outside the repository that use the packed packages as a stranger would.
 *
 * @module
 */
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../tests/setup.ts";
import type { PackedPackage } from "./pack.ts";
import { doorsOf, members, publishedFiles, runProgram } from "./workspace.ts";

/** The environment of a stranger: nothing that points back into this checkout. */
export const STRANGER: Readonly<Record<string, string | undefined>> = {
  STREAMLIB_LIBRARY: undefined,
  STREAMLIB_NATIVE: undefined,
  NODE_PATH: undefined,
  NO_COLOR: "1",
};

/** A new folder under the system's temporary folder. The caller removes it. */
export function makeOutside(name: string): string {
  return mkdtempSync(join(tmpdir(), `streamlib-${name}-`));
}

/** Installs tarballs into `folder` with npm, without install scripts. Other packages come from the registry. */
export function installPacked(folder: string, packed: readonly PackedPackage[]): void {
  const flags = ["--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  runProgram("npm", ["install", ...flags, ...packed.map(({ tarball }) => tarball)], { cwd: folder });
}

/** Puts the TypeScript sources that go to JSR into `folder`, with the import map that JSR would make. */
export function installSources(folder: string): void {
  const imports: Record<string, string> = {};
  for (const member of members()) {
    const target = join(folder, "jsr", member.folder);
    for (const file of publishedFiles(member)) {
      mkdirSync(dirname(join(target, file)), { recursive: true });
      cpSync(join(ROOT, member.folder, file), join(target, file));
    }
    for (const [door, file] of Object.entries(doorsOf(member.deno.exports))) {
      imports[join(member.deno.name, door)] = pathToFileURL(join(target, file)).href;
    }
    Object.assign(imports, member.deno.imports);
  }
  writeFileSync(join(folder, "deno.json"), JSON.stringify({ nodeModulesDir: "none", imports }));
}
