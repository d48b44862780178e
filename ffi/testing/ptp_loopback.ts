/**
 * PTP clients of tests: on the loopback, at ports that anybody may have, and quick.
 *
 * @module
 */

import type { NativePtpConfig } from "../mod.ts";

/** A client that only measures. Tests that run at once have ports of their own; two are taken, from `port`. */
export function ptpOnLoopback(port: number): NativePtpConfig {
  return {
    interface: "lo",
    identity: 2n,
    domain: 100,
    eventPort: port,
    generalPort: port + 1,
    announceLogInterval: -4,
    syncLogInterval: -5,
    delayLogInterval: -5,
    disciplines: false,
  };
}
