import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadNative } from "../native.ts";
import { NativeRing } from "../ring/native_ring.ts";
import { isGone } from "./far_bells.ts";

const { library } = await loadNative();

const config = { slotCount: 3, readerMax: 2, payloadBytes: 64, metadataBytes: 0, generation: 1, descriptor: "" };

describe("isGone()", { skip: library === undefined }, () => {
  it("is so of a ring that its thread, or its process, has let go", () => {
    const ring = NativeRing.create(library!, config);
    const references = [{ handle: ring.handle }, { address: ring.address() }];
    for (const reference of references) NativeRing.open(library!, reference, config).close();
    ring.close();
    for (const reference of references) {
      assert.throws(() => NativeRing.open(library!, reference, config), isGone, JSON.stringify(reference));
    }
  });

  it("is not so of what is wrong in itself", () => {
    assert.equal(isGone(new Error("gone")), false);
    assert.equal(isGone(undefined), false);
  });
});
