/**
 * What a class was registered as.
 *
 * @module
 */
import type { Registration } from "./catalogue.ts";

const registrations = new WeakMap<object, Registration>();
/** Registered classes by the class that the decorator was put on. */
const decorated = new WeakMap<object, unknown>();

/** What this very class was registered as; a subclass has to be registered itself. */
export function registrationOf(actorClass: object): Registration | undefined {
  return registrations.get(actorClass);
}

/**
 * The class that the decorator returned for this one; any other class, a registered one included, is its own.
 *
 * On Deno the name of a decorated class means, within the class, the one that the decorator was put on.
 */
export function registeredClassOf<C extends object>(actorClass: C): C {
  return registrations.has(actorClass) ? actorClass : (decorated.get(actorClass) ?? actorClass) as C;
}

/** Notes what a class was registered as, and which class the decorator was put on. */
export function setRegistration(registration: Registration, undecorated: object): void {
  registrations.set(registration.actorClass, registration);
  decorated.set(undecorated, registration.actorClass);
}
