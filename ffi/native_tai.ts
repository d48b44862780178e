/**
 * TAI as all processes of this machine tell it, over the native library.
 *
 * @module
 */

import { results, taiToldLayout as layout } from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { check } from "./result.ts";

/**
 * Where TAI comes from. `system`: UTC of the system + 37 s, `kernel`: CLOCK_TAI as a daemon set it, each read once by
 * this process. `ptp`, `kernel-followed`: a process of this machine follows PTP, or the kernel's disciplined clock, for
 * all.
 */
export type TaiSource = "system" | "kernel" | "ptp" | "kernel-followed";

const sources: readonly TaiSource[] = ["system", "kernel", "ptp", "kernel-followed"];

/**
 * How far TAI can be trusted. `free`: nobody keeps it, or not for so long that it may be 1 ms off. `holdover`: its
 * source, or the process that follows it, has gone.
 */
export type TaiState = "free" | "acquiring" | "locked" | "holdover";

const states: readonly TaiState[] = ["free", "acquiring", "locked", "holdover"];

/** Why the file that processes share TAI by (`/dev/shm/streamlib-tai-…`) is not used. */
export type TaiRefusal =
  | "bad-name"
  | "no-directory"
  | "permission"
  | "wrong-owner"
  | "not-a-file"
  | "wrong-size"
  | "wrong-magic"
  | "wrong-layout"
  | "other-machine"
  | "system-failed";

const refusals: readonly TaiRefusal[] = [
  "bad-name",
  "no-directory",
  "permission",
  "wrong-owner",
  "not-a-file",
  "wrong-size",
  "wrong-magic",
  "wrong-layout",
  "other-machine",
  "system-failed",
];

/** TAI at an instant, where it comes from and how good it is. */
export interface NativeTaiTold {
  /** TAI, ns since 1970-01-01 00:00:00 TAI. */
  readonly taiNs: bigint;
  /** How far it may be off its source; of `system` and `kernel` how exactly the two clocks were read. */
  readonly errorNs: number;
  /** TAI less monotonic time by this process's own reading: what is told while nobody publishes. */
  readonly fixedOffsetNs: bigint;
  /** Who sees another number has a discontinuity. */
  readonly steps: number;
  /** How much faster than monotonic time it runs, in 1e-9, less what is being slewed. */
  readonly frequencyPpb: number;
  /** Where it comes from. */
  readonly source: TaiSource;
  /** How far it can be trusted. */
  readonly state: TaiState;
  /** TAI − UTC as far as the source knows; 37 since 2017. */
  readonly taiUtcSeconds: number;
  /** The process that publishes now; 0 for none. */
  readonly publisherPid: number;
  /** Whether all processes that were started with the same STREAMLIB_TAI are told the same. */
  readonly isShared: boolean;
  /** Why it cannot be shared, if there is a reason. */
  readonly refusal: TaiRefusal | undefined;
}

/** TAI by way of the library. Instants are nanoseconds as bigint, 0 to 2^63 − 1. From any thread; never waits. */
export class NativeTai {
  readonly #functions: NativeLibrary["functions"];
  readonly #told = new DataView(new ArrayBuffer(layout.structBytes));

  /** Over an open library. */
  constructor(library: NativeLibrary) {
    this.#functions = library.functions;
  }

  /** TAI now. It jumps forward where it is stepped, and back only if by more than a second. */
  nowNs(): bigint {
    return this.#functions.sl_tai_now();
  }

  /** TAI at an instant of CLOCK_MONOTONIC; one to come as it looks now. */
  of(monotonicNs: bigint): bigint {
    return this.#functions.sl_tai_of(monotonicNs);
  }

  /** The first instant of CLOCK_MONOTONIC at which TAI has reached `taiNs`. */
  monotonicOf(taiNs: bigint): bigint {
    return this.#functions.sl_tai_monotonic_of(taiNs);
  }

  /** TAI with where it comes from and how good it is. @param monotonicNs At which instant of CLOCK_MONOTONIC; default: now. */
  told(monotonicNs: bigint = this.#functions.sl_time_monotonic_ns()): NativeTaiTold {
    const bytes = this.#told;
    check(this.#functions.sl_tai_told(monotonicNs, bytes), "ask for TAI");
    return {
      taiNs: bytes.getBigUint64(layout.taiNs, true),
      errorNs: Number(bytes.getBigUint64(layout.errorNs, true)),
      fixedOffsetNs: bytes.getBigInt64(layout.fixedOffsetNs, true),
      steps: Number(bytes.getBigUint64(layout.steps, true)),
      frequencyPpb: Number(bytes.getBigInt64(layout.frequency, true)) * 1e9 / 2 ** 48,
      source: sources[bytes.getUint32(layout.source, true)],
      state: states[bytes.getUint32(layout.state, true)],
      taiUtcSeconds: bytes.getUint32(layout.taiUtcS, true),
      publisherPid: bytes.getUint32(layout.publisherPid, true),
      isShared: bytes.getUint32(layout.isShared, true) === 1,
      refusal: refusals[bytes.getUint32(layout.refusal, true) - 1],
    };
  }

  /**
   * What the publisher of this machine's TAI told of itself last.
   *
   * @param source What it is.
   * @param out Where it is written.
   * @returns How many bytes it is, `undefined` if there was none of that source.
   * @throws {NativeError} `out_of_space`.
   */
  status(source: TaiSource, out: Uint8Array): number | undefined {
    const code = this.#functions.sl_tai_status(sources.indexOf(source), out);
    return code === results.empty ? undefined : check(code, `read the status of the publisher of TAI by ${source}`);
  }

  /**
   * Takes over `fixedOffsetNs` of the process that this one works for, so that both have the same TAI while nobody
   * publishes. To be called before anything asks for TAI.
   *
   * @throws {NativeError} `already_set` if another offset was in use.
   */
  adoptFixed(offsetNs: bigint): void {
    check(this.#functions.sl_tai_adopt_fixed(offsetNs), "take over the TAI of the parent process");
  }
}
