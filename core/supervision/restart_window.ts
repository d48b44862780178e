/**
 * The limit of restarts: so many within so long.
 *
 * @module
 */

/** Counts restarts within a window that slides with time. */
export class RestartWindow {
  readonly #maxRestarts: number;
  readonly #withinMs: number;
  /** Times of the restarts within the window, oldest first; never more than `maxRestarts`. */
  readonly #timesMs: number[] = [];

  /** `maxRestarts` of them are allowed within `withinMs`. */
  constructor(maxRestarts: number, withinMs: number) {
    this.#maxRestarts = maxRestarts;
    this.#withinMs = withinMs;
  }

  /** Restarts within the window, as of the last call of `admit`. */
  get count(): number {
    return this.#timesMs.length;
  }

  /**
   * Asks for a restart at `nowMs`, which never goes back.
   *
   * @returns Whether it is allowed; only then it counts.
   */
  admit(nowMs: number): boolean {
    while (this.#timesMs.length > 0 && nowMs - this.#timesMs[0] > this.#withinMs) this.#timesMs.shift();
    if (this.#timesMs.length >= this.#maxRestarts) return false;
    this.#timesMs.push(nowMs);
    return true;
  }

  /** Time from the oldest restart within the window to `nowMs`, ms; 0 without one. */
  spanMs(nowMs: number): number {
    return this.#timesMs.length > 0 ? nowMs - this.#timesMs[0] : 0;
  }

  /** Forgets all restarts. */
  clear(): void {
    this.#timesMs.length = 0;
  }
}
