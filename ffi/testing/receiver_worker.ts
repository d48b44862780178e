/**
 * A worker that opens a receiver for a ring of another thread, says where it receives, and waits to be terminated.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";
import { load, type RingHandle } from "../mod.ts";

/** What the worker is told. */
export interface ReceiverTask {
  /** The ring to write into. */
  readonly ring: RingHandle;
  /** Bytes of a frame of 4 by 2 pixels, 4:2:2 with 8 bits. */
  readonly itemBytes: number;
}

const { ring: handle, itemBytes } = workerData as ReceiverTask;
const native = load();
// The end of a thread is told to the library where the thread has a bell, as every thread with actors has.
const bell = native.openBell(() => {});
const ring = native.attachRing(handle);
const receiver = native.openReceiver({
  kind: "video",
  local: { address: "127.0.0.1", port: 0 },
  rate: { num: 50, den: 1 },
  width: 4,
  height: 2,
  sampling: "YCbCr-4:2:2",
  depth: "8",
  strides: [8],
  itemBytes,
});
receiver.setRing(ring.handle, ring.openWriter());
parentPort?.postMessage({ port: receiver.localPort(), bell: bell.handle });
setInterval(() => {}, 1000);
