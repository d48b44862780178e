/**
 * A domain of virtual time: knows when everything that a beat has set off is done.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/**
 * Counts the work in progress of a graph of actors in virtual time. The framework keeps the count; an actor may ask
 * whether its clock's domain is {@linkcode Domain.lossless}.
 */
export class Domain {
  /** Whether no item may be lost: every input is read in order and an overrun is an error. */
  readonly lossless: boolean;
  #busy = 0;
  readonly #joins = new Set<() => void>();
  #waiting: (() => void)[] = [];
  #checking = false;

  /**
   * @internal Made by the clocks of virtual time.
   *
   * @param lossless Whether every input is read in order and an overrun is an error.
   */
  constructor(lossless: boolean) {
    this.lossless = lossless;
  }

  /** @internal Work begins. */
  enter(): void {
    this.#busy++;
  }

  /** @internal Work ends. */
  leave(): void {
    this.#busy--;
    this.#check();
  }

  /**
   * @internal An actor waits for an input to catch up. It is released when nothing else is going on.
   *
   * @returns A function that takes the wait back.
   */
  join(release: () => void): () => void {
    this.#joins.add(release);
    this.#check();
    return () => void this.#joins.delete(release);
  }

  /** @internal Resolves when no work is in progress. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#check();
    });
  }

  #check(): void {
    if (this.#checking || this.#busy > 0) return;
    this.#checking = true;
    // A macrotask later: whatever was resolved just now has then had its turn.
    setImmediate(() => {
      this.#checking = false;
      if (this.#busy > 0) return;
      const [release] = this.#joins;
      if (release) {
        this.#joins.delete(release);
        release();
        this.#check();
        return;
      }
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    });
  }
}
