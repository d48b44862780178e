/**
 * Followers of the kernel's disciplined clock. See zig/src/tai/kernel_follower.zig.
 *
 * @module
 */

import { followerStatisticsLayout as layout } from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { check } from "./result.ts";
import type { TaiState } from "./native_tai.ts";

const states = ["free", "acquiring", "locked", "holdover"] as const;

/** What a follower has seen of the kernel's clock, and done. */
export interface NativeFollowerStatistics {
  /** TAI less monotonic time by the kernel's clock, ns. */
  readonly offsetNs: bigint;
  /** Half the time that the last reading took: how exactly the two clocks were compared. */
  readonly readingErrorNs: number;
  /** What whoever disciplines the clock takes it to be off by, ns; 0 when nothing is said. */
  readonly estimatedErrorNs: number;
  /** And by at most, ns; 0 when nothing is said. */
  readonly maxErrorNs: number;
  /** By how much the clock is made faster than its oscillator, 1e-9. */
  readonly frequencyPpb: number;
  /** Ten a second. */
  readonly readings: number;
  /** How often the clock was set by more than 20 µs. */
  readonly steps: number;
  /** By how much it was set last, ns. */
  readonly lastStepNs: number;
  /** `locked` while the clock is disciplined. */
  readonly state: TaiState;
  /** TAI − UTC. */
  readonly taiUtcSeconds: number;
  /** Whether somebody has told the kernel what that is; else it is 37. */
  readonly isTaiSet: boolean;
  /** Whether somebody disciplines the clock and says that it is right. */
  readonly isSynchronised: boolean;
  /** Whether this follower tells the machine its TAI; another process may. */
  readonly isPublisher: boolean;
}

/** A thread of the library that follows the kernel's clock until it is closed, or the thread that opened it ends. */
export class NativeKernelFollower {
  readonly #functions: NativeLibrary["functions"];
  readonly #handle: number;
  #last: NativeFollowerStatistics | undefined;

  /**
   * Starts the thread.
   *
   * @throws {NativeError} `too_many_handles`, `out_of_memory`, `system_failed`.
   */
  constructor(library: NativeLibrary) {
    this.#functions = library.functions;
    this.#handle = check(this.#functions.sl_follower_open(), "follow the kernel's clock");
  }

  /** What it has seen; after `close()` the last of it. */
  statistics(): NativeFollowerStatistics {
    if (this.#last) return this.#last;
    const bytes = new DataView(new ArrayBuffer(layout.structBytes));
    check(this.#functions.sl_follower_statistics(this.#handle, bytes), "ask a follower of the kernel's clock");
    return {
      offsetNs: bytes.getBigInt64(layout.offsetNs, true),
      readingErrorNs: Number(bytes.getBigUint64(layout.readingErrorNs, true)),
      estimatedErrorNs: Number(bytes.getBigUint64(layout.estimatedErrorNs, true)),
      maxErrorNs: Number(bytes.getBigUint64(layout.maxErrorNs, true)),
      frequencyPpb: bytes.getFloat64(layout.frequencyPpb, true),
      readings: Number(bytes.getBigUint64(layout.readings, true)),
      steps: Number(bytes.getBigUint64(layout.steps, true)),
      lastStepNs: Number(bytes.getBigInt64(layout.lastStepNs, true)),
      state: states[bytes.getUint32(layout.state, true)],
      taiUtcSeconds: bytes.getUint32(layout.taiUtcS, true),
      isTaiSet: bytes.getUint32(layout.isTaiSet, true) === 1,
      isSynchronised: bytes.getUint32(layout.isSynchronised, true) === 1,
      isPublisher: bytes.getUint32(layout.isPublisher, true) === 1,
    };
  }

  /** Ends it, which takes at most 100 ms; further calls do nothing. What it told last goes on being used. */
  close(): void {
    if (this.#last) return;
    this.#last = this.statistics();
    check(this.#functions.sl_follower_close(this.#handle), "close a follower of the kernel's clock");
  }
}
