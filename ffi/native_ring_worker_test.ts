import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { buildNative } from "../zig/toolchain.ts";
import { load, Native, type NativeRing, openLibrary, type RingReader } from "./mod.ts";
import type { ReaderReport, ReaderTask } from "./testing/ring_reader.ts";
import { RingViews } from "./testing/ring_views.ts";

const native = load();
const payloadBytes = 64 * 1024;

function startReader(task: ReaderTask): Worker {
  return new Worker(new URL("./testing/ring_reader.ts", import.meta.url), { workerData: task });
}

/** Commits frames full of their sequence number until the count is reached. */
async function writeFrames(ring: NativeRing, frames: number): Promise<void> {
  const views = new RingViews(ring);
  const writer = ring.openWriter();
  let sequence = 0;
  while (sequence < frames) {
    const slot = ring.loan(writer);
    if (slot >= 0) {
      sequence++;
      views.payloads[slot].fill(sequence);
      assert.equal(ring.commit(writer, slot), 0);
    }
    await setImmediate();
  }
  ring.end("finished");
  ring.closeWriter(writer);
}

/** A ring with one place for a reader, which a worker has taken that is dead, or will be in a moment. */
async function ringOfDeadReader(): Promise<NativeRing> {
  const ring = native.createRing({ slotCount: 3, readerMax: 1, payloadBytes, metadataBytes: 0, generation: 0 });
  const writer = ring.openWriter();
  new RingViews(ring).payloads[ring.loan(writer)].fill(1);
  assert.equal(ring.commit(writer, 0), 0);
  const worker = startReader({ handle: ring.handle, delivery: "latest", checksPerFrame: 1, dieAfterFirst: true });
  await once(worker, "exit");
  return ring;
}

/** A place in the reader table, or nothing while a thread that still lives has the last one. */
function readerOf(ring: NativeRing): RingReader | undefined {
  try {
    return ring.openReader();
  } catch (thrown) {
    assert.equal((thrown as { code?: unknown }).code, "readers_full");
    return undefined;
  }
}

describe("a ring between threads", () => {
  it("is read by two workers, one in order and one slowly, with no torn frame", { timeout: 60000 }, async () => {
    const frames = 3000;
    const ring = native.createRing({ slotCount: 5, readerMax: 4, payloadBytes, metadataBytes: 0, generation: 0 });
    const workers = [
      startReader({ handle: ring.handle, delivery: "ordered", checksPerFrame: 1, dieAfterFirst: false }),
      startReader({ handle: ring.handle, delivery: "latest", checksPerFrame: 20, dieAfterFirst: false }),
    ];
    await Promise.all(workers.map((worker) => once(worker, "message")));
    const reports = Promise.all(workers.map((worker) => once(worker, "message")));
    await writeFrames(ring, frames);
    for (const [report] of await reports) {
      const { read, torn, disordered, lastSequence } = report as ReaderReport;
      assert.deepEqual({ torn, disordered, lastSequence }, { torn: 0, disordered: 0, lastSequence: frames });
      assert.ok(read > 0 && read <= frames);
    }
    await Promise.all(workers.map((worker) => worker.terminate()));
    ring.detach();
  });

  it("has no place for one more while all readers live, and gets back what a worker held that died", {
    timeout: 60000,
  }, async () => {
    const ring = await ringOfDeadReader();
    // The thread of a worker that has exited ends a moment later.
    for (let freed = 0; freed === 0; await setImmediate()) freed = ring.reap();
    const reader = ring.openReader();
    assert.throws(() => ring.openReader(), { code: "readers_full" });
    ring.closeReader(reader);
    ring.detach();
  });

  it("gives the place of a worker that died to who asks for it", { timeout: 60000 }, async () => {
    const ring = await ringOfDeadReader();
    let reader: RingReader | undefined;
    for (; reader === undefined; await setImmediate()) reader = readerOf(ring);
    assert.equal(ring.closeReader(reader), 0);
    ring.detach();
  });
});

describe("the mutant ring", () => {
  it("gives a pinned slot away, which the ring never does", { timeout: 120000 }, () => {
    const mutant = new Native(openLibrary(buildNative("mutant")));
    for (const [library, expected] of [[native, false], [mutant, true]] as const) {
      const ring = library.createRing({
        slotCount: 3,
        readerMax: 1,
        payloadBytes: 64,
        metadataBytes: 0,
        generation: 0,
      });
      const views = new RingViews(ring);
      const writer = ring.openWriter();
      const reader = ring.openReader();
      const first = ring.loan(writer);
      views.payloads[first].fill(1);
      ring.commit(writer, first);
      const held = ring.pinLatest(reader, 0);
      for (let sequence = 2; sequence < 8; sequence++) {
        const slot = ring.loan(writer);
        views.payloads[slot].fill(sequence);
        ring.commit(writer, slot);
      }
      assert.equal(views.payloads[held].some((word) => word !== 1), expected);
      ring.detach();
    }
  });
});
