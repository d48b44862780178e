/**
 * Importing plugins by specifier, so that their actors stand in the catalogue.
 *
 * @module
 */
import { existsSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Actor, catalogue, isStreamError, StreamError, type StreamErrorCode } from "@streamlib/core";
import type { FetchedPlugin } from "./plugin/fetch_plugin.ts";
import { parsePluginSpecifier, type RegistrySource } from "./plugin/plugin_specifier.ts";

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
  /** `absent`: it is not there; `failed`: it is there, and cannot be used. */
  readonly state: "imported" | "absent" | "failed";
  /** Why it is not imported, for programs; absent if it is. */
  readonly code?: StreamErrorCode;
  /** Why it is not imported. */
  readonly reason?: string | undefined;
  /** What it exports. */
  readonly module?: Readonly<Record<string, unknown>>;
}

/** How plugins are imported. */
export interface ImportOptions {
  /** Where relative paths begin and packages are looked for. Default: the working folder. */
  readonly folder?: string;
  /** Where `streamlib.lock.json` stands, and perhaps an `.npmrc` that names registries. Default: the same. */
  readonly lockFolder?: string;
  /** Refuse plugins of a registry that `streamlib.lock.json` does not have. Default false. */
  readonly isFrozen?: boolean;
}

/**
 * Imports a plugin.
 *
 * Those of a registry, `npm:` and `jsr:`, are fetched once into the user's folder of plugins, and held to
 * `streamlib.lock.json`. A package that is installed is looked for from the folder, then from this command. Never
 * rejects.
 *
 * @param specifier For example `npm:@me/glow@^1`, `./my_plugin/mod.ts`, the folder of a package, or `@streamlib/video`.
 */
export async function importPlugin(specifier: string, options: ImportOptions = {}): Promise<PluginState> {
  const before = new Set(catalogue().map(({ actorClass }) => actorClass));
  try {
    const { module } = await load(specifier, options, (loaded) => checkActors(loaded, before));
    return { specifier, state: "imported", module };
  } catch (thrown) {
    const code = isStreamError(thrown) ? thrown.code : "plugin-failed";
    return { specifier, state: code === "plugin-missing" ? "absent" : "failed", code, reason: reasonOf(thrown) };
  }
}

/** Imports several plugins one after the other. */
export async function importPlugins(
  specifiers: readonly string[],
  options: ImportOptions = {},
): Promise<PluginState[]> {
  const states: PluginState[] = [];
  for (const specifier of specifiers) states.push(await importPlugin(specifier, options));
  return states;
}

interface Loaded {
  readonly module: Readonly<Record<string, unknown>>;
  /** Its address, as far as that is known. */
  readonly entry: string;
  /** The folder of the package, where a package was asked for and not one of its modules. */
  readonly folder?: string | undefined;
}

/**
 * What came of checking what plugins bring, by their address: a module is loaded once, and brings nothing when it is
 * asked for again.
 */
const checks = new Map<string, Promise<void>>();

/** Makes sure that a plugin has brought actors of this program's core. `before`: the classes that there were. */
function checkActors(loaded: Loaded, before: ReadonlySet<unknown>): Promise<void> {
  const earlier = checks.get(loaded.entry);
  if (earlier !== undefined) return earlier;
  const check = checkNew(loaded, before);
  checks.set(loaded.entry, check);
  return check;
}

async function checkNew({ module, entry, folder }: Loaded, before: ReadonlySet<unknown>): Promise<void> {
  const all = catalogue();
  const brought = all.filter(({ actorClass }) => !before.has(actorClass));
  const exported = new Set(Object.values(module));
  // Another plugin may have imported it already.
  const own = (one: string): boolean => one === entry || folder !== undefined && isBelow(one, folder);
  const hasActors = brought.length > 0 || all.some((one) => exported.has(one.actorClass) || own(one.module));
  const foreign = brought.filter(({ actorClass }) => !(actorClass.prototype instanceof Actor));
  // Where nothing is registered, its core may be too far from ours for what it registers to be seen.
  const asked = hasActors ? foreign.map((one) => one.module) : [entry];
  if (asked.length > 0) (await import("./plugin/one_core.ts")).checkOneCore(asked);
  if (hasActors) return;
  throw new StreamError("plugin-empty", "it registers no actor, and a plugin brings one: @registerActor on a class");
}

/** Whether a module is one of the package in a folder itself, not of one that lies in there. */
function isBelow(module: string, folder: string): boolean {
  if (!module.startsWith("file:")) return false;
  const path = relative(folder, fileURLToPath(module));
  return !isAbsolute(path) && !path.split(sep).some((part) => part === ".." || part === "node_modules");
}

async function load(
  text: string,
  { folder = process.cwd(), lockFolder = folder, isFrozen = false }: ImportOptions,
  check: (loaded: Loaded) => Promise<void>,
): Promise<Loaded> {
  const checked = async (loading: Promise<Loaded>): Promise<Loaded> => {
    const loaded = await loading;
    await check(loaded);
    return loaded;
  };
  const specifier = parsePluginSpecifier(text, folder);
  switch (specifier.kind) {
    case "registry": {
      const { source } = specifier;
      const { fetchPlugin } = await import("./plugin/fetch_plugin.ts");
      return await fetchPlugin(
        text,
        source,
        { folder: lockFolder, isFrozen },
        (one) => checked(enterFetched(one, source, isFrozen)),
      );
    }
    case "path": {
      const { path } = specifier;
      const entry = pathToFileURL(await fileOf(text, path)).href;
      return await checked(enter(entry, statSync(path).isDirectory() ? realpathSync(path) : undefined));
    }
    case "address":
      return await checked(enter(text));
    case "installed":
      return await checked(installed(text, folder));
  }
}

