/**
 * Makes sure that plugins use the version of core that the program uses.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { StreamError } from "@streamlib/core";
import { coreSeenFrom, programPackages } from "./program_packages.ts";

/**
 * Refuses modules that see another version of core. Another copy of the same version is let through: the two work
 * together but for threads and processes, which say so themselves.
 *
 * @param modules Addresses; those that are no files are passed over.
 * @throws {StreamError} `version-clash` with both versions, and where they are.
 */
export function checkOneCore(modules: readonly string[]): void {
  const [ours] = programPackages();
  for (const module of modules) {
    const theirs = module.startsWith("file:") ? coreSeenFrom(fileURLToPath(module)) : undefined;
    if (theirs === undefined || theirs.version === ours.version) continue;
    const message = `two versions of core in one program: it uses @streamlib/core ${theirs.version} in ` +
      `${theirs.folder}, this program runs ${ours.version} in ${ours.folder}; use one version`;
    throw new StreamError("version-clash", message);
  }
}
