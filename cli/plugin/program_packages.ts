/**
 * The packages of streamlib that this program runs: a plugin gets these and no others, so that there is one core.
 *
 * @module
 */
import { createRequire } from "node:module";
import { realpathSync } from "node:fs";
import { StreamError } from "@streamlib/core";
import { type PackageFolder, packageOf } from "./package_manifest.ts";

/** Packages that a plugin may ask for. The first one must be there. */
const NAMES: readonly string[] = [
  "@streamlib/core",
  "@streamlib/ffi",
  "@streamlib/metrics",
  "@streamlib/sandbox",
  "@streamlib/testing",
  "@streamlib/video",
  "@streamlib/drawing",
  "@streamlib/audio",
  "@streamlib/media",
  "@streamlib/display",
  "@streamlib/st2110",
  "@streamlib/gpu",
];

/** A package of the program. */
export interface ProgramPackage extends PackageFolder {
  readonly name: string;
  readonly version: string;
}

/**
 * The packages that this program has, core first.
 *
 * @param moduleUrl The module from which they are looked for.
 * @throws {StreamError} `plugin-failed` if the program came over the network: a package manager cannot give a plugin
 * the core of such a program.
 */
export function programPackages(moduleUrl: string = import.meta.url): readonly ProgramPackage[] {
  if (!moduleUrl.startsWith("file:")) {
    const message = `this program came from ${new URL(moduleUrl).origin}, and a plugin must have the same core; ` +
      "install streamlib from npm, or import the plugin in a program of your own";
    throw new StreamError("plugin-failed", message);
  }
  const core = find(NAMES[0], moduleUrl);
  if (core === undefined) throw new StreamError("plugin-failed", `${NAMES[0]} is not found from ${moduleUrl}`);
  const others = NAMES.slice(1).map((name) => find(name, moduleUrl) ?? find(name, core.entry));
  return [core, ...others].filter((one) => one !== undefined);
}

/** The package of core that modules of a file see, if there is one. */
export function coreSeenFrom(file: string): ProgramPackage | undefined {
  return find(NAMES[0], file);
}

function find(name: string, from: string): ProgramPackage & { readonly entry: string } | undefined {
  let entry: string;
  try {
    entry = realpathSync(createRequire(from).resolve(name));
  } catch {
    return undefined;
  }
  const found = packageOf(entry);
  const { version } = found?.manifest ?? {};
  return found === undefined || version === undefined ? undefined : { ...found, name, version, entry };
}
