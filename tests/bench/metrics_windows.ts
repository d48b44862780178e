/**
 * The whiles in which the demo serves its metrics, or does not.
 *
 * @module
 */

/** What is before that is loading and warming up. */
export const WARM_MS = 5000;
/** How long metrics are on, or off. */
export const WINDOW_MS = 2000;
/** Pairs of a while on and a while off. */
export const PAIRS = 8;

/** What the program says of each while, as JSON after `window: `. */
export interface Window {
  readonly isOn: boolean;
  /** Frames that the compositor has made. */
  readonly frames: number;
  /** Processor time of all threads, ms. */
  readonly cpuMs: number;
  /** Items that all inputs have read. */
  readonly reads: number;
}
