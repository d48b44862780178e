import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ancillaryBytes, type AncillaryPacket } from "@streamlib/core";
import { type Captions708, captions708Packet, type CaptionTriplet, readCaptions708 } from "./captions_708.ts";
import { fuzz, randomFrom, refuses, refusesForeign, withBytes } from "./testing/damage.ts";

const NTSC = { num: 60000, den: 1001 };
const EMPTY: CaptionTriplet = { isValid: false, type: 2, data: [0, 0] };
const TRIPLETS: readonly CaptionTriplet[] = [
  { isValid: true, type: 0, data: [0x94, 0x2c] },
  { isValid: true, type: 1, data: [0x80, 0x80] },
];

function padded(triplets: readonly CaptionTriplet[], count: number): CaptionTriplet[] {
  return Array.from({ length: count }, (_, i) => triplets[i] ?? EMPTY);
}

/** A packet with every section there is. */
function everything(): AncillaryPacket {
  return captions708Packet({
    rate: { num: 25, den: 1 },
    sequence: 0x1234,
    timecode: { hours: 23, minutes: 59, seconds: 58, frames: 29, isDropFrame: true, isSecondOfPair: true },
    services: {
      isStart: true,
      isChange: true,
      isComplete: true,
      services: [Uint8Array.of(0xe1, 0x65, 0x6e, 0x67, 0x41, 0x3f, 0xff)],
    },
    others: [{ id: 0x75, data: Uint8Array.of(9, 8) }],
  });
}

/** The packet with other bytes and a checksum that fits. */
function summed(packet: AncillaryPacket, bytes: Uint8Array): AncillaryPacket {
  const sum = bytes.subarray(0, -1).reduce((total, byte) => total + byte, 0);
  bytes[bytes.length - 1] = -sum & 255;
  return withBytes(packet, bytes);
}

describe("captions708Packet()", () => {
  it("has the bytes of ST 334-2, filled up with empty triplets", () => {
    const packet = captions708Packet({ rate: NTSC, sequence: 7, triplets: TRIPLETS }, { line: 11 });
    assert.deepEqual([packet.did, packet.sdid, packet.line], [0x61, 0x01, 11]);
    // deno-fmt-ignore
    assert.deepEqual([...ancillaryBytes(packet)], [
      0x96, 0x69, 0x2b, 0x7f, 0x43, 0x00, 0x07,
      0x72, 0xea, 0xfc, 0x94, 0x2c, 0xfd, 0x80, 0x80, ...Array(8).fill([0xfa, 0, 0]).flat(),
      0x74, 0x00, 0x07, 0xad,
    ]);
  });

  it("has all sections in their order", () => {
    // deno-fmt-ignore
    assert.deepEqual([...ancillaryBytes(everything())], [
      0x96, 0x69, 0x1d, 0x3f, 0xbf, 0x12, 0x34,
      0x71, 0xe3, 0xd9, 0xd8, 0xa9,
      0x73, 0xf1, 0xe1, 0x65, 0x6e, 0x67, 0x41, 0x3f, 0xff,
      0x75, 0x02, 0x09, 0x08,
      0x74, 0x12, 0x34, 0xb2,
    ]);
  });

  it("has as many triplets as its rate wants", () => {
    const counts = [[24000, 1001, 25], [24, 1, 25], [25, 1, 24], [30000, 1001, 20], [30, 1, 20], [50, 1, 12], [
      60000,
      1001,
      10,
    ], [60, 1, 10]];
    for (const [i, [num, den, count]] of counts.entries()) {
      const packet = captions708Packet({ rate: { num, den }, sequence: 0, triplets: [] });
      assert.equal(ancillaryBytes(packet)[3], ((i + 1) << 4) | 15);
      assert.equal(readCaptions708(packet).triplets!.length, count);
      const many = { rate: { num, den }, sequence: 0, triplets: Array<CaptionTriplet>(count + 1).fill(EMPTY) };
      assert.throws(() => captions708Packet(many), {
        code: "format-invalid",
        message: new RegExp(`the count of triplets is ${count + 1}; an integer from 0 to ${count} is right$`),
      });
    }
  });

  it("refuses what cannot be, naming it", () => {
    const good = { rate: NTSC, sequence: 0 };
    const time = { hours: 1, minutes: 1, seconds: 1, frames: 1, isDropFrame: false, isSecondOfPair: false };
    const list = { isStart: true, isChange: false, isComplete: true };
    const cases: [object, RegExp][] = [
      [{ rate: { num: 48, den: 1 } }, /it has no rate 48\/1$/],
      [{ sequence: 65536 }, /sequence is 65536/],
      [{ timecode: { ...time, frames: 30 } }, /timecode.frames is 30/],
      [{ triplets: [{ ...EMPTY, type: 4 }] }, /triplets\[0\].type is 4/],
      [{ triplets: [{ ...EMPTY, data: [0, 256] }] }, /triplets\[0\].data\[1\] is 256/],
      [{ services: { ...list, services: [new Uint8Array(6)] } }, /the count of bytes of services\[0\] is 6/],
      [{ services: { ...list, services: Array(16).fill(new Uint8Array(7)) } }, /the count of services is 16/],
      [{ others: [{ id: 0x74, data: new Uint8Array(1) }] }, /the id of a section is 116/],
      [{ others: [{ id: 0x80, data: new Uint8Array(250) }] }, /the count of bytes is 263/],
    ];
    for (const [wrong, message] of cases) {
      assert.throws(() => captions708Packet({ ...good, ...wrong }), { code: "format-invalid", message });
    }
  });
});

