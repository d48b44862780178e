/**
 * What clocks ask of this machine; tests have a machine of their own.
 *
 * @module
 */
import type { NativePtpStatistics } from "@streamlib/ffi";
import { StreamError } from "../errors.ts";
import { loadNative, nativeLibrary } from "../native.ts";
import { openEngine, type PtpEngine } from "../ptp/ptp_client.ts";
import type { CompletePtpOptions } from "../ptp/ptp_options.ts";
import { runningCommands } from "./tai_daemon.ts";
import { MACHINE_STEPS, MACHINE_TIME, type TaiSteps, type TaiTime } from "./tai_time.ts";
import { type TaiTold, taiTold } from "./tai_told.ts";

/** Follows the kernel's clock until it is closed. */
export interface KernelFollower {
  /** Ends it. */
  close(): void;
}

/** A machine. */
export interface TaiMachine {
  /** Its time. */
  readonly time: TaiTime;
  /** The steps of its time. */
  readonly steps: TaiSteps;
  /** What is known of TAI now. */
  told(): TaiTold;
  /** Starts a PTP client. */
  openPtp(options: CompletePtpOptions): Promise<PtpEngine>;
  /** Statistics of the PTP client, here or in another process, that tells TAI; `undefined` if none does. */
  publishedPtp(): NativePtpStatistics | undefined;
  /** Has TAI follow the kernel's clock. */
  followKernel(): Promise<KernelFollower>;
  /** Names of the programs that run. */
  commands(): readonly string[];
}

const THIS_MACHINE: TaiMachine = {
  time: MACHINE_TIME,
  steps: MACHINE_STEPS,
  told: taiTold,
  openPtp: openEngine,
  commands: () => runningCommands(),
  publishedPtp: () => nativeLibrary()?.native.publishedPtp(),
  followKernel: async () => {
    const { library, reason } = await loadNative();
    if (library) return library.native.openKernelFollower();
    throw new StreamError("native-missing", `Cannot follow the kernel's clock: it takes the native library: ${reason}`);
  },
};

let machine = THIS_MACHINE;

/** The machine that clocks are made for. */
export function taiMachine(): TaiMachine {
  return machine;
}

/** Makes clocks for another machine from now on; for tests. @returns A function that takes it away. */
export function replaceMachine(other: TaiMachine): () => void {
  machine = other;
  return () => void (machine = THIS_MACHINE);
}
