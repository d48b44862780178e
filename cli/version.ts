/**
 * The version of this command.
 *
 * @module
 */
import { readFileSync } from "node:fs";

/**
 * The version of `@streamlib/cli`, such as `0.1.0`: from its manifest, or from its address if it came over the network.
 *
 * @param moduleUrl A module at the root of the package.
 */
export function cliVersion(moduleUrl: string = import.meta.url): string {
  const [, inAddress] = /^https?:.*\/@streamlib\/cli[/@]([^/]+)\//.exec(moduleUrl) ?? [];
  if (inAddress !== undefined) return inAddress;
  const manifest = readFileSync(new URL("./package.json", moduleUrl), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
