/**
 * Importing plugins by specifier, so that their actors stand in the catalogue.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The plugins of this project. Each is imported where it is installed. */
export const OFFICIAL_PLUGINS: readonly string[] = [
  "@streamlib/video",
  "@streamlib/drawing",
  "@streamlib/audio",
  "@streamlib/media",
  "@streamlib/display",
  "@streamlib/st2110",
  "@streamlib/gpu",
];

/** What came of importing a plugin. */
export interface PluginState {
  /** As it was asked for. */
  readonly specifier: string;
  /** `failed`: it is there, and threw. */
  readonly state: "imported" | "absent" | "failed";
  /** Why it is not imported. */
  readonly reason?: string | undefined;
  /** What it exports. */
  readonly module?: Readonly<Record<string, unknown>>;
}

/**
 * Imports a plugin: a path or a bare name as seen from the working folder, then as seen from this command, or an address
 * that the runtime knows (`npm:`, `jsr:`, `https:`).
 *
 * @param specifier For example `./my_plugin/mod.ts` or `@streamlib/video`.
 */
export async function importPlugin(specifier: string): Promise<PluginState> {
  let failure: unknown;
  let isAbsent = true;
  for (const address of addressesOf(specifier)) {
    try {
      return { specifier, state: "imported", module: await import(address) as Record<string, unknown> };
    } catch (thrown) {
      failure = thrown;
      isAbsent = isNotFound(thrown, specifier, address);
      if (!isAbsent) break;
    }
  }
  return { specifier, state: isAbsent ? "absent" : "failed", reason: reasonOf(failure) };
}

/** Imports several plugins one after the other. */
export async function importPlugins(specifiers: readonly string[]): Promise<PluginState[]> {
  const states: PluginState[] = [];
  for (const specifier of specifiers) states.push(await importPlugin(specifier));
  return states;
}

function addressesOf(specifier: string): string[] {
  if (/^[a-z][a-z0-9+.-]+:/i.test(specifier)) return [specifier];
  if (/^\.{0,2}\//.test(specifier) || /\.[cm]?[jt]s$/.test(specifier)) return [pathToFileURL(resolve(specifier)).href];
  // Where nothing is installed, Bun would ask the registry for whatever has this name.
  if (!hasPackages(process.cwd())) return [specifier];
  const here = pathToFileURL(join(process.cwd(), "_")).href;
  try {
    return [pathToFileURL(createRequire(here).resolve(specifier)).href, specifier];
  } catch {
    return [specifier];
  }
}

/** Whether packages are installed in this folder or in one above it. */
function hasPackages(folder: string): boolean {
  if (existsSync(join(folder, "node_modules"))) return true;
  const above = dirname(folder);
  return above !== folder && hasPackages(above);
}

/** Whether the failure says that the plugin itself is not there, not something that it needs. */
function isNotFound(thrown: unknown, specifier: string, address: string): boolean {
  if ((thrown as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") return false;
  const lacking = /["']([^"']+)["']/.exec(reasonOf(thrown))?.[1];
  const meant = [specifier, address, address.startsWith("file:") ? fileURLToPath(address) : address];
  return lacking !== undefined && (meant.includes(lacking) || meant.includes(`npm:${lacking}`));
}

/** What some runtimes throw for a module that is not there is no Error. */
function reasonOf(thrown: unknown): string {
  return String((thrown as { message?: unknown } | undefined)?.message ?? thrown);
}
