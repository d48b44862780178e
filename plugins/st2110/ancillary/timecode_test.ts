import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ancillaryBytes } from "@streamlib/core";
import { fuzz, randomFrom, refuses, refusesForeign, withBytes } from "./testing/damage.ts";
import { type FrameBase, readTimecode, TIMECODE_PAYLOAD, timecodePacket } from "./timecode.ts";

const TIME = { hours: 10, minutes: 11, seconds: 12, frames: 13 };
const GROUPS = [1, 2, 3, 4, 5, 6, 7, 8];

describe("timecodePacket()", () => {
  it("puts digits, user bits and payload type where ST 12-2 has them", () => {
    const packet = timecodePacket({ ...TIME, userBits: GROUPS }, 30, { line: 9 });
    assert.deepEqual([packet.did, packet.sdid, packet.line], [0x60, 0x60, 9]);
    // deno-fmt-ignore
    assert.deepEqual([...ancillaryBytes(packet)], [
      0x38, 0x10, 0x10, 0x20, 0x20, 0x30, 0x10, 0x40, 0x10, 0x50, 0x10, 0x60, 0x00, 0x70, 0x10, 0x80,
    ]);
  });

  it("spreads the status over bit 3 of the last eight words", () => {
    const packet = timecodePacket({ ...TIME, status: 0b1100_1001, payloadType: TIMECODE_PAYLOAD.ltc }, 30);
    const bits = [...ancillaryBytes(packet)].map((byte) => (byte >> 3) & 1);
    assert.deepEqual(bits, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 1]);
  });

  it("puts flags where the frame base has them", () => {
    const zero = { hours: 0, minutes: 0, seconds: 0, frames: 2, payloadType: 0 };
    const flagsOf = (init: object, base: FrameBase): [word: number, byte: number][] =>
      [...ancillaryBytes(timecodePacket({ ...zero, frames: 0, ...init }, base))].flatMap((byte, i) =>
        byte === 0 ? [] : [[i + 1, byte]]
      );
    assert.deepEqual(flagsOf({ isDropFrame: true }, 30), [[3, 0x40]]);
    assert.deepEqual(flagsOf({ isColorFrame: true }, 30), [[3, 0x80]]);
    assert.deepEqual(flagsOf({ isSecondOfPair: true }, 30), [[7, 0x80]]);
    assert.deepEqual(flagsOf({ isSecondOfPair: true }, 24), [[7, 0x80]]);
    assert.deepEqual(flagsOf({ isSecondOfPair: true }, 25), [[15, 0x80]]);
    assert.deepEqual([1, 2, 4].map((groupFlags) => flagsOf({ groupFlags }, 30)[0]), [[11, 0x80], [15, 0x40], [
      15,
      0x80,
    ]]);
    assert.deepEqual([1, 2, 4].map((groupFlags) => flagsOf({ groupFlags }, 25)[0]), [[7, 0x80], [15, 0x40], [
      11,
      0x80,
    ]]);
  });

  it("refuses what is no time, naming it", () => {
    const cases: [object, FrameBase, RegExp][] = [
      [{ hours: 24 }, 30, /hours is 24; an integer from 0 to 23 is right$/],
      [{ minutes: 60 }, 30, /minutes is 60/],
      [{ seconds: 1.5 }, 30, /seconds is 1.5/],
      [{ frames: 25 }, 25, /frames is 25; an integer from 0 to 24 is right$/],
      [{ isDropFrame: true }, 25, /only base 30 can drop frames, not base 25$/],
      [{ isDropFrame: true, minutes: 1, seconds: 0, frames: 1 }, 30, /drop frame leaves out frame 1 of minute 1$/],
      [{ groupFlags: 8 }, 30, /groupFlags is 8/],
      [{ userBits: [1] }, 30, /the count of userBits is 1/],
      [{ userBits: [1, 2, 3, 16, 5, 6, 7, 8] }, 30, /userBits\[3\] is 16/],
      [{ payloadType: 256 }, 30, /payloadType is 256/],
      [{ status: -1 }, 30, /status is -1/],
    ];
    for (const [wrong, base, message] of cases) {
      assert.throws(() => timecodePacket({ ...TIME, ...wrong }, base), { code: "format-invalid", message });
    }
    timecodePacket({ hours: 0, minutes: 10, seconds: 0, frames: 0, isDropFrame: true }, 30);
  });
});

describe("readTimecode()", () => {
  it("gives back what was written", () => {
    const random = randomFrom(3);
    for (let round = 0; round < 2000; round++) {
      const base = ([24, 25, 30] as const)[random(3)];
      const timecode = {
        hours: random(24),
        minutes: random(60),
        seconds: random(60),
        frames: 2 + random(base - 2),
        isDropFrame: base === 30 && random(2) === 1,
        isColorFrame: random(2) === 1,
        isSecondOfPair: random(2) === 1,
        groupFlags: random(8),
        userBits: GROUPS.map(() => random(16)),
        payloadType: random(3),
        status: random(256),
      };
      assert.deepEqual(readTimecode(timecodePacket(timecode, base), base), timecode);
    }
  });

  it("refuses other packets, and what is no time", () => {
    const good = timecodePacket(TIME, 30);
    const read = (packet: typeof good): unknown => readTimecode(packet, 25);
    refusesForeign(read, good);
    const bytes = ancillaryBytes(good);
    const changed = (at: number, byte: number): typeof good =>
      withBytes(good, bytes.map((old, i) => i === at ? byte : old));
    refuses(read, withBytes(good, [...bytes, 0]), /has 17 words; 16 are right$/);
    refuses(read, changed(0, 0xa8), /10 is no decimal digit$/);
    refuses(read, changed(2, 0x30), /10:11:12:33 is no time of base 25$/);
    refuses(read, changed(14, 0x30), /30:11:12:13 is no time/);
    refuses(read, changed(6, 0x70), /10:11:72:13 is no time/);
    refuses(read, changed(10, 0x60), /10:61:12:13 is no time/);
    refuses(read, changed(2, 0x18), /payload type 5 is no time code$/);
  });

  it("survives whatever comes", () => {
    fuzz((packet) => readTimecode(packet, 30), timecodePacket(TIME, 30), 4000);
  });
});
