import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import process from "node:process";
import {
  load,
  type NativeRing,
  type NativeRingConfig,
  results,
  ringControlLayout,
  type RingHandle,
  type RingReader,
  ringReaderLayout,
  ringSlotHeaderLayout,
  type RingWriter,
} from "./mod.ts";
import { RingViews } from "./testing/ring_views.ts";

const native = load();
const config: NativeRingConfig = { slotCount: 3, readerMax: 2, payloadBytes: 4096, metadataBytes: 64, generation: 7 };

function withRing(change: Partial<NativeRingConfig>, body: (ring: NativeRing, views: RingViews) => void): void {
  const ring = native.createRing({ ...config, ...change }, "{}");
  try {
    body(ring, new RingViews(ring));
  } finally {
    ring.detach();
  }
}

function commitOne(ring: NativeRing, writer: RingWriter): number {
  const slot = ring.loan(writer);
  assert.equal(ring.commit(writer, slot), 0);
  return slot;
}

describe("the layout of a ring", () => {
  it("is the one that core knows", () => {
    const { magic, version, slotCount, payloadStride, generation, successor, ended, formatBytes } = ringControlLayout;
    assert.deepEqual([magic, version, slotCount, payloadStride], [0, 4, 8, 36]);
    assert.deepEqual([generation, successor, ended, formatBytes], [40, 44, 48, 52]);
    const { writer, headSlot, headSequence, doorbell, sleepers, droppedCount } = ringControlLayout;
    assert.deepEqual([writer, headSlot, headSequence], [64, 128, 136]);
    assert.deepEqual([doorbell, sleepers, droppedCount], [192, 196, 256]);
    assert.deepEqual([ringReaderLayout.structBytes, ringReaderLayout.pins], [64, 16]);
    const { structBytes, state, flags, sequence, timestampNs, monotonicNs, sourceTimestampNs } = ringSlotHeaderLayout;
    assert.deepEqual([structBytes, state, flags, sequence, timestampNs], [128, 0, 4, 8, 16]);
    assert.deepEqual([monotonicNs, sourceTimestampNs], [24, 32]);
    const { frameNumber, taiFrame, clockId, payloadBytes, metadataBytes, message } = ringSlotHeaderLayout;
    assert.deepEqual([frameNumber, taiFrame, clockId, payloadBytes, metadataBytes, message], [40, 48, 56, 60, 64, 68]);
  });

  it("is written by createRing()", () => {
    withRing({}, (ring, views) => {
      assert.equal(views.word("magic"), 0x47524c53);
      assert.equal(views.word("version"), 1);
      assert.equal(views.word("slotHeaderOffset"), 4096 + 2 * 64);
      assert.equal(views.word("metadataOffset"), 4096 + 2 * 64 + 3 * 128);
      assert.equal(views.word("payloadOffset") % 4096, 0);
      assert.equal(views.word("payloadStride"), 4096);
      assert.equal(views.word("generation"), 7);
      assert.equal(ring.buffer.byteLength, views.word("payloadOffset") + 3 * 4096);
      assert.equal(new TextDecoder().decode(new Uint8Array(ring.buffer, 1024, views.word("formatBytes"))), "{}");
    });
  });
});

describe("NativeRing.create()", () => {
  it("refuses configs outside of their limits", () => {
    for (
      const change of [{ slotCount: 1 }, { slotCount: 257 }, { readerMax: 0 }, { readerMax: 65 }, { payloadBytes: 0 }]
    ) {
      assert.throws(() => native.createRing({ ...config, ...change }), { name: "NativeError", code: "out_of_range" });
    }
    assert.throws(() => native.createRing({ ...config, metadataBytes: 65 }), { code: "out_of_range" });
    assert.throws(() => native.createRing({ ...config, payloadBytes: 1.5 }), {
      name: "RangeError",
      message: /payloadBytes/,
    });
    assert.throws(() => native.createRing(config, "x".repeat(3073)), { code: "out_of_range" });
  });
});

describe("NativeRing writer", () => {
  it("is one: a second is refused, also through another reference", () => {
    withRing({}, (ring) => {
      const writer = ring.openWriter();
      const second = native.attachRing(ring.handle);
      assert.throws(() => ring.openWriter(), { name: "NativeError", code: "writer_taken" });
      assert.throws(() => second.openWriter(), { code: "writer_taken" });
      assert.equal(ring.closeWriter(writer), 0);
      const next = second.openWriter();
      assert.equal(ring.loan(writer), results.bad_writer);
      assert.equal(ring.closeWriter(writer), results.bad_writer);
      assert.equal(second.closeWriter(next), 0);
      second.detach();
    });
  });

  it("loans one slot at a time with a clear header, and stamps what has no stamp", () => {
    withRing({}, (ring, views) => {
      const writer = ring.openWriter();
      const slot = ring.loan(writer);
      assert.equal(ring.loan(writer), results.loan_outstanding);
      views.bytes.setBigUint64(views.headerOffset(slot, "frameNumber"), 9n, true);
      assert.equal(ring.commit(writer, slot), 0);
      assert.equal(ring.commit(writer, slot), results.not_loaned);
      assert.equal(views.sequenceOf(slot), 1);
      assert.ok(views.bytes.getBigUint64(views.headerOffset(slot, "monotonicNs"), true) <= native.time.monotonicNs());
      commitOne(ring, writer);
      commitOne(ring, writer);
      assert.equal(ring.loan(writer), slot);
      assert.equal(views.bytes.getBigUint64(views.headerOffset(slot, "frameNumber"), true), 0n);
      assert.equal(ring.abort(writer, slot), 0);
      assert.equal(ring.abort(writer, slot), results.not_loaned);
    });
  });

  it("drops its own frame when all slots are held, and counts it", () => {
    withRing({}, (ring, views) => {
      const writer = ring.openWriter();
      const reader = ring.openReader();
      const held: number[] = [];
      for (let i = 0; i < 2; i++) {
        commitOne(ring, writer);
        held.push(ring.pinLatest(reader, 0));
      }
      commitOne(ring, writer);
      assert.equal(ring.loan(writer), results.full);
      assert.equal(views.bytes.getBigUint64(ringControlLayout.droppedCount, true), 1n);
      assert.equal(ring.unpin(reader, held[0]), 0);
      assert.equal(ring.unpin(reader, held[0]), results.not_pinned);
      assert.equal(ring.loan(writer), held[0]);
    });
  });

  it("cannot write after end(), whose first reason stays", () => {
    withRing({}, (ring, views) => {
      const writer = ring.openWriter();
      assert.equal(ring.setSuccessor(12), 0);
      assert.equal(ring.setSuccessor(13), results.already_set);
      assert.equal(ring.end("stopped"), 0);
      assert.equal(ring.end("failed"), results.already_set);
      assert.deepEqual([views.word("successor"), views.word("ended"), views.word("doorbell")], [12, 2, 2]);
      assert.equal(ring.loan(writer), results.ended);
    });
  });
});

