/**
 * Actors of classes that home has never loaded.
 *
 * @module
 */
import { Actor, type CommonOptions, completeConstruction } from "../actor/actor.ts";
import type { ActorClass } from "../actor/catalogue.ts";
import { setRegistration } from "../actor/registration.ts";
import type { AnyActorSpec } from "../actor/spec.ts";

/**
 * Makes the handle of an actor that is known by its declaration alone; its class is in no catalogue.
 *
 * @param name As if it were registered under it.
 * @param module Where its body comes from, for its dispatcher.
 * @param options Its own options and the common ones, `dispatcher` among them: no body can be made here.
 * @throws As the constructor of an actor.
 */
export function makeGuest(
  name: string,
  module: string,
  spec: AnyActorSpec,
  options: CommonOptions & Record<string, unknown>,
): Actor {
  class Guest extends Actor {
    static readonly spec: AnyActorSpec = spec;

    override process(): void {}
  }
  Object.defineProperty(Guest, "name", { value: name });
  setRegistration({ name, module, actorClass: Guest as unknown as ActorClass }, Guest);
  const actor = new Guest(options as CommonOptions as never);
  completeConstruction(actor);
  return actor;
}
