/**
 * Actors that come between types of messages that do not fit: from pictures in memory to those on a GPU and back.
 *
 * @module
 */
import { catalogue, type MessageType, type Registration } from "@streamlib/core";
import { importPlugin } from "../plugins.ts";
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

/** Its actor, if its package was imported. */
export function bridgeActor({ name }: Bridge): Registration | undefined {
  const [className] = name.split(" ");
  return catalogue().find(({ actorClass }) => actorClass.name === className);
}

/** Imports the packages whose actors may come between the stages of links that allow it. */
export async function loadBridges(
  links: readonly LinkTree[],
  actors: readonly (Registration | undefined)[],
  folder: string,
): Promise<void> {
  const names = links.filter(({ isBridged }) => isBridged).flatMap(({ from, to }) => {
    const inputs = Object.values(actors[to.stage]?.actorClass.spec.inputs ?? {});
    return Object.values(actors[from.stage]?.actorClass.spec.outputs ?? {}).flatMap(({ type: given }) =>
      inputs.map((one) => bridgeOf(given, "each" in one ? one.each.type : one.type))
    );
  });
  const packages = names.flatMap((bridge) =>
    bridge && !bridgeActor(bridge) ? [/ of (.+)$/.exec(bridge.name)?.[1] ?? ""] : []
  );
  for (const specifier of new Set(packages)) if (specifier !== "") await importPlugin(specifier, { folder });
}
