/**
 * A worker that opens a GPU, makes one of everything, leaves work under way and a recording open, and waits to be
 * terminated.
 *
 * @module
 */

import { parentPort, workerData } from "node:worker_threads";
import { load } from "../mod.ts";
import { shaderWords } from "./gpu.ts";

/** What the worker is told. */
export interface GpuTask {
  /** Of the device. */
  readonly index: number;
  /** A device that another thread has open too. */
  readonly shared: number;
}

const { index, shared } = workerData as GpuTask;
const native = load();
// The end of a thread is told to the library where the thread has a bell, as every thread with actors has.
native.openBell(() => {});
const bytes = 1 << 20;
for (const device of [native.gpu.open({ index, validate: true }), native.gpu.attach(shared)]) {
  const stream = device.openStream({ stagingBytes: bytes, inFlightMax: 4 });
  const pool = device.createPool({ slotCount: 3, width: 512, height: 512, format: "rgba8", generation: 1 });
  const pipeline = device.createPipeline(shaderWords("invert.comp"));
  const source = device.createBuffer(bytes);
  const target = device.createBuffer(bytes, "download");
  device.createImage(16, 16, "rgba16-float");
  device.createSampler();
  for (let i = 0; i < 3; i++) {
    stream.begin();
    if (i === 0) stream.upload({ handle: source.handle }, new Uint8Array(bytes));
    stream.dispatch({
      pipeline: pipeline.handle,
      groups: [bytes / 16 / 256, 1, 1],
      bindings: [
        { binding: 0, place: { handle: source.handle } },
        { binding: 1, place: { handle: target.handle } },
      ],
      push: Uint32Array.of(bytes / 16),
    });
    stream.write(pool.handle, i);
    stream.copy({ handle: target.handle }, { handle: pool.handle, slot: i });
    stream.submit();
  }
  pipeline.close(); // The device still works with it.
  stream.begin();
  stream.write(pool.handle, 0);
}
parentPort?.postMessage("open");
setInterval(() => {}, 1000);