describe("NativeRing reader", () => {
  it("takes the newest, the next and the one at an instant", () => {
    withRing({ slotCount: 4 }, (ring, views) => {
      const writer = ring.openWriter();
      const reader = ring.openReader();
      assert.equal(ring.pinLatest(reader, 0), results.empty);
      for (let i = 1; i <= 6; i++) {
        const slot = ring.loan(writer);
        views.bytes.setBigInt64(views.headerOffset(slot, "timestampNs"), BigInt(i * 100), true);
        ring.commit(writer, slot);
      }
      assert.equal(views.sequenceOf(ring.pinLatest(reader, 0)), 6);
      assert.equal(views.sequenceOf(ring.pinLatest(reader, 5)), 6);
      assert.equal(ring.pinLatest(reader, 6), results.empty);
      assert.equal(views.sequenceOf(ring.pinNext(reader, 0)), 3);
      assert.equal(views.sequenceOf(ring.pinNext(reader, 3)), 4);
      assert.equal(ring.pinNext(reader, 6), results.empty);
      assert.equal(views.sequenceOf(ring.pinAt(reader, 599n)), 5);
      assert.equal(ring.pinAt(reader, 299n), results.empty);
      assert.equal(ring.pinLatest(reader, -1), results.out_of_range);
    });
  });

  it("has a place of its own that is refused once closed", () => {
    withRing({}, (ring) => {
      const first = ring.openReader();
      const second = ring.openReader();
      assert.throws(() => ring.openReader(), { code: "readers_full" });
      assert.equal(ring.closeReader(first), 0);
      assert.equal(ring.closeReader(first), results.bad_reader);
      const third = ring.openReader();
      assert.notEqual(third, first);
      assert.equal(ring.pinLatest(first, 0), results.bad_reader);
      assert.equal(ring.pinLatest(0xffffffff as RingReader, 0), results.bad_reader);
      assert.equal(ring.closeReader(second), 0);
    });
  });

  it("wait() sees a doorbell that rang and times out for one that did not", () => {
    withRing({}, (ring, views) => {
      assert.equal(ring.wait(0, 1), results.timed_out);
      assert.equal(ring.wake(), 0);
      assert.equal(ring.wait(0, 100), 0);
      assert.equal(views.word("doorbell"), 1);
      const before = native.time.monotonicNs();
      assert.equal(ring.wait(1, 4_000_000_000), results.timed_out);
      assert.ok(native.time.monotonicNs() - before >= 100_000_000n);
    });
  });
});

describe("NativeRing.detach()", () => {
  it("empties the views, and the handle is stale once nobody has the ring", () => {
    const ring = native.createRing(config);
    const handle = ring.handle;
    const other = native.attachRing(handle);
    const views = new Uint32Array(ring.buffer);
    ring.detach();
    ring.detach();
    assert.equal(views.length, 0);
    assert.equal(ring.handle, 0);
    assert.equal(ring.loan(1 as RingWriter), results.bad_handle);
    assert.equal(new Uint32Array(other.buffer)[0], 0x47524c53);
    other.detach();
    assert.throws(() => native.attachRing(handle), { name: "NativeError", code: "bad_handle" });
    assert.equal(native.library.functions.sl_ring_loan(handle, 1), results.bad_handle);
    const next = native.createRing(config);
    assert.notEqual(next.handle, handle);
    assert.throws(() => native.attachRing(handle), { code: "bad_handle" });
    next.detach();
  });

  it("gives the memory back", () => {
    const makeAndDrop = () => native.createRing({ ...config, payloadBytes: 4_000_000 }).detach();
    makeAndDrop();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 50; i++) makeAndDrop();
    // Kept, they would be 600 MB.
    assert.ok(process.memoryUsage().rss - before < 150_000_000, `${process.memoryUsage().rss - before} bytes more`);
  });

  it("is not needed for handles that never were", () => {
    for (const handle of [0, 1, 0x10000 * 30000 + 5, 0xffffffff]) {
      assert.throws(() => native.attachRing(handle as RingHandle), { code: "bad_handle" });
      assert.equal(native.library.functions.sl_ring_detach(handle), results.bad_handle);
    }
  });
});
