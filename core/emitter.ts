/**
 * Listeners.
 *
 * @module
 */
import { messageOf } from "./errors.ts";

/** A list of listeners per event. */
export class Emitter<E extends object> {
  readonly #listeners = new Map<keyof E, Set<(event: never) => void>>();

  /** Calls `listener` at every event of this name. @returns A function that takes the listener away. */
  on<K extends keyof E>(name: K, listener: (event: E[K]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Tells every listener; one that throws is reported and disturbs nobody. @returns How many there were. */
  emit<K extends keyof E>(name: K, event: E[K]): number {
    const listeners = [...this.#listeners.get(name) ?? []];
    for (const listener of listeners) {
      try {
        listener(event as never);
      } catch (thrown) {
        console.error(`streamlib: a listener of ${String(name)} failed: ${messageOf(thrown)}`);
      }
    }
    return listeners.length;
  }
}
