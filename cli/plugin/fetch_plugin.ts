/**
 * Plugins from npm and JSR: fetched once into a folder of the user, held to `streamlib.lock.json`.
 *
 * Each version of a plugin has a folder of its own with what it depends on. In place of the packages of streamlib stand
 * links to those of the program, so that there is one core. A folder appears whole, by being renamed, or not at all.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { messageOf, StreamError } from "@streamlib/core";
import { type TerminalScreen, terminalScreen } from "../terminal.ts";
import { atAbort } from "./at_abort.ts";
import { isAlive, thisPlace } from "./holder.ts";
import { findManager, installInto, PACKAGE_MANAGERS, type PackageManager } from "./package_manager.ts";
import { checkHost, entryOf, type Host, type PackageManifest, readManifest, thisHost } from "./package_manifest.ts";
import { LOCK_FILE, type LockedPlugin, readLocked, withLock, writeLocked } from "./plugin_lock.ts";
import type { RegistrySource } from "./plugin_specifier.ts";
import { type ProgramPackage, programPackages } from "./program_packages.ts";
import { satisfies } from "./version_range.ts";

/** How plugins are fetched. */
export interface FetchOptions {
  /** Where `streamlib.lock.json` stands, and perhaps an `.npmrc` that names registries. */
  readonly folder: string;
  /** Refuse what `streamlib.lock.json` does not have. Default false. */
  readonly isFrozen?: boolean;
  /** Where plugins are kept. Default: {@link pluginsFolder}. */
  readonly store?: string;
  /** The packages of the program. Default: those of this one. */
  readonly own?: readonly ProgramPackage[];
  /** What may install. Default: npm, else Bun, else Deno. */
  readonly managers?: readonly PackageManager[];
  /** Default: this process. */
  readonly host?: Host;
  /** Longest time for fetching one plugin with all that it depends on, ms. Default: ten minutes. */
  readonly limitMs?: number;
}

/** A plugin that is there. */
export interface FetchedPlugin {
  /** Path of the module to import. */
  readonly path: string;
  /** The version that it is. */
  readonly version: string;
}

/** The user's folder of plugins: `$XDG_DATA_HOME/streamlib/plugins`, else below `~/.local/share`. */
export function pluginsFolder(): string {
  const data = process.env.XDG_DATA_HOME || join(homedir(), ".local/share");
  return join(data, "streamlib/plugins");
}

/**
 * Fetches a plugin, unless it is there, and uses it. Then it writes down which version it is, unless that is written.
 *
 * @param specifier As it was asked for: the key in the lock file.
 * @param source What it names.
 * @param use Imports it. Where it throws, nothing is written down.
 * @returns What `use` gives.
 * @throws {StreamError} `plugin-missing`, `plugin-unreachable`, `plugin-lock`, `plugin-changed`, `plugin-unsuited`,
 * `version-clash` or `plugin-failed`, and nothing is left of it then; what `use` throws.
 */
export async function fetchPlugin<T>(
  specifier: string,
  source: RegistrySource,
  options: FetchOptions,
  use: (plugin: FetchedPlugin) => Promise<T>,
): Promise<T> {
  const { folder, isFrozen = false, own = programPackages() } = options;
  const mine = own.find(({ name }) => name === source.publishedName);
  if (mine !== undefined) return await use(ownEntry(mine, source));
  const locked = readLocked(folder, specifier);
  if (locked !== undefined) return await use(await fetched(specifier, source, locked, own, options));
  if (isFrozen) {
    const path = join(folder, LOCK_FILE);
    throw new StreamError(
      "plugin-lock",
      `${path} has no entry for it; run it once without --frozen to have it written`,
    );
  }
  const key = JSON.stringify([storeOf(options), folder, specifier]);
  const installing = underWay.get(key) ?? withLock(folder, async () => {
    const written = readLocked(folder, specifier);
    if (written === undefined) return await install(source, source.range, undefined, own, options);
    return { path: (await fetched(specifier, source, written, own, options)).path, locked: written };
  });
  underWay.set(key, installing);
  try {
    const { path, locked } = await installing;
    // Its modules may wait for long, or fetch plugins themselves: nobody else waits for that.
    const used = await use({ path, version: locked.version });
    await withLock(folder, () => keep(folder, specifier, locked));
    return used;
  } finally {
    if (underWay.get(key) === installing) underWay.delete(key);
  }
}

/** What is installed, or will be: by store, folder and specifier, until it is written down. */
const underWay = new Map<string, Promise<Installed>>();

interface Installed {
  readonly path: string;
  readonly locked: LockedPlugin;
}

/** Writes down what was used, unless another program was quicker; it must have used the same. */
function keep(folder: string, specifier: string, used: LockedPlugin): void {
  const written = readLocked(folder, specifier);
  if (written === undefined) return writeLocked(folder, specifier, used);
  if (written.version === used.version && written.integrity === used.integrity) return;
  const message = `${join(folder, LOCK_FILE)} has ${written.version} by now, which another program has fetched ` +
    `meanwhile, and this one has imported ${used.version}; start it again`;
  throw new StreamError("plugin-lock", message);
}

