import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { load, NativeMemory, ringMemoryLayout } from "./mod.ts";

const native = load();

describe("NativeMemory", () => {
  it("lies on the native bytes and is empty after detach()", () => {
    const ring = native.createRing({ slotCount: 2, readerMax: 1, payloadBytes: 64, metadataBytes: 0, generation: 0 });
    const place = new BigUint64Array(ringMemoryLayout.structBytes / 8);
    assert.equal(native.library.functions.sl_ring_memory(ring.handle, place), 0);
    const memory = new NativeMemory(place[0], Number(place[1]));
    const bytes = new Uint8Array(memory.buffer);
    const view = new DataView(memory.buffer, 4096, 64);
    bytes[5000] = 77;
    assert.equal(new Uint8Array(ring.buffer)[5000], 77);
    assert.equal(memory.detached, false);
    memory.detach();
    memory.detach();
    assert.equal(memory.detached, true);
    assert.equal(memory.buffer.byteLength, 0);
    assert.equal(bytes.length, 0);
    assert.equal(bytes[5000], undefined);
    assert.throws(() => view.getUint8(0), TypeError);
    assert.equal(new Uint8Array(ring.buffer)[5000], 77);
    ring.detach();
  });

  it("refuses the address 0", () => {
    assert.throws(() => new NativeMemory(0n, 16));
  });
});
