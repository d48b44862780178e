/**
 * Has npm, Bun or Deno install a package into a folder.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import process from "node:process";
import { StreamError, type StreamErrorCode } from "@streamlib/core";
import { nearest } from "../nearest.ts";
import { atAbort } from "./at_abort.ts";
import type { LockedPlugin } from "./plugin_lock.ts";

/** A program that installs packages. */
export interface PackageManager {
  /** For messages. */
  readonly name: "npm" | "bun" | "deno";
  /** The program. */
  readonly command: string;
  /** Its arguments to install what `package.json` of the working folder asks for; no script of a package is run. */
  readonly words: readonly string[];
  /** Whether a folder can be named in place of a package that others ask for. */
  readonly takesFolders: boolean;
  /** What its lock file says of a package that was asked for. */
  readonly locked: (folder: string, name: string) => LockedPlugin | undefined;
}

/** An answer may take half a minute; tries again once. */
const NPM_WORDS = [
  "install",
  "--ignore-scripts",
  "--omit=dev",
  "--no-audit",
  "--no-fund",
  "--loglevel=error",
  "--json",
  "--package-lock=true",
  "--fetch-timeout=30000",
  "--fetch-retries=1",
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-maxtimeout=3000",
];

/** npm where there is one: it knows the settings that people have made for registries; then the runtimes themselves. */
export const PACKAGE_MANAGERS: readonly PackageManager[] = [
  { name: "npm", command: "npm", words: NPM_WORDS, takesFolders: true, locked: lockedByNpm },
  {
    name: "bun",
    command: process.versions.bun === undefined ? "bun" : process.execPath,
    words: ["install", "--ignore-scripts", "--no-progress", "--no-summary"],
    takesFolders: true,
    locked: lockedByBun,
  },
  {
    name: "deno",
    command: process.versions.deno === undefined ? "deno" : process.execPath,
    words: ["install", "--quiet", "--node-modules-dir=manual"],
    takesFolders: false,
    locked: lockedByDeno,
  },
];

/** Longest time for one package with all that it depends on, ms. */
const INSTALL_MS_MAX = 10 * 60_000;

/** The first that is installed. @throws {StreamError} `plugin-failed` if none is. */
export function findManager(managers: readonly PackageManager[]): PackageManager {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = managers.find(({ command }) =>
    isAbsolute(command) || folders.some((folder) => existsSync(join(folder, command)))
  );
  if (found !== undefined) return found;
  const names = managers.map(({ name }) => name).join(", ");
  throw new StreamError("plugin-failed", `none of ${names} is on PATH, and one of them fetches packages; install one`);
}

/**
 * Installs what `package.json` of a folder asks for.
 *
 * @param folder The folder.
 * @param name The package that is meant.
 * @param title What it is called in messages.
 * @param manager Which one does it.
 * @param limitMs It is ended after so long. Default: ten minutes.
 * @returns What was installed for `name`.
 * @throws {StreamError} `plugin-missing`, `plugin-unreachable`, `plugin-unsuited`, `plugin-changed`, or
 * `plugin-failed` for what is none of these.
 */
export async function installInto(
  folder: string,
  name: string,
  title: string,
  manager: PackageManager,
  limitMs: number = INSTALL_MS_MAX,
): Promise<LockedPlugin> {
  const child = spawn(manager.command, manager.words, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: environmentFor(folder),
  });
  // Nothing of it may go on writing when its folder is removed.
  const end = (): boolean => child.kill("SIGKILL");
  const forget = atAbort(end);
  let isLate = false;
  const timer = setTimeout(() => isLate = end(), limitMs);
  let said = "";
  let status: number | null;
  let signal: string | null;
  try {
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Uint8Array) => said += part);
    [status, signal] = await once(child, "close") as [number | null, string | null];
  } finally {
    clearTimeout(timer);
    forget();
  }
  if (isLate) throw failure(manager, title, name, `ETIMEDOUT: not done within ${limitMs / 1000} s`);
  if (status !== 0) throw failure(manager, title, name, signal === null ? said : `it was ended by ${signal}`);
  const locked = manager.locked(folder, name);
  if (locked !== undefined) return locked;
  throw new StreamError("plugin-failed", `${manager.name} has installed ${title} and gives no integrity for it`);
}

/**
 * The environment without what a package manager above has put there for the settings that the folder makes itself: npx
 * and `npm run` hand theirs on so, and they would count more.
 */
function environmentFor(folder: string): NodeJS.ProcessEnv {
  const path = join(folder, ".npmrc");
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  const own = new Set(
    lines.flatMap((line) => /^\s*([^=;#\s[]+?)(?:\[\])?\s*(?:=|$)/.exec(line)?.[1].toLowerCase() ?? []),
  );
  const inherited = Object.entries(process.env).filter(([name]) => {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1].toLowerCase();
    return key === undefined || !own.has(key.startsWith("//") ? key : key.replaceAll(/(?!^)_/g, "-"));
  });
  return { ...Object.fromEntries(inherited), NO_COLOR: "1" };
}

/** What package managers say, the first that fits. */
const REASONS: readonly (readonly [said: RegExp, code: StreamErrorCode])[] = [
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|ConnectionRefused|FailedToOpenSocket|ConnectionClosed|DNSResolv|Timeout|Failed loading/i,
    "plugin-unreachable",
  ],
  [/EINTEGRITY|IntegrityCheckFailed|integrity/i, "plugin-changed"],
  [/EBADPLATFORM|EBADENGINE/, "plugin-unsuited"],
  [
    /E404|ETARGET|No matching version|No version matching|- 404|failed to resolve|package '[^']*' does not exist|Could not find npm package/i,
    "plugin-missing",
  ],
];

