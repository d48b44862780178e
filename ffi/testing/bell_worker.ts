/**
 * The worker of native_bell_test.ts: opens a bell that is never closed, or rings bells as fast as it can.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";
import { type BellHandle, load } from "../mod.ts";

/** What the test gives to the worker. */
export interface BellTask {
  /** `open`: post a bell and go on until terminated. `ring`: ring `targets` until word 0 of it is 1. */
  readonly work: "open" | "ring";
  /** Word 0: stop. Word 1: rings. Further words: bells to ring, 0 for none. */
  readonly targets: SharedArrayBuffer;
}

const task = workerData as BellTask;
const native = load();
const words = new Int32Array(task.targets);

if (task.work === "open") {
  const bell = native.openBell(() => {});
  // Other processes' way in as well: its thread forwards while the worker is terminated.
  const address = bell.address();
  parentPort!.postMessage({ handle: bell.handle, address });
  setInterval(() => {}, 1000);
} else {
  parentPort!.postMessage("ready");
  while (Atomics.load(words, 0) === 0) {
    for (let i = 2; i < words.length; i++) {
      const bell = Atomics.load(words, i);
      if (bell !== 0) native.ringBell(bell as BellHandle);
    }
    Atomics.add(words, 1, 1);
  }
}
