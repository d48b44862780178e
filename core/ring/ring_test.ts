import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { describeRing, ringConfig, throwsCode, write } from "../../tests/conformance/ring.ts";
import { loadNative } from "../native.ts";
import { planRing, SLOT } from "./layout.ts";
import { NativeRing } from "./native_ring.ts";
import { EMPTY } from "./ring.ts";
import { SharedRing } from "./shared_ring.ts";
import { SlotTable } from "./slot_table.ts";

const { library } = await loadNative();

describeRing("SharedRing", (config) => SharedRing.create(config));
if (library) describeRing("NativeRing", (config) => NativeRing.create(library, config));

describe("SharedRing.attach()", () => {
  it("finds the configuration in the memory and reads what the other wrote", () => {
    const config = ringConfig({ descriptor: '{"type":"VideoFrame"}', generation: 4 });
    const made = SharedRing.create(config);
    made.openWriter();
    write(made, new SlotTable(made), 9);
    const other = SharedRing.attach(made.memory);
    assert.deepEqual(other.config, config);
    const table = new SlotTable(other);
    const slot = other.pinLatest(other.openReader(), 0);
    assert.equal(table.payload(slot)[0], 9);
  });

  it("refuses memory that is no ring", () => {
    throwsCode(() => SharedRing.attach(new SharedArrayBuffer(8192)), "ring-invalid", /^Cannot attach a ring: /);
  });

  it("keeps the place of another's writer when it closes", () => {
    const made = SharedRing.create(ringConfig());
    made.openWriter();
    const other = SharedRing.attach(made.memory);
    other.closeWriter();
    other.close();
    throwsCode(() => SharedRing.attach(made.memory).openWriter(), "writer-taken", /it has a writer/);
  });
});

describe("ring layout", () => {
  it("is one for both kinds: SharedRing reads the words that NativeRing wrote", { skip: !library }, () => {
    const config = ringConfig({ slotCount: 4, payloadBytes: 5000, descriptor: '{"type":"interop"}', generation: 2 });
    const native = NativeRing.create(library!, config);
    native.openWriter();
    const nativeTable = new SlotTable(native);
    for (let value = 1; value <= 6; value++) write(native, nativeTable, value);
    assert.equal(native.memory.byteLength, planRing(config).totalBytes);
    const words = new SharedArrayBuffer(native.memory.byteLength);
    new Uint8Array(words).set(new Uint8Array(native.memory));
    const shared = SharedRing.attach(words);
    assert.deepEqual(shared.config, config);
    const table = new SlotTable(shared);
    const reader = shared.openReader();
    assert.equal(table.headSequence, 6);
    const seen: number[] = [];
    for (let cursor = 0, slot = shared.pinNext(reader, 0); slot !== EMPTY; slot = shared.pinNext(reader, cursor)) {
      cursor = table.sequence(slot);
      seen.push(table.payload(slot)[0], Number(table.instant(slot, SLOT.timestampNs)));
      assert.deepEqual(table.payload(slot), new Uint8Array(nativeTable.payload(slot)));
    }
    assert.deepEqual(seen, [3, 3, 4, 4, 5, 5, 6, 6]);
    assert.equal(table.payload(shared.pinLatest(reader, 0))[0], 6);
    throwsCode(() => shared.openWriter(), "writer-taken", /it has a writer/);
    native.close();
  });
});
