/**
 * The worker of native_ring_worker_test.ts: reads a ring by its handle and reports what it saw.
 *
 * @module
 */

import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { load, results, ringControlLayout, type RingHandle, ringSlotHeaderLayout } from "../mod.ts";

/** What the test gives to the worker. */
export interface ReaderTask {
  readonly handle: RingHandle;
  readonly delivery: "latest" | "ordered";
  /** Check each frame this many times before it is let go. */
  readonly checksPerFrame: number;
  /** Die with a frame pinned and the reader open. */
  readonly dieAfterFirst: boolean;
}

/** What the worker tells at the end. */
export interface ReaderReport {
  readonly read: number;
  readonly torn: number;
  readonly disordered: number;
  readonly lastSequence: number;
}

const task = workerData as ReaderTask;
const ring = load().attachRing(task.handle);
const reader = ring.openReader();
const control = new Uint32Array(ring.buffer, 0, 64);
const bytes = new DataView(ring.buffer);
const payloadOffset = control[ringControlLayout.payloadOffset / 4];
const payloadStride = control[ringControlLayout.payloadStride / 4];
const payloadBytes = control[ringControlLayout.payloadBytes / 4];
const headerOffset = control[ringControlLayout.slotHeaderOffset / 4];
const doorbell = ringControlLayout.doorbell / 4;
const payloads: Uint32Array[] = Array.from(
  { length: control[ringControlLayout.slotCount / 4] },
  (_, slot) => new Uint32Array(ring.buffer, payloadOffset + slot * payloadStride, payloadBytes / 4),
);

function sequenceOf(slot: number): number {
  const offset = headerOffset + slot * ringSlotHeaderLayout.structBytes + ringSlotHeaderLayout.sequence;
  return Number(bytes.getBigUint64(offset, true));
}

/** The writer fills every word of a frame with its sequence. */
function isWhole(slot: number, sequence: number): boolean {
  const words = payloads[slot];
  for (let i = 0; i < words.length; i++) if (words[i] !== sequence) return false;
  return true;
}

let read = 0;
let torn = 0;
let disordered = 0;
let cursor = 0;

parentPort!.postMessage("ready");
while (true) {
  const seen = Atomics.load(control, doorbell);
  const ended = Atomics.load(control, ringControlLayout.ended / 4) !== 0;
  const slot = task.delivery === "ordered" ? ring.pinNext(reader, cursor) : ring.pinLatest(reader, cursor);
  if (slot < 0) {
    if (slot !== results.empty) disordered++;
    if (ended) break;
    ring.wait(seen, 50);
    continue;
  }
  const sequence = sequenceOf(slot);
  if (sequence <= cursor) disordered++;
  for (let i = 0; i < task.checksPerFrame; i++) if (!isWhole(slot, sequence)) torn++;
  if (task.dieAfterFirst) process.exit(0);
  cursor = sequence;
  read++;
  ring.unpin(reader, slot);
}
ring.closeReader(reader);
ring.detach();
const report: ReaderReport = { read, torn, disordered, lastSequence: cursor };
parentPort!.postMessage(report);
