/**
 * What goes wrong in the lives of an actor: none of it is lost.
 *
 * @module
 */
import { messageOf, StreamError } from "../errors.ts";
import type { ActorState } from "./state.ts";

/** The failures of one actor. */
export class Failures {
  /** Whether the actor has ended: what comes then can only be printed. */
  isOver = false;
  /** Whether somebody waits for the start: a failure until then need not be printed. */
  isStartObserved = false;
  /** Whether somebody waits for the end: a failure need not be printed. */
  isEndObserved = false;
  readonly #label: string;
  #first: Error | undefined;

  /** @param label `Invert "invert-1"`. */
  constructor(label: string) {
    this.#label = label;
  }

  /** What went wrong first in this life; the actor fails by it, also if it was ending in good order. */
  get first(): Error | undefined {
    return this.#first;
  }

  /** Whether somebody is told of a failure in this state. */
  isObserved(state: ActorState): boolean {
    return this.isEndObserved || (this.isStartObserved && state === "starting");
  }

  /** Takes a failure down. Another than the first, or one after the end, is printed in one line. */
  blame(thrown: unknown): void {
    if (!this.#first && !this.isOver) {
      this.#first = thrown instanceof Error ? thrown : new Error(String(thrown));
    } else if (messageOf(thrown) !== this.#first?.message) {
      const when = this.isOver ? "failed after its end" : "failed again while ending";
      console.error(`streamlib: ${this.#label} ${when}: ${messageOf(thrown)}`);
    }
  }

  /** Prints the first one in one line, if there is one. */
  printFirst(what: string): void {
    if (this.#first) console.error(`streamlib: ${this.#label} ${what}: ${this.#first.message}`);
  }

  /** Another life begins. */
  forget(): void {
    this.#first = undefined;
  }

  /** The first one as the actor's failure. */
  asError(): StreamError {
    const cause = this.#first;
    return new StreamError("actor-failed", `${this.#label} failed: ${messageOf(cause)}`, { cause });
  }
}
