/**
 * PTP clients: native threads that follow a master on the network and tell this machine its TAI. See
 * zig/src/ptp_client.zig.
 *
 * @module
 */

import {
  type NativeFunctions,
  ptpHistogramLayout as histogramLayout,
  ptpMasterLayout as masterLayout,
  ptpMastersLayout as mastersLayout,
  ptpStatisticsLayout as statisticsLayout,
} from "./abi.gen.ts";
import type { NativeLibrary } from "./library.ts";
import { encodePtpConfig, type NativePtpConfig } from "./ptp_config.ts";
import { classMaxNs, decodePtpMaster, decodePtpStatistics } from "./ptp_decoder.ts";
import type { NativePtpHistogram, NativePtpMaster, NativePtpStatistics } from "./ptp_statistics.ts";
import { check } from "./result.ts";

const classCount = 132;

/**
 * A PTP client as one thread has it. Its own thread is native, and goes on when this one is busy. A thread of
 * JavaScript that ends closes what it has left open.
 */
export class NativePtp {
  readonly #functions: NativeFunctions;
  readonly #statistics: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(statisticsLayout.structBytes));
  #handle: number;
  #last: NativePtpStatistics | undefined;

  /**
   * Opens sockets and starts a thread. An interface that is down or has no address yet is not an error: the port is
   * faulty and tries again.
   *
   * @throws {RangeError | TypeError} For an option that cannot be; it is named.
   * @throws {NativeError} `ptp_ports_refused` if the system keeps ports 319 and 320 to privileged programs,
   * `port_taken`, `no_such_interface`, `address_not_local`, `no_clock_identity` if the interface has no card address
   * and the config no identity, `no_hardware_stamps`, `bad_ptp_interval`, `bad_endpoint`, `out_of_range`,
   * `out_of_memory`, `too_many_files`, `too_many_handles`.
   */
  constructor(library: NativeLibrary, config: NativePtpConfig) {
    this.#functions = library.functions;
    const bytes = encodePtpConfig(config);
    this.#handle = check(library.functions.sl_ptp_open(bytes), `open a PTP client on ${config.interface}`);
  }

  /** What it knows and has seen; after `close()` the last of it. */
  statistics(): NativePtpStatistics {
    if (this.#last !== undefined) return this.#last;
    check(this.#functions.sl_ptp_statistics(this.#handle, this.#statistics), "ask a PTP client what it has seen");
    return decodePtpStatistics(this.#statistics);
  }

  /**
   * Offsets of the last one to two minutes by size.
   *
   * @throws {NativeError} `bad_handle` after `close()`.
   */
  histogram(): NativePtpHistogram {
    const view = new DataView(new ArrayBuffer(histogramLayout.structBytes));
    check(this.#functions.sl_ptp_histogram(this.#handle, view), "ask a PTP client for its offsets");
    const classes = Array.from({ length: classCount }, (_, i) => i);
    return {
      limitsNs: classes.map(classMaxNs),
      behind: classes.map((i) => view.getUint32(histogramLayout.behind + 4 * i, true)),
      ahead: classes.map((i) => view.getUint32(histogramLayout.ahead + 4 * i, true)),
    };
  }

  /**
   * The masters that are heard, at most 32.
   *
   * @throws {NativeError} `bad_handle` after `close()`.
   */
  masters(): readonly NativePtpMaster[] {
    const view = new DataView(new ArrayBuffer(mastersLayout.structBytes));
    check(this.#functions.sl_ptp_masters(this.#handle, view), "ask a PTP client for its masters");
    const count = view.getUint32(mastersLayout.count, true);
    return Array.from(
      { length: count },
      (_, i) => decodePtpMaster(view, mastersLayout.masters + i * masterLayout.structBytes),
    );
  }

  /**
   * Takes back what was asked of unicast masters, stops the thread, which takes at most 100 ms, and frees the ports. TAI
   * goes on at its last rate. May be called again.
   */
  close(): void {
    if (this.#handle === 0) return;
    check(this.#functions.sl_ptp_close(this.#handle, this.#statistics), "close a PTP client");
    this.#handle = 0;
    this.#last = decodePtpStatistics(this.#statistics);
  }
}
