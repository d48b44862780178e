/**
 * Clock and waiting over the native library.
 *
 * @module
 */

import { results } from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { check } from "./result.ts";

/** The machine's monotonic clock by way of the library. Instants are nanoseconds as bigint. */
export class NativeTime {
  readonly #functions: NativeLibrary["functions"];

  /** Over an open library. */
  constructor(library: NativeLibrary) {
    this.#functions = library.functions;
  }

  /** CLOCK_MONOTONIC. */
  monotonicNs(): bigint {
    return this.#functions.sl_time_monotonic_ns();
  }

  /**
   * Blocks this thread until the monotonic clock has reached the instant, never less.
   *
   * @returns False if the instant is more than 100 ms away: 100 ms were slept, call again.
   */
  sleepUntil(monotonicNs: bigint): boolean {
    const code = this.#functions.sl_time_sleep_until(monotonicNs);
    if (code === results.timed_out) return false;
    check(code, "sleep");
    return true;
  }
}
