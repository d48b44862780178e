/**
 * A reader that sleeps until something is committed: in the ring's own wait, or on its event loop until its bell rings.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { loadNative } from "@streamlib/core";
import type { RingConfig } from "../../core/ring/layout.ts";
import { NativeRing } from "../../core/ring/native_ring.ts";
import { threadNumber } from "./cores.ts";

/** What the worker is told. */
export interface SleeperTask {
  readonly handle: number;
  readonly config: RingConfig;
  readonly sleeps: "in the ring" | "on its loop";
}

/** What it says when it is about to sleep. */
export interface SleeperReady {
  /** Its bell, or 0. */
  readonly bell: number;
  /** The kernel's number of its thread. */
  readonly thread: number;
}

const { handle, config, sleeps } = workerData as SleeperTask;
const { library } = await loadNative();
function ready(bell: number): void {
  const message: SleeperReady = { bell, thread: threadNumber() };
  parentPort!.postMessage(message);
}

const ring = NativeRing.attach(library!, handle, config);
if (sleeps === "in the ring") {
  ready(0);
  for (let seen = ring.doorbell();; seen = ring.doorbell()) ring.wait(seen, 100);
} else {
  const bell = library!.native.openBell(() => void ring.doorbell());
  parentPort!.on("message", () => {});
  ready(bell.handle);
}
