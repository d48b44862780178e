/**
 * Actors that come between types of messages that do not fit: from pictures in memory to those on a GPU and back.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { catalogue, type MessageType, type Registration } from "@streamlib/core";
import { packageOf } from "../plugin/package_manifest.ts";
import { type ImportOptions, importPlugin, type PluginState } from "../plugins.ts";
import { kebab } from "./actor_names.ts";
import type { LinkTree } from "./tree.ts";

/** What comes between two types. */
export interface Bridge {
  /** Its class and package, as a message type names them: `UploadActor of @streamlib/gpu`. */
  readonly name: string;
  /** The type that names it: the bridge lives with the stage that has this one. */
  readonly beside: "given" | "wanted";
}

/** What makes messages of one type out of another, if one of the two says so. */
export function bridgeOf(given: MessageType, wanted: MessageType): Bridge | undefined {
  const from = wanted.bridges?.from?.[given.typeName];
  if (from !== undefined) return { name: from, beside: "wanted" };
  const to = given.bridges?.to?.[wanted.typeName];
  return to === undefined ? undefined : { name: to, beside: "given" };
}

/** Its actor as it is typed: `upload`. */
export function bridgeWord({ name }: Bridge): string {
  return kebab(/^(\w+?)(?:Actor)?\b/.exec(name)?.[1] ?? name);
}

/** Its class, and the package that it is of. */
function partsOf({ name }: Bridge): { readonly className: string; readonly home: string | undefined } {
  const [className, home] = name.split(" of ");
  return { className, home };
}

/** Its actor, if its package was imported. */
export function bridgeActor(bridge: Bridge): Registration | undefined {
  const { className, home } = partsOf(bridge);
  return catalogue().find(({ actorClass, module }) =>
    actorClass.name === className && (home === undefined || isOf(module, home))
  );
}

/** Whether a module is one of a package; JSR gives its packages to package managers under a name of its own. */
function isOf(module: string, name: string): boolean {
  if (!module.startsWith("file:")) return module.includes(`/${name}/`) || module.includes(`/${name}@`);
  const found = packageOf(fileURLToPath(module))?.manifest.name;
  return found === name || found === `@jsr/${name.slice(1).replace("/", "__")}`;
}

/** What came of importing packages of bridges, by the name of the package. */
export type BridgeStates = ReadonlyMap<string, PluginState>;

/**
 * Imports the packages whose actors may come between the stages of links that allow it.
 *
 * @returns What came of it, for those that were not imported before.
 */
export async function loadBridges(
  links: readonly LinkTree[],
  actors: readonly (Registration | undefined)[],
  options: ImportOptions,
): Promise<BridgeStates> {
  const bridges = links.filter(({ isBridged }) => isBridged).flatMap(({ from, to }) => {
    const inputs = Object.values(actors[to.stage]?.actorClass.spec.inputs ?? {});
    return Object.values(actors[from.stage]?.actorClass.spec.outputs ?? {}).flatMap(({ type: given }) =>
      inputs.map((one) => bridgeOf(given, "each" in one ? one.each.type : one.type))
    );
  });
  const states = new Map<string, PluginState>();
  for (const bridge of bridges) {
    const home = bridge && !bridgeActor(bridge) ? partsOf(bridge).home : undefined;
    if (home !== undefined && !states.has(home)) states.set(home, await importPlugin(home, options));
  }
  return states;
}

/** Why a bridge is not to be had: what is wrong and how it can be mended. */
export function bridgeLack(bridge: Bridge, states: BridgeStates): Pick<PluginState, "code" | "reason"> {
  const { className, home = "its package" } = partsOf(bridge);
  const { state = "absent", code = "plugin-missing", reason } = states.get(home) ?? {};
  const would = `${className} would come between, and`;
  if (state === "imported") return { code, reason: `${would} ${home} has no such actor; use another version of it` };
  if (code === "plugin-missing") return { code, reason: `${would} cannot be had; install ${home}` };
  return { code, reason: `${would} ${home} cannot be imported: ${reason}` };
}
