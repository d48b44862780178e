/**
 * A domain of virtual time: knows when everything that a beat has set off is done.
 *
 * @module
 */
import { setImmediate } from "node:timers";

/** What is done for a domain in another place; see {@linkcode Domain.addParty}. */
export interface DomainParty {
  /** Whether nothing is going on there, nothing is on the way there, and nothing came from there unseen. */
  readonly isQuiet: boolean;
  /** Actors there that wait for an input to catch up. */
  readonly joins: number;
  /** Releases one of them. It is not quiet from now on, until it says so again. */
  release(): void;
}

/**
 * Counts the work in progress of a graph of actors in virtual time. The framework keeps the count; an actor may ask
 * whether its clock's domain is {@linkcode Domain.lossless}.
 */
export class Domain {
  /** Whether no item may be lost: every input is read in order and an overrun is an error. */
  readonly lossless: boolean;
  readonly #onQuiet: ((joins: number) => void) | undefined;
  #busy = 0;
  readonly #joins = new Set<() => void>();
  readonly #parties = new Set<DomainParty>();
  #waiting: (() => void)[] = [];
  #checking = false;

  /**
   * @internal Made by the clocks of virtual time.
   *
   * @param lossless Whether every input is read in order and an overrun is an error.
   * @param onQuiet Of the part of a domain that is in another place than its clock: is told when nothing goes on here,
   * and how many actors wait for an input to catch up. Only {@linkcode Domain.releaseJoin} releases them then.
   */
  constructor(lossless: boolean, onQuiet?: (joins: number) => void) {
    this.lossless = lossless;
    this.#onQuiet = onQuiet;
  }

  /** @internal Work begins. */
  enter(): void {
    this.#busy++;
  }

  /** @internal Work ends. */
  leave(): void {
    this.#busy--;
    this.check();
  }

  /**
   * @internal An actor waits for an input to catch up. It is released when nothing else is going on.
   *
   * @returns A function that takes the wait back.
   */
  join(release: () => void): () => void {
    this.#joins.add(release);
    this.check();
    return () => void this.#joins.delete(release);
  }

  /** @internal Releases one actor that waits for an input to catch up. @returns Whether there was one. */
  releaseJoin(): boolean {
    const [release] = this.#joins;
    if (!release) return false;
    this.#joins.delete(release);
    release();
    this.check();
    return true;
  }

  /** @internal Time does not move on, and nobody is released, while this party is not quiet. */
  addParty(party: DomainParty): void {
    this.#parties.add(party);
  }

  /** @internal The party is gone. */
  removeParty(party: DomainParty): void {
    if (this.#parties.delete(party)) this.check();
  }

  /** @internal Resolves when no work is in progress. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.check();
    });
  }

  /** @internal Looks whether everything is done; a party that has become quiet calls it. */
  check(): void {
    if (this.#checking || this.#busy > 0) return;
    this.#checking = true;
    // A macrotask later: whatever was resolved just now has then had its turn.
    setImmediate(() => {
      this.#checking = false;
      if (this.#busy > 0) return;
      if (this.#onQuiet) return this.#onQuiet(this.#joins.size);
      const parties = [...this.#parties];
      if (parties.some((party) => !party.isQuiet) || this.releaseJoin()) return;
      const joining = parties.find((party) => party.joins > 0);
      if (joining) return joining.release();
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    });
  }
}
