/**
 * A worker that opens a sender from a given port, has a frame sent that takes an hour, says so, and waits to be
 * terminated.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";
import { load } from "../mod.ts";

/** What the worker is told. */
export interface SenderTask {
  /** Where to send, on loopback. */
  readonly to: number;
  /** The port to send from. */
  readonly from: number;
}

const { to, from } = workerData as SenderTask;
const native = load();
// The end of a thread is told to the library where the thread has a bell, as every thread with actors has.
const bell = native.openBell(() => {});
const sender = native.openSender({
  kind: "video",
  to: { address: "127.0.0.1", port: to },
  from: { address: "127.0.0.1", port: from },
  payloadType: 96,
  ssrc: 1,
  rate: { num: 1, den: 3600 },
  width: 1920,
  height: 1080,
  sampling: "YCbCr-4:2:2",
  depth: "10",
  pacing: "batched",
});
const frame = new Uint8Array(4800 * 1080);
sender.submit(frame, { mediaClock: 0n });
parentPort?.postMessage({ bell: bell.handle, bytes: frame.byteLength });
setInterval(() => {}, 1000);