describe("readCaptions708()", () => {
  it("gives back what was written", () => {
    const random = randomFrom(5);
    for (let round = 0; round < 500; round++) {
      const is = (): boolean => random(2) === 1;
      const captions: Captions708 = {
        rate: { num: 30000, den: 1001 },
        sequence: random(65536),
        isActive: is(),
        ...(is()
          ? {
            timecode: {
              hours: random(24),
              minutes: random(60),
              seconds: random(60),
              frames: random(30),
              isDropFrame: is(),
              isSecondOfPair: is(),
            },
          }
          : {}),
        ...(is()
          ? {
            triplets: padded(
              Array.from({ length: random(21) }, (): CaptionTriplet => ({
                isValid: is(),
                type: random(4) as CaptionTriplet["type"],
                data: [random(256), random(256)],
              })),
              20,
            ),
          }
          : {}),
        ...(is()
          ? {
            services: {
              isStart: is(),
              isChange: is(),
              isComplete: is(),
              services: Array.from({ length: random(10) }, () => Uint8Array.from({ length: 7 }, () => random(256))),
            },
          }
          : {}),
        others: Array.from({ length: random(3) }, () => ({
          id: 0x75 + random(0x7b),
          data: Uint8Array.from({ length: random(20) }, () => random(256)),
        })),
      };
      assert.deepEqual(readCaptions708(captions708Packet(captions)), captions);
    }
    const short = readCaptions708(captions708Packet({ rate: NTSC, sequence: 7, triplets: TRIPLETS }));
    assert.deepEqual(short.triplets, padded(TRIPLETS, 10));
    assert.equal(short.isActive, true);
  });

  it("refuses packets that are not whole or contradict themselves", () => {
    const good = everything();
    refusesForeign(readCaptions708, good);
    const bytes = ancillaryBytes(good);
    const cases: [at: number, byte: number, reason: RegExp][] = [
      [0, 0x95, /it does not begin with 9669$/],
      [2, 0x1e, /it says 30 bytes and has 29$/],
      [3, 0x0f, /0 is no code of a rate$/],
      [3, 0x9f, /9 is no code of a rate$/],
      [4, 0x3f, /differ about timecode$/],
      [4, 0xff, /differ about triplets$/],
      [4, 0x9f, /differ about services$/],
      [7, 0x70, /section 70 is not known or there twice$/],
      [8, 0xe4, /24:59:58:29 is no time$/],
      [8, 0xcf, /is no time$/],
      [13, 0xf2, /section 73 is cut off$/],
      [22, 0x03, /section 75 is cut off$/],
      [21, 0x71, /section 71 is not known or there twice$/],
      [21, 0xf0, /section f0 is not known or there twice$/],
      [25, 0x75, /its footer is missing$/],
      [26, 0x13, /its footer has another counter than its header$/],
    ];
    for (const [at, byte, reason] of cases) {
      const wrong = bytes.map((old, i) => i === at ? byte : old);
      refuses(readCaptions708, summed(good, wrong), reason);
    }
    refuses(readCaptions708, withBytes(good, bytes.map((old, i) => i === 8 ? old ^ 1 : old)), /checksum is wrong$/);
  });

  it("survives whatever comes, also with a checksum that fits", () => {
    const good = everything();
    fuzz(readCaptions708, good, 3000);
    fuzz(
      (packet) => {
        const bytes = ancillaryBytes(packet);
        if (bytes.length > 11) bytes.set([0x96, 0x69, bytes.length]);
        return readCaptions708(bytes.length > 11 ? summed(packet, bytes) : packet);
      },
      good,
      3000,
    );
  });
});
