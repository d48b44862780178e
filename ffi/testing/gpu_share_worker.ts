/**
 * A worker that shares a GPU: it opens it, writes a frame, tells where it is, and closes it when it is told to.
 *
 * @module
 */

import assert from "node:assert/strict";
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { load, type NativeGpuWish } from "../mod.ts";
import { pattern } from "./gpu.ts";

/** What the worker is told. */
export interface GpuShareTask {
  /** The device to open. */
  readonly wish: NativeGpuWish;
  /** Of the bytes of its picture, 16 by 16 pixels of 4 bytes. */
  readonly seed: number;
}

/** What the worker tells. */
export interface GpuShareReport {
  /** Of its device. */
  readonly device: number;
  /** What a ring would carry. */
  readonly frame: Uint8Array;
  /** The pool of the frame. */
  readonly pool: number;
}

const { wish, seed } = workerData as GpuShareTask;
const native = load();
native.openBell(() => {});
const device = native.gpu.open(wish);
const stream = device.openStream({ stagingBytes: 4096 });
const pool = device.createPool({ slotCount: 1, width: 16, height: 16, format: "rgba8", generation: 1 });
assert.ok(stream.begin());
stream.write(pool.handle, 0);
assert.ok(stream.upload({ handle: pool.handle, slot: 0 }, pattern(1024, seed)));
const frame = stream.frame(pool.handle, 0);
stream.submit();
const port = parentPort!;
const told = once(port, "message");
port.postMessage({ device: device.handle, frame, pool: pool.handle } satisfies GpuShareReport);
await told;
pool.close();
await stream.close();
await device.close();
port.postMessage("closed");
