/**
 * Clock and waiting over the native library.
 *
 * @module
 */

import { results, timeMappingLayout } from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { check } from "./result.ts";

/** TAI = monotonic time + `offsetNs`, fixed when the library is first used in a process. */
export interface NativeTimeMapping {
  /** What to add to monotonic time. */
  readonly offsetNs: bigint;
  /** How exactly the two clocks were read against each other; says nothing of the system clock's own error. */
  readonly errorNs: number;
  /** `kernel`: CLOCK_TAI as a PTP or NTP daemon set it. `system`: UTC of the system + 37 s. */
  readonly source: "system" | "kernel";
  /** TAI - UTC that was used; 37 since 2017. */
  readonly taiUtcSeconds: number;
}

/** The machine's clock by way of the library. Instants are nanoseconds as bigint. */
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

  /** TAI since 1970-01-01 00:00:00 TAI. Never goes back: it is the monotonic clock plus a constant. */
  taiNs(): bigint {
    return this.#functions.sl_time_tai_ns();
  }

  /** The process's mapping from monotonic time to TAI; the same in every thread. */
  mapping(): NativeTimeMapping {
    const bytes = new DataView(new ArrayBuffer(timeMappingLayout.structBytes));
    check(this.#functions.sl_time_mapping(bytes), "read the time mapping");
    return {
      offsetNs: bytes.getBigInt64(timeMappingLayout.offsetNs, true),
      errorNs: Number(bytes.getBigUint64(timeMappingLayout.errorNs, true)),
      source: bytes.getUint32(timeMappingLayout.source, true) === 1 ? "kernel" : "system",
      taiUtcSeconds: bytes.getUint32(timeMappingLayout.taiUtcS, true),
    };
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
