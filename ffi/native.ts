/**
 * The library as the rest of the program holds it.
 *
 * @module
 */

import { ptpStatisticsLayout, results } from "./abi.gen.ts";
import { type NativeLibrary, openLibrary } from "./library.ts";
import { type BellHandle, importBell, type NativeBell, NativeBellLoop } from "./native_bell.ts";
import { NativeKernelFollower } from "./native_follower.ts";
import { NativeGpu } from "./native_gpu.ts";
import { NativeNet } from "./native_net.ts";
import { NativePixel } from "./native_pixel.ts";
import { NativePtp } from "./native_ptp.ts";
import { NativeReceiver } from "./native_receiver.ts";
import { NativeRing, type NativeRingConfig, type RingHandle } from "./native_ring.ts";
import { NativeRtp } from "./native_rtp.ts";
import { NativeSandbox } from "./native_sandbox.ts";
import { NativeSender } from "./native_sender.ts";
import { NativeTai } from "./native_tai.ts";
import { NativeTime } from "./native_time.ts";
import { NativeTimestamp } from "./native_timestamp.ts";
import type { NativePtpConfig } from "./ptp_config.ts";
import { decodePtpStatistics } from "./ptp_decoder.ts";
import type { NativePtpStatistics } from "./ptp_statistics.ts";
import type { NativeReceiverConfig } from "./receiver_config.ts";
import { check } from "./result.ts";
import type { NativeSenderConfig } from "./sender_config.ts";
import type { SharedAddress } from "./shared_address.ts";

/** What {@link load} gives: one noun of the library each, bound to this thread. */
export class Native {
  /** The open library: its path and its checked functions. */
  readonly library: NativeLibrary;
  /** The monotonic clock and waiting. */
  readonly time: NativeTime;
  /** TAI. */
  readonly tai: NativeTai;
  /** Fill, blend, scale, convert. */
  readonly pixel: NativePixel;
  /** GPUs. */
  readonly gpu: NativeGpu;
  /** What the network can do. */
  readonly net: NativeNet;
  /** RTP packets, for tools. */
  readonly rtp: NativeRtp;
  /** RTP time stamps of ST 2110-10. */
  readonly timestamp: NativeTimestamp;
  /** Processes that run what is not trusted. */
  readonly sandbox: NativeSandbox;
  #bellLoop: NativeBellLoop | undefined;

  /** Over a library that is open; programs call {@link load}. */
  constructor(library: NativeLibrary) {
    this.library = library;
    this.time = new NativeTime(library);
    this.tai = new NativeTai(library);
    this.pixel = new NativePixel(library);
    this.gpu = new NativeGpu(library);
    this.net = new NativeNet(library);
    this.rtp = new NativeRtp(library);
    this.timestamp = new NativeTimestamp(library);
    this.sandbox = new NativeSandbox(library);
  }

  /** See {@link NativeRing.create}. */
  createRing(config: NativeRingConfig, format?: string): NativeRing {
    return NativeRing.create(this.library, config, format);
  }

  /** See {@link NativeRing.attach}. */
  attachRing(handle: RingHandle): NativeRing {
    return NativeRing.attach(this.library, handle);
  }

  /** See {@link NativeRing.open}. */
  openRing(address: SharedAddress): NativeRing {
    return NativeRing.open(this.library, address);
  }

  /** See {@link NativeSender}. */
  openSender(config: NativeSenderConfig): NativeSender {
    return new NativeSender(this.library, config);
  }

  /** See {@link NativeReceiver}. */
  openReceiver(config: NativeReceiverConfig): NativeReceiver {
    return new NativeReceiver(this.library, config);
  }

  /** See {@link NativePtp}. */
  openPtp(config: NativePtpConfig): NativePtp {
    return new NativePtp(this.library, config);
  }

