/**
 * A program that runs a shader that never ends, tells what became of it, and ends without the exit handlers of the
 * driver, which might never return.
 *
 * @module
 */

import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { load } from "../mod.ts";
import { shaderWords } from "./gpu.ts";

const index = Number(process.argv[2]);
const native = load();
const codeOf = (call: () => unknown): string => {
  try {
    call();
    return "nothing";
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
};

const wish = { index, validate: true, waitMs: 400, share: true };
const device = native.gpu.open(wish);
const same = native.gpu.open(wish);
const isSharedBefore = same.handle === device.handle;
same.tryClose();
const word = device.createBuffer(16, "upload");
const pipeline = device.createPipeline(shaderWords("endless.comp"));
const stream = device.openStream();
const beside = device.openStream();
stream.begin();
stream.dispatch({
  pipeline: pipeline.handle,
  groups: [65_535, 65_535, 1],
  bindings: [{ binding: 0, place: { handle: word.handle } }],
});
const value = stream.submit();

// Nothing of this waits for the shader.
const pool = device.createPool({ slotCount: 2, width: 16, height: 16, format: "rgba8", generation: 1 });
const isClosedEarly = stream.tryClose() || device.tryClose();
const isReachedEarly = stream.wait(value, 1_000_000n);

let turns = 0;
let outcome = "nothing";
while (outcome === "nothing") {
  outcome = codeOf(() => stream.value());
  turns++;
  await setTimeout(1);
}
const afterwards = [
  codeOf(() => beside.begin()),
  codeOf(() => device.createBuffer(16)),
  codeOf(() => device.createPool({ slotCount: 1, width: 4, height: 4, format: "r8", generation: 1 })),
  codeOf(() => device.openStream()),
];
const { health } = device.statistics();

// Another one works.
const other = native.gpu.open(wish);
const isSharedAfter = other.handle === device.handle;
const otherStream = other.openStream({ stagingBytes: 4096 });
const bytes = other.createBuffer(16, "download");
otherStream.begin();
otherStream.upload({ handle: bytes.handle }, Uint8Array.from({ length: 16 }, (_, i) => i));
await otherStream.done(otherStream.submit());
const copied = new Uint8Array(16);
const isCopied = bytes.read(0, copied);
await other.close();

pool.close();
await stream.close();
await device.close();
const { openDevices, leaked, messages } = native.gpu.totals();
const report = {
  isClosedEarly,
  isReachedEarly,
  outcome,
  hasTurned: turns > 20,
  afterwards,
  health,
  isSharedBefore,
  isSharedAfter,
  isCopied: isCopied && copied.every((byte, i) => byte === i),
  left: [openDevices, leaked, messages],
};
await new Promise<void>((resolve) => process.stdout.write(`report ${JSON.stringify(report)}\n`, () => resolve()));
process.kill(process.pid, "SIGKILL");