function failure({ name: manager }: PackageManager, wanted: string, name: string, said: string): StreamError {
  const telling = npmCodeOf(said) ?? withoutNames(said, name);
  const code = REASONS.find(([pattern]) => pattern.test(telling))?.[1] ?? "plugin-failed";
  const reason = reasonOf(said);
  const messages: Partial<Record<StreamErrorCode, string>> = {
    "plugin-unreachable":
      `the registry of ${wanted} cannot be reached (${manager}: ${reason}); with the network up it ` +
      "is fetched once, and then runs without",
    "plugin-changed": `what the registry gives for ${wanted} is not what it announces (${manager}: ${reason})`,
    "plugin-unsuited": `${wanted} is not made for this machine (${manager}: ${reason})`,
    "plugin-missing": `the registry has no ${wanted}${suggestion(name)} (${manager}: ${reason})`,
  };
  return new StreamError(code, messages[code] ?? `${manager} cannot install ${wanted}: ${reason}`);
}

/** The package of ours that was perhaps meant, as the end of a sentence; empty if none is near. */
export function suggestion(name: string): string {
  const [near] = nearest(name.split("/").at(-1)!, OWN_PACKAGES);
  return near === undefined || name === `@streamlib/${near}` ? "" : `; did you mean @streamlib/${near}?`;
}

const OWN_PACKAGES: readonly string[] = ["video", "drawing", "audio", "media", "display", "st2110", "gpu"];

/** npm's own code of its error, if it gives one. */
function npmCodeOf(said: string): string | undefined {
  return /"code": "([A-Z0-9_]+)"/.exec(said)?.[1];
}

/** What was said without names of packages, addresses and what is quoted: a package may be called p-timeout. */
function withoutNames(said: string, name: string): string {
  return (summaryOf(said) ?? said)
    .replaceAll(/\b[a-z+]+:\/\/\S+/gi, "")
    .replaceAll(/(["'`])[^"'`\n]*\1/g, "$1$1")
    .replaceAll(/\S+@\S+/g, "")
    .replaceAll(name, "");
}

function summaryOf(said: string): string | undefined {
  const summary = /"summary": ("(?:[^"\\]|\\.)*")/.exec(said)?.[1];
  return summary === undefined ? undefined : JSON.parse(summary) as string;
}

/** One line of what was said. npm gives its error as JSON. */
function reasonOf(said: string): string {
  const summary = summaryOf(said);
  const code = npmCodeOf(said);
  const lines = (summary ?? said).split("\n");
  const told = lines.map((line) => line.trim()).filter((line) => line !== "");
  const line = summary === undefined ? told.find((one) => /error/i.test(one)) ?? told.at(-1) : told[0];
  return `${code === undefined ? "" : `${code} `}${(line ?? "it says nothing").slice(0, 300)}`;
}

function lockedByNpm(folder: string, name: string): LockedPlugin | undefined {
  const read = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as {
    packages?: Record<string, { version?: string; integrity?: string }>;
  };
  const { version, integrity } = read.packages?.[`node_modules/${name}`] ?? {};
  return version === undefined || integrity === undefined ? undefined : { version, integrity };
}

/** Bun's lock file is JSON with commas behind the last members. */
function lockedByBun(folder: string, name: string): LockedPlugin | undefined {
  const path = join(folder, "bun.lock");
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8").replaceAll(/,(\s*[}\]])/g, "$1");
  const { packages = {} } = JSON.parse(text) as { packages?: Record<string, readonly unknown[]> };
  const [resolved, ...rest] = packages[name] ?? [];
  const integrity = rest.find((one): one is string => typeof one === "string" && /^sha\d+-/.test(one));
  if (typeof resolved !== "string" || integrity === undefined) return undefined;
  return { version: resolved.slice(resolved.lastIndexOf("@") + 1), integrity };
}

function lockedByDeno(folder: string, name: string): LockedPlugin | undefined {
  const read = JSON.parse(readFileSync(join(folder, "deno.lock"), "utf8")) as {
    specifiers?: Record<string, string>;
    npm?: Record<string, { integrity?: string }>;
  };
  const [, resolved] = Object.entries(read.specifiers ?? {}).find(([one]) => one.startsWith(`npm:${name}@`)) ?? [];
  // What stands behind a "_" are the packages that it was resolved beside.
  const version = resolved?.split("_")[0];
  const integrity = read.npm?.[`${name}@${resolved}`]?.integrity;
  return version === undefined || integrity === undefined ? undefined : { version, integrity };
}
