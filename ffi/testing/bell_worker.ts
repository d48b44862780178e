/**
 * The worker of native_bell_test.ts: opens a bell that is never closed, or rings bells as fast as it can.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";
import { type BellHandle, load, type SharedAddress } from "../mod.ts";

/** What is given to the worker. */
export interface BellTask {
  /** `open`: post a {@link BellReport} and go on until terminated. `ring`: ring until word 0 of `targets` is 1. */
  readonly work: "open" | "ring";
  /** Word 0: stop. Word 1: rounds. Further words: bells to ring, 0 for none. */
  readonly targets: SharedArrayBuffer;
}

/** The bell that the worker has opened. */
export interface BellReport {
  readonly handle: BellHandle;
  readonly address: SharedAddress;
}

const task = workerData as BellTask;
const native = load();
const words = new Int32Array(task.targets);

if (task.work === "open") {
  const bell = native.openBell(() => {});
  // With an address it also has a thread, which forwards while the worker is terminated.
  const report: BellReport = { handle: bell.handle, address: bell.address() };
  parentPort!.postMessage(report);
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
