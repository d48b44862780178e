/**
 * How long to wait before a restart: longer each time, so that what fails at once does not keep the machine busy, and
 * never quite the same, so that what failed together does not come back together.
 *
 * @module
 */

/** How the wait before a restart grows. */
export interface BackoffOptions {
  /** Before the first restart, ms, 0 to 2³¹ − 1. */
  readonly firstMs: number;
  /** No wait is longer, ms, `firstMs` to 2³¹ − 1. */
  readonly maxMs: number;
  /** Each wait is this many times as long as the one before, 1 to 1000. */
  readonly factor: number;
  /** Up to this fraction of each wait is taken off at random, 0 to 1. */
  readonly jitter: number;
}

/** The wait before restart `attempt` (from 1), ms. `random`: 0 to 1. */
export function backoffMs(options: BackoffOptions, attempt: number, random: number): number {
  const { firstMs, maxMs, factor, jitter } = options;
  // The power grows beyond all numbers, and 0 times that is not 0.
  const fullMs = firstMs === 0 ? 0 : Math.min(maxMs, firstMs * factor ** (attempt - 1));
  return fullMs * (1 - jitter * random);
}

/** Counts restarts and says how long to wait before each. */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  /** No restart yet. */
  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Number of the restart that was last asked for, from 1; 0 after a reset. */
  get attempt(): number {
    return this.#attempt;
  }

  /** The wait before the next restart, ms. `random`: 0 to 1. */
  next(random: number): number {
    this.#attempt++;
    return backoffMs(this.#options, this.#attempt, random);
  }

  /** All is well: the next wait is the first one again. */
  reset(): void {
    this.#attempt = 0;
  }
}
