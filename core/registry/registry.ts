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
   * The actor with this URI, made with `options` if there is none; its start is not waited for. Atomic: of many calls
   * at once, one makes it and all get the same; against one that is just ending it waits for the end and makes a new
   * one. Rejects as {@linkcode getActor} says.
   */
  getOrCreate(uri: ActorUri, options: Readonly<Record<string, unknown>>): Promise<Actor>;
  /** URIs of the actors that live now. */
  list(): Promise<readonly string[]>;
}

const registries = new Map<string, Registry>([["local", localRegistry]]);

/**
 * Uses `registry` for URIs of `host` from now on, in place of any before; used by packages that reach other machines.
 *
 * @param host The host as it stands in URIs, with `:port` if they have one.
 */
export function useRegistry(host: string, registry: Registry): void {
  registries.set(host, registry);
}

/**
 * The actor with this URI, made if there is none; the same one every time for as long as it lives.
 *
 * It does not wait for the actor's start: `await actor.ready` does, and tells why a start failed.
 *
 * @param uri `actor://local/Class/id`; other hosts need a registry for them.
 * @param options Options of the actor if it has to be made; else they are not looked at. `id` comes from the URI.
 * @throws {StreamError} `uri-invalid`, also for a host that has no registry; `catalogue-unknown`; if it has to be made
 * `option-invalid`, and what else its constructor throws.
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
