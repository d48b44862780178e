import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ancillaryBytes } from "@streamlib/core";
import { type Captions608, captions608Packet, readCaptions608 } from "./captions_608.ts";
import { ANCILLARY_KINDS, isOfKind } from "./kind.ts";
import { fuzz, refuses, refusesForeign, withBytes } from "./testing/damage.ts";

const CAPTIONS: Captions608 = { captionField: 1, lineOffset: 12, data: [0x94, 0x2c] };

describe("captions of CEA-608", () => {
  it("have three words: field and line, and the two bytes", () => {
    const packet = captions608Packet(CAPTIONS, { line: 9 });
    assert.deepEqual([packet.did, packet.sdid, packet.line], [0x61, 0x02, 9]);
    assert.deepEqual([...ancillaryBytes(packet)], [0x8c, 0x94, 0x2c]);
    assert.deepEqual([...packet.words], [0x18c, 0x194, 0x12c]);
    const second = captions608Packet({ captionField: 2, lineOffset: 31, data: [0x80, 0x80] });
    assert.deepEqual([...ancillaryBytes(second)], [0x1f, 0x80, 0x80]);
  });

  it("come back as they were", () => {
    for (let i = 0; i < 64; i++) {
      const captions: Captions608 = { captionField: i < 32 ? 1 : 2, lineOffset: i % 32, data: [i * 4, 255 - i] };
      assert.deepEqual(readCaptions608(captions608Packet(captions)), captions);
    }
  });

  it("refuse what cannot be, naming it", () => {
    const cases: [object, RegExp][] = [
      [{ captionField: 3 }, /captionField is 3; an integer from 1 to 2 is right$/],
      [{ lineOffset: 32 }, /lineOffset is 32/],
      [{ data: [1, 256] }, /data\[1\] is 256/],
    ];
    for (const [wrong, message] of cases) {
      assert.throws(() => captions608Packet({ ...CAPTIONS, ...wrong }), { code: "format-invalid", message });
    }
  });

  it("are refused where they are broken", () => {
    const good = captions608Packet(CAPTIONS);
    refusesForeign(readCaptions608, good);
    refuses(readCaptions608, withBytes(good, [1, 2, 3, 4]), /has 4 words; 3 are right$/);
    fuzz(readCaptions608, good, 2000);
  });
});

describe("the kinds of ancillary packets", () => {
  it("tell each other apart", () => {
    const packet = captions608Packet(CAPTIONS);
    const kinds = Object.entries(ANCILLARY_KINDS).filter(([, kind]) => isOfKind(packet, kind));
    assert.deepEqual(kinds.map(([name]) => name), ["captions608"]);
    const identifiers = Object.values(ANCILLARY_KINDS).map(({ did, sdid }) => (did << 8) | sdid);
    assert.deepEqual(identifiers, [0x6060, 0x6101, 0x6102, 0x4105, 0x4302, 0x4303]);
  });
});