async function enterFetched(
  { path, version }: FetchedPlugin,
  { title, door }: RegistrySource,
  isFrozen: boolean,
): Promise<Loaded> {
  try {
    return await enter(pathToFileURL(path).href);
  } catch (thrown) {
    // Deno, where it runs this command out of its own cache, sees no packages in folders: it has them in that cache. No
    // module there may name them so, but one that is in no file may.
    if (!/not a dependency/.test(reasonOf(thrown))) throw thrown;
    if (isFrozen) {
      const message = "Deno runs streamlib out of its own cache here and fetches plugins into it by itself, without " +
        "the sum in streamlib.lock.json, which --frozen asks for; install streamlib into a folder, or leave --frozen";
      throw new StreamError("plugin-lock", message, { cause: thrown });
    }
    const text = `export * from ${JSON.stringify(`${title}@${version}${door.slice(1)}`)};`;
    return await enter(`data:text/javascript,${encodeURIComponent(text)}`);
  }
}

/** The module that a path means: itself, or what the package in this folder is entered by. */
async function fileOf(text: string, path: string): Promise<string> {
  if (!existsSync(path)) throw new StreamError("plugin-missing", `there is no ${path}`);
  if (!statSync(path).isDirectory()) return path;
  const { checkHost, entryOf, readManifest } = await import("./plugin/package_manifest.ts");
  const manifest = readManifest(path) ?? readManifest(path, "deno.json");
  if (manifest === undefined) {
    throw new StreamError(
      "plugin-missing",
      `${path} has no package.json or deno.json; name a module, as ${text}/mod.ts`,
    );
  }
  checkHost({ name: text, ...manifest });
  return entryOf({ folder: path, manifest });
}

/** A package seen from the folder, else from this command. */
async function installed(name: string, folder: string): Promise<Loaded> {
  const seen = resolvedFrom(folder, name);
  if (seen !== undefined) {
    const { checkHost, packageOf } = await import("./plugin/package_manifest.ts");
    const found = packageOf(seen);
    const own = found?.manifest.name === name ? found : undefined;
    if (own !== undefined) checkHost(own.manifest);
    return await enter(pathToFileURL(seen).href, own && realpathSync(own.folder));
  }
  try {
    return { module: await import(name), entry: name };
  } catch (thrown) {
    if (!isNotFound(thrown, name)) throw failed(thrown);
    const { suggestion } = await import("./plugin/package_manager.ts");
    const message = `it is not installed in ${folder} or above, nor beside streamlib${suggestion(name)}; ` +
      `npm:${name} fetches it from npm, ./${name} is a path`;
    throw new StreamError("plugin-missing", message, { cause: thrown });
  }
}

function resolvedFrom(folder: string, name: string): string | undefined {
  // Where nothing is installed, Bun would ask the registry for whatever has this name.
  if (!hasPackages(folder)) return undefined;
  try {
    return createRequire(pathToFileURL(join(folder, "_")).href).resolve(name);
  } catch {
    return undefined;
  }
}

/** Whether packages are installed in this folder or in one above it. */
function hasPackages(folder: string): boolean {
  if (existsSync(join(folder, "node_modules"))) return true;
  const above = dirname(folder);
  return above !== folder && hasPackages(above);
}

async function enter(address: string, folder?: string): Promise<Loaded> {
  try {
    return { module: await import(address), entry: address, folder };
  } catch (thrown) {
    if (isNotFound(thrown, address)) throw new StreamError("plugin-missing", reasonOf(thrown), { cause: thrown });
    throw failed(thrown);
  }
}

/** What a module threw while it was loaded. */
function failed(thrown: unknown): StreamError {
  if (isStreamError(thrown) && /^(?:catalogue|version)-clash$/.test(thrown.code)) return thrown;
  const { code } = (thrown ?? {}) as { code?: unknown };
  const message = `it fails while it is loaded: ${reasonOf(thrown)}${typeof code === "string" ? ` (${code})` : ""}`;
  return new StreamError("plugin-failed", message, { cause: thrown });
}

/** Whether the failure says that the plugin itself is not there, not something that it needs. */
function isNotFound(thrown: unknown, address: string): boolean {
  if ((thrown as { code?: unknown } | undefined)?.code !== "ERR_MODULE_NOT_FOUND") return false;
  const lacking = /["']([^"']+)["']/.exec(reasonOf(thrown))?.[1];
  const meant = [address, address.startsWith("file:") ? fileURLToPath(address) : address];
  return lacking !== undefined && (meant.includes(lacking) || meant.includes(`npm:${lacking}`));
}

/** What some runtimes throw for a module that is not there is no Error. */
function reasonOf(thrown: unknown): string {
  return String((thrown as { message?: unknown } | undefined)?.message ?? thrown);
}
