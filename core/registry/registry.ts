/**
 * Where actors are found by URI.
 *
 * @module
 */
import type { Actor } from "../actor/actor.ts";
import { StreamError } from "../errors.ts";
import { type ActorUri, parseActorUri } from "./uri.ts";
import { localRegistry } from "./local_registry.ts";

/** Finds or makes actors of one host. The in-process one is built in; a network one keeps the same contract. */
export interface Registry {
  /**
   * The actor with this URI, made with `options` if there is none. Atomic: of many calls at once, one makes it and all
   * get the same; against one that is just ending it waits for the end and makes a new one.
   */
  getOrCreate(uri: ActorUri, options: Readonly<Record<string, unknown>>): Promise<Actor>;
  /** URIs of the actors that live now. */
  list(): Promise<readonly string[]>;
}

const registries = new Map<string, Registry>([["local", localRegistry]]);

/** Uses `registry` for URIs of `host` from now on; used by packages that reach other machines. */
export function useRegistry(host: string, registry: Registry): void {
  registries.set(host, registry);
}

/**
 * The actor with this URI; the same one every time.
 *
 * @param uri `actor://local/Class/id`; other hosts need a registry for them.
 * @param options Options of the actor if it has to be made.
 * @throws {StreamError} `uri-invalid`, `catalogue-unknown`, `option-invalid`, and what the actor's start throws.
 */
export async function getActor(uri: string, options: Readonly<Record<string, unknown>> = {}): Promise<Actor> {
  const parsed = parseActorUri(uri);
  const registry = registries.get(parsed.host);
  if (!registry) {
    throw new StreamError(
      "uri-invalid",
      `Cannot reach host ${parsed.host} of ${uri}: known are ${[...registries.keys()].join(", ")}`,
    );
  }
  return await registry.getOrCreate(parsed, options);
}
