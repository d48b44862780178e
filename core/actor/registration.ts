/**
 * What a class was registered as.
 *
 * @module
 */
import type { ActorClass, Registration } from "./catalogue.ts";

const registrations = new WeakMap<ActorClass, Registration>();

/** What this very class was registered as; a subclass has to be registered itself. */
export function registrationOf(actorClass: ActorClass): Registration | undefined {
  return registrations.get(actorClass);
}

/** Notes what a class was registered as. */
export function setRegistration(actorClass: ActorClass, registration: Registration): void {
  registrations.set(actorClass, registration);
}
