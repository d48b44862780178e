/**
 * The actors of this process by class and id.
 *
 * @module
 */
import type { Actor } from "../actor/actor.ts";
import { findActor } from "../actor/catalogue.ts";
import { StreamError } from "../errors.ts";
import type { Registry } from "./registry.ts";
import { type ActorUri, isActorId } from "./uri.ts";

interface LocalActors {
  readonly actors: Map<string, Actor>;
  /** How many ids were made by themselves, by name of class. */
  readonly counters: Map<string, number>;
}

const KEY = Symbol.for("@streamlib/core/local-actors/1");
const shared = globalThis as { [KEY]?: LocalActors };
/** One list per process, shared by all copies of this package. */
const { actors, counters } = shared[KEY] ??= { actors: new Map(), counters: new Map() };

function keyOf(className: string, id: string): string {
  return `${className}/${id}`;
}

/**
 * The id for a new instance: the given one, or the class name in lower case and a number.
 *
 * @throws {StreamError} `option-invalid` if the given one cannot be used, `id-taken` if it is in use.
 */
export function claimId(className: string, given: string | undefined): string {
  if (given !== undefined) {
    if (!isActorId(given)) {
      throw new StreamError(
        "option-invalid",
        `Cannot make ${className}: option id = ${JSON.stringify(given)}: letters, digits, ".", "_" and "-" are right`,
      );
    }
    if (actors.has(keyOf(className, given))) {
      throw new StreamError("id-taken", `Cannot make ${className} "${given}": one with this id runs; stop it first`);
    }
    return given;
  }
  for (;;) {
    const count = (counters.get(className) ?? 0) + 1;
    counters.set(className, count);
    const id = `${className.toLowerCase()}-${count}`;
    if (!actors.has(keyOf(className, id))) return id;
  }
}

/** A handle that is complete. */
export function recordActor(actor: Actor): void {
  actors.set(actor.uri.slice("actor://local/".length), actor);
}

/** An actor that has ended. */
export function forgetActor(className: string, id: string): void {
  actors.delete(keyOf(className, id));
}

/** Every actor of this process that has not ended, in the order they were made. */
export function localActors(): readonly Actor[] {
  return [...actors.values()];
}

/** Stops every actor of this process, the last made first, and waits for all. Failures are told by the actors. */
export async function stopAll(): Promise<void> {
  for (const actor of localActors().toReversed()) await actor.stop();
}

/** The registry of this process. */
export const localRegistry: Registry = {
  async getOrCreate({ className, id }: ActorUri, options: Readonly<Record<string, unknown>>): Promise<Actor> {
    const { actorClass } = findActor(className);
    for (let known = actors.get(keyOf(className, id)); known; known = actors.get(keyOf(className, id))) {
      if (!known.isEnding) return known;
      await known.ended.catch(() => {});
    }
    return new actorClass({ ...options, id });
  },
  list: () => Promise.resolve([...actors.values()].map((actor) => actor.uri)),
};
