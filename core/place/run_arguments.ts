/**
 * How this runtime is told to run a module.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

/** What to put before the module's path. */
export function runArguments(): string[] {
  if (process.versions.bun) return ["run"];
  const config = findConfig(process.argv[1]);
  return ["run", "--quiet", "-A", ...(config ? [`--config=${config}`] : [])];
}

/** The configuration that the main program runs with: its import map is what names packages for actors' modules. */
function findConfig(program: string | undefined): string | undefined {
  if (!program) return undefined;
  for (let folder = dirname(program);; folder = dirname(folder)) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
    if (folder === dirname(folder)) return undefined;
  }
}
