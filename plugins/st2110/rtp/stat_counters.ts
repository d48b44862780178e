/**
 * Totals that the library keeps, as counters of an actor.
 *
 * @module
 */

/** Adds `by` to the counter `name`. */
export type Count = (name: string, by: number) => void;

/** Tells an actor's counters what a native stream's totals have grown by. */
export class StatCounters {
  readonly #names: Readonly<Record<string, string>>;
  readonly #count: Count;
  #last: Readonly<Record<string, unknown>> = {};

  /**
   * @param names For each total of the library that is shown, the counter's name.
   * @param count The actor's.
   */
  constructor(names: Readonly<Record<string, string>>, count: Count) {
    this.#names = names;
    this.#count = count;
  }

  /** Takes over the totals as they are now. */
  update(totals: Readonly<Record<string, unknown>>): void {
    for (const [total, name] of Object.entries(this.#names)) {
      const grown = Number(totals[total] ?? 0) - Number(this.#last[total] ?? 0);
      if (grown > 0) this.#count(name, grown);
    }
    this.#last = totals;
  }

  /** Another stream begins: its totals count from 0. */
  restart(): void {
    this.#last = {};
  }
}
