/**
 * Time and chance, as far as supervision needs them: real ones, or those of a test.
 *
 * @module
 */

/** Where a supervisor has its time and its chance from. */
export interface Timers {
  /** Time since some fixed instant, ms; never goes back. */
  nowMs(): number;
  /** Calls `job` once, `delayMs` from now. @returns A function that calls it off. */
  setTimeout(job: () => void, delayMs: number): () => void;
  /** A number from 0 to just below 1. */
  random(): number;
}

/** The machine's own. */
export const SYSTEM_TIMERS: Timers = {
  nowMs: () => performance.now(),
  setTimeout: (job, delayMs) => {
    const timer = setTimeout(job, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
