/**
 * What can be seen of an actor from outside.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import type { InputStats } from "../port/input.ts";
import type { OutputStats } from "../port/output.ts";

/** Where an actor is in its life. `starting` and `running` last until its end is complete. */
export type ActorState = "starting" | "running" | "stopped" | "failed";

/** What is told to who listens to an actor. */
export interface ActorEvents {
  /** The actor has gone from one state to another; `error` says why it failed. */
  state: { readonly from: ActorState; readonly to: ActorState; readonly error: Error | undefined };
}

/** What an actor has done so far. */
export interface ActorStats {
  /** Where it is in its life. */
  readonly state: ActorState;
  /** Calls of `process` that returned without throwing. */
  readonly ticks: number;
  /** Beats that fell due while the actor was busy, and items of a driving `latest` input that newer ones replaced. */
  readonly missedTicks: number;
  /** Calls of `process` in place of a silent driving input. */
  readonly freewheelTicks: number;
  /** What the actor itself counts, by name: frames skipped, packets refused. Kept after its end. */
  readonly counters: Readonly<Record<string, number>>;
  /** Time that the last call of `process` took, ms, waiting included; 0 before the first. */
  readonly processMs: number;
  /** Its inputs by name; members of families as `family.member`. */
  readonly inputs: Readonly<Record<string, InputStats>>;
  /** Its outputs by name. */
  readonly outputs: Readonly<Record<string, OutputStats>>;
}

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
