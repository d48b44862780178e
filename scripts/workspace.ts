/**
 * The packages of this workspace, as their `deno.json` and `package.json` describe them.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import process from "node:process";
import { ROOT } from "../tests/setup.ts";

/** The parts of a package's `deno.json` that the scripts use. */
export interface DenoConfig {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly exports: string | Readonly<Record<string, string>>;
  readonly imports?: Readonly<Record<string, string>>;
  readonly publish?: { readonly exclude?: readonly string[] };
}

/** The parts of a package's `package.json` that the scripts use. */
export interface PackageConfig {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly exports: string | Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace. */
export interface Member {
  /** Folder from the root, such as `plugins/video`. */
  readonly folder: string;
  readonly deno: DenoConfig;
  readonly npm: PackageConfig;
}

/** Every package of the workspace, in the order of the root `deno.json`. */
export function members(): Member[] {
  const { workspace } = readJson<{ workspace: readonly string[] }>("deno.json");
  return workspace.map((entry) => {
    const folder = entry.replace(/^\.\//, "");
    return { folder, deno: readJson(join(folder, "deno.json")), npm: readJson(join(folder, "package.json")) };
  });
}

/** A JSON file of the checkout. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(ROOT, path), "utf8")) as T;
}

/** Doors of a package as a table: `{ ".": "./mod.ts" }`. */
export function doorsOf(exports: string | Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return typeof exports === "string" ? { ".": exports } : exports;
}

/** Every file below `folder` (from the root), relative to it, sorted; no packages, builds or hidden files. */
export function filesBelow(folder: string): string[] {
  const skip = /^(\..*|node_modules|dist|dist-npm|out|zig-out)$/;
  const found: string[] = [];
  const base = join(ROOT, folder);
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      if (skip.test(entry.name) && entry.name !== ".vitepress") continue;
      if (entry.isDirectory()) walk(join(at, entry.name));
      else if (entry.isFile()) found.push(relative(base, join(at, entry.name)).split(sep).join("/"));
    }
  };
  walk(base);
  return found.sort();
}

/** The files that a package publishes, on JSR and on npm alike: all but those that its `publish.exclude` names. */
export function publishedFiles(member: Member): string[] {
  const excluded = (member.deno.publish?.exclude ?? []).map((pattern): (file: string) => boolean => {
    const [, anywhere, star, rest] = /^(\*\*\/)?(\*)?([^*]+?)\/?$/.exec(pattern) ?? [];
    if (rest === undefined || star !== undefined && anywhere === undefined) {
      throw new Error(
        `${member.folder}/deno.json: publish.exclude "${pattern}" must be a path, "**/name" or "**/*suffix"`,
      );
    }
    if (star !== undefined) return (file) => file.endsWith(rest);
    if (anywhere !== undefined) return (file) => `/${file}/`.includes(`/${rest}/`);
    return (file) => `${file}/`.startsWith(`${rest}/`);
  });
  return filesBelow(member.folder).filter((file) => !excluded.some((matches) => matches(file)));
}

/** Runs a program to its end and returns its output. @throws If it cannot be run or fails, with what it printed. */
export function runProgram(
  program: string,
  given: readonly string[],
  options: { cwd?: string; env?: Record<string, string | undefined> } = {},
): string {
  const done = spawnSync(program, given, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  if (done.status === 0) return done.stdout;
  const why = done.error?.message ?? `exit code ${done.status}`;
  throw new Error(`Cannot run "${program} ${given.join(" ")}" (${why}):\n${done.stdout}\n${done.stderr}`);
}
