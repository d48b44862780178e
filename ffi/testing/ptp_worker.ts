/**
 * A worker that opens a PTP client and waits to be terminated.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";
import { load } from "../mod.ts";
import { ptpOnLoopback } from "./ptp_loopback.ts";

const native = load();
// The end of a thread is told to the library where the thread has a bell, as every thread with actors has.
native.openBell(() => {});
native.openPtp(ptpOnLoopback(workerData as number));
parentPort?.postMessage("open");
setInterval(() => {}, 1000);