/** A package that the program has itself is never fetched: two of them would be two of its actors. */
function ownEntry(mine: ProgramPackage, { range, door }: RegistrySource): FetchedPlugin {
  const { version } = mine;
  if (satisfies(version, range) !== false) return { path: entryOf(mine, door), version };
  const message = `this program has ${mine.name} ${version} in ${mine.folder}, and ${range} is asked for; ` +
    "use one version";
  throw new StreamError("version-clash", message);
}

async function fetched(
  specifier: string,
  source: RegistrySource,
  locked: LockedPlugin,
  own: readonly ProgramPackage[],
  options: FetchOptions,
): Promise<FetchedPlugin> {
  const there = folderOf(source, locked, own, options);
  const { version } = locked;
  if (existsSync(there)) return { path: entryIn(there, source), version };
  const { path } = await install(source, version, { specifier, ...locked }, own, options);
  return { path, version };
}

interface Expected extends LockedPlugin {
  readonly specifier: string;
}

/** Where somebody sees standard error, one line says what is waited for. */
let screen: TerminalScreen | undefined;

/** Installs into a folder beside the final one, checks all that can be checked, and moves it to its place. */
async function install(
  source: RegistrySource,
  range: string,
  expected: Expected | undefined,
  own: readonly ProgramPackage[],
  options: FetchOptions,
): Promise<Installed> {
  const { managers = PACKAGE_MANAGERS, host = thisHost(), limitMs } = options;
  const manager = findManager(managers);
  const staging = makeStaging(options);
  const remove = (): void => rmSync(staging, { recursive: true, force: true, maxRetries: 5 });
  const forget = atAbort(remove);
  const { status = () => {} } = screen ??= terminalScreen();
  status(`fetching ${source.title}@${range} …`);
  try {
    writeRequest(staging, source, range, own, manager);
    const settings = settingsFor(source.name, options.folder);
    if (settings !== "") writeFileSync(join(staging, ".npmrc"), settings);
    const locked = await installInto(staging, source.name, `${source.title}@${range}`, manager, limitMs);
    if (expected !== undefined) checkLocked(expected, locked, options.folder);
    checkPackages(staging, source, own, host);
    linkOwn(staging, own);
    entryIn(staging, source);
    rmSync(join(staging, ".npmrc"), { force: true });
    const final = folderOf(source, locked, own, options);
    moveTo(staging, final);
    return { path: entryIn(final, source), locked };
  } finally {
    status("");
    remove();
    forget();
  }
}

function checkLocked(expected: Expected, found: LockedPlugin, folder: string): void {
  if (found.version === expected.version && found.integrity === expected.integrity) return;
  const message = `${join(folder, LOCK_FILE)} has ${expected.version} with ${expected.integrity}, the registry gives ` +
    `${found.version} with ${found.integrity}; remove the entry "${expected.specifier}" if the change is meant`;
  throw new StreamError("plugin-changed", message);
}

