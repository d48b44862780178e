/**
 * What a package says of itself in its `package.json`.
 *
 * @module
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { messageOf, StreamError } from "@streamlib/core";
import { satisfies } from "./version_range.ts";

/** Members of `package.json` that matter here. */
export interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly exports?: unknown;
  readonly main?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package in a folder. */
export interface PackageFolder {
  readonly folder: string;
  readonly manifest: PackageManifest;
}

/** What runs a plugin. */
export interface Host {
  /** `linux`, `darwin`, `win32` … */
  readonly os: string;
  /** `x64`, `arm64` … */
  readonly cpu: string;
  /** Versions of runtimes by name: of the one that runs. */
  readonly versions: Readonly<Record<string, string | undefined>>;
}

/** This process. */
export function thisHost(): Host {
  const { deno, bun } = process.versions;
  return { os: process.platform, cpu: process.arch, versions: deno === undefined ? { bun } : { deno } };
}

/**
 * Reads the manifest of a folder; `undefined` if there is none.
 *
 * @param file Its name.
 * @throws {StreamError} `plugin-failed` if it is malformed.
 */
export function readManifest(folder: string, file = "package.json"): PackageManifest | undefined {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as PackageManifest;
  } catch (thrown) {
    throw new StreamError("plugin-failed", `${path} cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** The package that a file belongs to: the nearest folder above it whose `package.json` has a name. */
export function packageOf(file: string): PackageFolder | undefined {
  for (let folder = dirname(file);; folder = dirname(folder)) {
    const manifest = readManifest(folder);
    if (manifest?.name !== undefined) return { folder, manifest };
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * Makes sure that a package says nothing against this machine and runtime: its `os`, `cpu` and `engines`.
 *
 * @throws {StreamError} `plugin-unsuited` with what it needs and what there is.
 */
export function checkHost(manifest: PackageManifest, host: Host = thisHost()): void {
  const what = `${manifest.name}${manifest.version === undefined ? "" : ` ${manifest.version}`}`;
  if (!allows(manifest.os, host.os) || !allows(manifest.cpu, host.cpu)) {
    const wanted = [...manifest.os ?? [], ...manifest.cpu ?? []].join(", ");
    throw new StreamError("plugin-unsuited", `${what} is made for ${wanted}; this machine is ${host.os}, ${host.cpu}`);
  }
  for (const [name, version] of Object.entries(host.versions)) {
    const range = manifest.engines?.[name];
    if (range === undefined || version === undefined || satisfies(version, range) !== false) continue;
    const title = name === "deno" ? "Deno" : "Bun";
    const message =
      `${what} needs ${title} ${range}; this is ${title} ${version}: use another version of one of the two`;
    throw new StreamError("plugin-unsuited", message);
  }
}

/** As npm has it: one of those named, or none of those named with `!`. */
function allows(names: readonly string[] | undefined, name: string): boolean {
  const refused = names?.filter((one) => one.startsWith("!")).map((one) => one.slice(1)) ?? [];
  const allowed = names?.filter((one) => !one.startsWith("!")) ?? [];
  return !refused.includes(name) && (allowed.length === 0 || allowed.includes(name));
}

/**
 * The file that a package is entered by, as modules import it.
 *
 * @param door `.` or `./sub`.
 * @throws {StreamError} `plugin-failed` if it has no such door.
 */
export function entryOf({ folder, manifest }: PackageFolder, door = "."): string {
  const { exports, main } = manifest;
  const found = exports === undefined || exports === null ? withoutExports(folder, door === "." ? main : door) : target(
    typeof exports === "object" && hasDoors(exports) ? (exports as Doors)[door] : door === "." ? exports : null,
  );
  if (found !== undefined && existsSync(join(folder, found))) return join(folder, found);
  const lacks = found === undefined ? `has no export "${door}" for import` : `has no file ${found}`;
  throw new StreamError("plugin-failed", `the package in ${folder} ${lacks}`);
}

type Doors = Readonly<Record<string, unknown>>;

function hasDoors(exports: object): boolean {
  return Object.keys(exports).every((key) => key.startsWith("."));
}

/** The first of the conditions that an import meets here. */
function target(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(target).find((one) => one !== undefined);
  if (typeof value !== "object" || value === null) return undefined;
  const met = ["import", "module", "node", "default", ...Object.keys(thisHost().versions)];
  for (const [condition, under] of Object.entries(value)) {
    const found = met.includes(condition) ? target(under) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function withoutExports(folder: string, named: string | undefined): string | undefined {
  const tried = named === undefined ? [] : [named, `${named}.js`, join(named, "index.js")];
  return [...tried, "mod.ts", "mod.js", "index.ts", "index.js"].find((file) => {
    const path = join(folder, file);
    return existsSync(path) && statSync(path).isFile();
  });
}
