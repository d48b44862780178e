/**
 * Loading what is to be checked.
 *
 * @module
 */
import { catalogue, localActors } from "@streamlib/core";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { PackageSubject } from "./check.ts";
import type { Conformance } from "./conformance.ts";

const NOT_OURS = /^(\..*|node_modules|npm|lib|dist|zig-out)$/;

/** A package and what it says of itself. */
export interface Loaded {
  readonly subject: PackageSubject;
  readonly conformance: Conformance;
}

/**
 * Imports a package.
 *
 * @param path Its folder, or the module that is its door.
 * @throws {Error} If there is no such package, or if it cannot be imported, naming why.
 */
export async function load(path: string): Promise<Loaded> {
  const full = resolve(path);
  if (!existsSync(full)) throw new Error(`Cannot check ${path}: there is no such file or folder`);
  const isFolder = statSync(full).isDirectory();
  const folder = realpathSync(isFolder ? full : folderOf(dirname(full)));
  const deno = readManifest(join(folder, "deno.json"));
  const npm = readManifest(join(folder, "package.json"));
  const door = isFolder ? doorOf(folder, deno ?? npm) : realpathSync(full);
  const before = new Set(localActors());
  const exports = await importModule(path, door);
  const startedByImport = localActors().filter((actor) => !before.has(actor)).map(({ label }) => label);
  const base = `${pathToFileURL(folder).href}/`;
  const actors = catalogue().filter(({ module, actorClass }) =>
    module.startsWith(base) && Object.values(exports).includes(actorClass)
  );
  const subject = { folder, deno, npm, sources: sourcesOf(folder), exports, actors, startedByImport };
  return { subject, conformance: await conformanceOf(folder) };
}

/** The nearest folder above that is a package, else the folder itself. */
function folderOf(folder: string): string {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if (existsSync(join(at, "deno.json")) || existsSync(join(at, "package.json"))) return at;
  }
  return folder;
}

function readManifest(path: string): Readonly<Record<string, unknown>> | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw new Error(`Cannot read ${path}: ${String(cause)}`, { cause });
  }
}

function doorOf(folder: string, manifest: Readonly<Record<string, unknown>> | undefined): string {
  if (manifest === undefined) throw new Error(`Cannot check ${folder}: it has neither deno.json nor package.json`);
  const { exports } = manifest as { exports?: string | Readonly<Record<string, unknown>> };
  let door: unknown = typeof exports === "string" ? exports : exports?.["."];
  if (typeof door === "object" && door !== null) door = (door as { default?: unknown }).default;
  if (typeof door !== "string") throw new Error(`Cannot check ${folder}: exports of its manifest has no door "."`);
  return join(folder, door);
}

async function importModule(path: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot check ${path}: importing ${file} fails: ${reason}`, { cause });
  }
}

async function conformanceOf(folder: string): Promise<Conformance> {
  const file = join(folder, "conform.ts");
  if (!existsSync(file)) return {};
  const { conformance } = await importModule(folder, file) as { conformance?: Conformance };
  if (conformance === undefined) throw new Error(`Cannot check ${folder}: conform.ts does not export conformance`);
  return conformance;
}

function sourcesOf(folder: string): string[] {
  const walk = (at: string): string[] =>
    readdirSync(at, { withFileTypes: true }).filter(({ name }) => !NOT_OURS.test(name)).flatMap((entry) => {
      const path = join(at, entry.name);
      if (entry.isDirectory()) return walk(path);
      return entry.name.endsWith(".ts") ? [relative(folder, path)] : [];
    });
  return walk(folder).sort();
}