function storeOf({ store = pluginsFolder() }: FetchOptions): string {
  return store;
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Where a version lies: one folder for each content, and for each program that it is linked to. */
function folderOf(
  { name }: RegistrySource,
  { version, integrity }: LockedPlugin,
  own: readonly ProgramPackage[],
  options: FetchOptions,
): string {
  const program = short(own.map((one) => `${one.name} ${one.version} ${one.folder}`).join("\n"));
  return join(storeOf(options), `${name.replace("/", "+")}@${version}-${short(`${integrity}\n${program}`)}`);
}

function entryIn(folder: string, { name, door }: RegistrySource): string {
  // What a package depends on may stand beside where it really is.
  const inside = realpathSync(join(folder, "node_modules", name));
  return entryOf({ folder: inside, manifest: readManifest(inside) ?? {} }, door);
}

/** Its name says who made it: a number, and a sum of the place where the number means a program. */
const STAGING = /^\.staging-(?:([0-9a-f]{16})-)?(\d+)-/;

/** Whoever made a folder is done with it after so long, wherever it ran. */
const STAGING_MS_MAX = 3_600_000;

/** Whether a folder to install in was left behind. */
function isLeftStaging(store: string, name: string): boolean {
  const [whole, place, pid] = STAGING.exec(name) ?? [];
  if (whole === undefined) return false;
  if (place === short(thisPlace()) && !isAlive(Number(pid))) return true;
  const stat = statSync(join(store, name), { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > STAGING_MS_MAX;
}

/** A folder to install in. Those that programs left behind which have died are removed. */
function makeStaging(options: FetchOptions): string {
  const store = storeOf(options);
  try {
    mkdirSync(store, { recursive: true });
    for (const name of readdirSync(store)) {
      if (isLeftStaging(store, name)) rmSync(join(store, name), { recursive: true, force: true });
    }
    return mkdtempSync(join(store, `.staging-${short(thisPlace())}-${process.pid}-`));
  } catch (thrown) {
    const message = `${store} cannot be written: ${messageOf(thrown)}; plugins are kept there, or in $XDG_DATA_HOME`;
    throw new StreamError("plugin-failed", message, { cause: thrown });
  }
}

/**
 * What the package manager reads. For packages of the program stand empty ones of the same version, where it takes
 * folders: nothing of them is fetched then. In any case links take their place later.
 */
function writeRequest(
  staging: string,
  { name }: RegistrySource,
  range: string,
  own: readonly ProgramPackage[],
  { takesFolders }: PackageManager,
): void {
  const overrides: Record<string, string> = {};
  for (const { name: ownName, version } of own) {
    for (const alias of aliasesOf(ownName)) {
      overrides[alias] = version;
      if (!takesFolders) continue;
      const stand = join("own", alias);
      mkdirSync(join(staging, stand), { recursive: true });
      writeFileSync(join(staging, stand, "package.json"), JSON.stringify({ name: alias, version }));
      overrides[alias] = `file:./${stand}`;
    }
  }
  const request = { name: "streamlib-plugin", private: true, dependencies: { [name]: range }, overrides };
  writeFileSync(join(staging, "package.json"), JSON.stringify(request, null, 2));
}

/** Where JSR gives its packages to package managers. */
const JSR_REGISTRY = "@jsr:registry=https://npm.jsr.io/";

/** The settings of the folder, and where JSR is unless the user says it. */
function settingsFor(name: string, folder: string): string {
  const [near, user] = [join(folder, ".npmrc"), join(homedir(), ".npmrc")].map((path) =>
    existsSync(path) ? readFileSync(path, "utf8") : ""
  );
  const isTold = !name.startsWith("@jsr/") || [near, user].some((text) => text.includes("@jsr:registry"));
  return isTold ? near : `${near}\n${JSR_REGISTRY}\n`;
}

/** Names under which a package of ours is asked for: JSR gives its own to package managers. */
function aliasesOf(name: string): readonly string[] {
  return [name, `@jsr/${name.slice(1).replace("/", "__")}`];
}

/** Every package in a folder of packages and below it, with its manifest. */
function* packagesIn(folder: string): Generator<{ readonly folder: string; readonly manifest: PackageManifest }> {
  const modules = join(folder, "node_modules");
  if (!existsSync(modules)) return;
  for (const entry of readdirSync(modules, { withFileTypes: true })) {
    if (entry.name === ".deno") {
      // Deno keeps each package in a folder beside what it depends on, and links to it.
      for (const one of readdirSync(join(modules, entry.name))) yield* packagesIn(join(modules, entry.name, one));
    }
    if (entry.name.startsWith(".")) continue;
    const names = entry.name.startsWith("@")
      ? readdirSync(join(modules, entry.name)).map((name) => join(entry.name, name))
      : [entry.name];
    for (const name of names) {
      const inside = join(modules, name);
      yield { folder: inside, manifest: readManifest(inside) ?? {} };
      yield* packagesIn(inside);
    }
  }
}

/** Makes sure that all that was installed suits this machine and the packages of the program. */
function checkPackages(staging: string, { name }: RegistrySource, own: readonly ProgramPackage[], host: Host): void {
  for (const { folder, manifest } of packagesIn(staging)) {
    if (folder === join(staging, "node_modules", name)) checkHost(manifest, host);
    checkOwnRanges(manifest, own);
  }
}

/**
 * Makes sure that a package can live with the packages of the program.
 *
 * @throws {StreamError} `version-clash` naming what it asks for, and what the program has, and where.
 */
export function checkOwnRanges(manifest: PackageManifest, own: readonly ProgramPackage[]): void {
  const asked = { ...manifest.optionalDependencies, ...manifest.peerDependencies, ...manifest.dependencies };
  for (const { name, version, folder } of own) {
    const range = aliasesOf(name).map((alias) => asked[alias]).find((one) => one !== undefined);
    if (range === undefined || satisfies(version, range) !== false) continue;
    const message = `${manifest.name} ${manifest.version} needs ${name} ${range}, this program has ${version} in ` +
      `${folder}; there can be one of them in a program: use another version of the plugin, or of streamlib`;
    throw new StreamError("version-clash", message);
  }
}

/** Puts links to the packages of the program where a plugin looks for them. */
function linkOwn(staging: string, own: readonly ProgramPackage[]): void {
  const folders = new Map(own.flatMap(({ name, folder }) => aliasesOf(name).map((alias) => [alias, folder] as const)));
  const [core] = own;
  const stands = [...packagesIn(staging)].filter(({ manifest }) => folders.has(manifest.name ?? ""));
  for (const { folder, manifest } of stands) link(folder, folders.get(manifest.name!)!);
  const first = join(staging, "node_modules", core.name);
  if (!existsSync(first)) link(first, core.folder);
  rmSync(join(staging, "own"), { recursive: true, force: true });
}

function link(at: string, to: string): void {
  rmSync(at, { recursive: true, force: true });
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(to, at, "junction");
}

/** Where another program was quicker, its folder has the same. */
function moveTo(staging: string, final: string): void {
  try {
    renameSync(staging, final);
  } catch (thrown) {
    if (!existsSync(final)) throw thrown;
  }
}
