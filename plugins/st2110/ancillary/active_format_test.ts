import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ancillaryBytes } from "@streamlib/core";
import { type ActiveFormat, activeFormatPacket, readActiveFormat } from "./active_format.ts";
import { fuzz, refuses, refusesForeign, withBytes } from "./testing/damage.ts";

const FORMAT: ActiveFormat = { code: 9, isWide: true, bars: { left: 239, right: 1680 } };

describe("active format", () => {
  it("has the bytes of ST 2016-3", () => {
    const packet = activeFormatPacket(FORMAT, { line: 11 });
    assert.deepEqual([packet.did, packet.sdid, packet.line], [0x41, 0x05, 11]);
    assert.deepEqual([...ancillaryBytes(packet)], [0x4c, 0, 0, 0x30, 0x00, 0xef, 0x06, 0x90]);
    const letterbox = activeFormatPacket({ code: 10, isWide: false, bars: { top: 59, bottom: 422 } });
    assert.deepEqual([...ancillaryBytes(letterbox)], [0x50, 0, 0, 0xc0, 0, 59, 1, 166]);
    assert.deepEqual([...ancillaryBytes(activeFormatPacket({ code: 8, isWide: true }))], [0x44, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("comes back as it was", () => {
    const bars: ActiveFormat["bars"][] = [{ top: 1 }, { bottom: 65535 }, { left: 0, right: 3 }, { right: 7 }];
    for (let code = 0; code < 16; code++) {
      for (const one of bars) {
        const format: ActiveFormat = { code, isWide: code % 2 === 0, bars: one! };
        assert.deepEqual(readActiveFormat(activeFormatPacket(format)), format);
      }
      const plain: ActiveFormat = { code, isWide: code % 2 === 1 };
      assert.deepEqual(readActiveFormat(activeFormatPacket(plain)), plain);
    }
  });

  it("refuses what cannot be, naming it", () => {
    const cases: [object, RegExp][] = [
      [{ code: 16 }, /code is 16; an integer from 0 to 15 is right$/],
      [{ bars: { top: 65536 } }, /top is 65536/],
      [{ bars: { top: 1, left: 1 } }, /bars of both directions; one is right$/],
    ];
    for (const [wrong, message] of cases) {
      assert.throws(() => activeFormatPacket({ ...FORMAT, ...wrong }), { code: "format-invalid", message });
    }
  });

  it("is refused where it is broken", () => {
    const good = activeFormatPacket(FORMAT);
    refusesForeign(readActiveFormat, good);
    const bytes = ancillaryBytes(good);
    refuses(readActiveFormat, withBytes(good, [...bytes, 0]), /has 9 words; 8 are right$/);
    refuses(readActiveFormat, withBytes(good, bytes.with(3, 0x90)), /bars of both directions$/);
    fuzz(readActiveFormat, good, 2000);
  });
});