  /**
   * What the PTP client knows and has seen that tells this machine its TAI, in whichever process it is: a quarter of a
   * second old at most; of one that has ended, the last.
   *
   * @returns Undefined if no PTP client has told this machine its TAI, or the system has none.
   */
  publishedPtp(): NativePtpStatistics | undefined {
    const view = new DataView(new ArrayBuffer(ptpStatisticsLayout.structBytes));
    const code = this.library.functions.sl_ptp_published(view);
    if (code === results.empty || code === results.not_supported) return undefined;
    check(code, "ask for the PTP client of this machine");
    return decodePtpStatistics(view);
  }

  /** See {@link NativeKernelFollower}. */
  openKernelFollower(): NativeKernelFollower {
    return new NativeKernelFollower(this.library);
  }

  /**
   * Opens a bell for the event loop of the calling thread.
   *
   * @param onRing Called on that loop. What it throws becomes an uncaught exception.
   * @throws {NativeError} `not_supported` where the runtime has no Node-API, `too_many_handles`, `system_failed`.
   */
  openBell(onRing: () => void): NativeBell {
    this.#bellLoop ??= new NativeBellLoop(this.library);
    return this.#bellLoop.openBell(onRing);
  }

  /** See {@link importBell}. */
  importBell(address: SharedAddress): BellHandle {
    return importBell(this.library, address);
  }

  /**
   * Rings a bell of this process or an imported one, from any thread; never blocks.
   *
   * @returns 0, `gone` if nobody listens any more, `bad_handle` if nobody holds it. The death of the process of an
   * imported bell is not seen: ringing it goes on returning 0.
   */
  ringBell(bell: BellHandle): number {
    return this.library.functions.sl_bell_ring(bell);
  }

  /**
   * Becomes one more holder of a bell, so that its handle stays good. Pair it with {@link Native.dropBell}.
   *
   * @throws {NativeError} `bad_handle`.
   */
  holdBell(bell: BellHandle): void {
    check(this.library.functions.sl_bell_hold(bell), `hold bell ${bell}`);
  }

  /**
   * Is a holder of the bell no longer. The last one frees it.
   *
   * @throws {NativeError} `bad_handle`.
   */
  dropBell(bell: BellHandle): void {
    check(this.library.functions.sl_bell_drop(bell), `drop bell ${bell}`);
  }

  /**
   * Has the calling thread run before all normal ones (SCHED_FIFO). Such a thread must sleep between its work: one that
   * spins is stopped by the kernel for 50 ms of each second.
   *
   * @param priority 1 to 99.
   * @returns False if the system does not permit it (it takes CAP_SYS_NICE or RLIMIT_RTPRIO), or is not Linux.
   * @throws {NativeError} `out_of_range`.
   */
  setRealTime(priority: number): boolean {
    const code = this.library.functions.sl_process_set_real_time(priority);
    if (code === results.permission || code === results.not_supported) return false;
    return check(code, `give a thread real-time priority ${priority}`) === 0;
  }

  /** Has the calling thread run like all others again. */
  setNormal(): void {
    check(this.library.functions.sl_process_set_normal(), "give a thread normal priority");
  }

  /**
   * From now on this process ends by SIGKILL within 200 ms of the death of its parent, also while JavaScript is stuck.
   *
   * @param parentPid The parent, as that itself says: it may have died before this call.
   * @throws {NativeError} `already_set` if it watches another parent, `not_supported`, `out_of_range`.
   */
  exitWithParent(parentPid: number): void {
    check(this.library.functions.sl_process_exit_with_parent(parentPid), `watch the parent process ${parentPid}`);
  }
}

let loaded: Native | undefined;

/**
 * Opens libstreamlib, once per thread; further calls return the same. Every worker calls it for itself and sees the
 * same rings, because the library's state is one per process.
 *
 * @throws {NativeError} `no_ffi` on another runtime, `library_not_found`, `unsupported_platform`, `cannot_open`,
 * `wrong_abi`, `missing_symbol`.
 */
export function load(): Native {
  loaded ??= new Native(openLibrary());
  return loaded;
}
