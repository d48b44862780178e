import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { throwsCode } from "../../tests/conformance/ring.ts";
import { Actor } from "../actor/actor.ts";
import { registerActor } from "../actor/register_actor.ts";
import type { ActorSpec } from "../actor/spec.ts";
import type { Output } from "../port/output.ts";
import { output } from "../port/spec.ts";
import { tap } from "../port/tap.ts";
import { stopAll } from "../registry/local_registry.ts";
import { AncillaryData, ancillaryFormat } from "./ancillary_data.ts";
import { ancillaryListBytes, readAncillaryList, writeAncillaryList } from "./ancillary_list.ts";
import {
  ancillaryBytes,
  type AncillaryField,
  type AncillaryPacket,
  ancillaryPacket,
  hasParity,
  withParity,
} from "./ancillary_packet.ts";

const timeout = 20_000;

afterEach(() => stopAll());

/** Numbers that look random and are the same at every run: 0 to `below` - 1. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomPacket(random: (below: number) => number): AncillaryPacket {
  return ancillaryPacket({
    did: random(256),
    sdid: random(256),
    words: Array.from({ length: random(256) }, () => random(1024)),
    line: random(2048),
    horizontalOffset: random(4096),
    isColorDifference: random(2) === 1,
    streamNumber: random(2) === 1 ? random(128) : undefined,
    field: (["frame", "first", "second"] as AncillaryField[])[random(3)],
  });
}

/** Equal, though views are compared with arrays of their own. */
function assertPackets(actual: readonly AncillaryPacket[], wanted: readonly AncillaryPacket[]): void {
  const plain = (packet: AncillaryPacket): unknown => ({ ...packet, words: [...packet.words] });
  assert.deepEqual(actual.map(plain), wanted.map(plain));
}

describe("ancillaryPacket()", () => {
  it("adds parity", () => {
    // Of the reference: 00→200, 01→101, 03→203, 61→161, FF→2FF.
    const packet = ancillaryPacket({ did: 0x61, sdid: 2, data: [0, 1, 3, 0x61, 0xff] });
    assert.deepEqual([...packet.words], [0x200, 0x101, 0x203, 0x161, 0x2ff]);
    assert.deepEqual([...ancillaryBytes(packet)], [0, 1, 3, 0x61, 0xff]);
    assert.equal(hasParity(packet), true);
    for (let byte = 0; byte < 256; byte++) {
      const ones = byte.toString(2).replaceAll("0", "").length;
      assert.equal(withParity(byte), byte | (ones % 2 === 1 ? 0x100 : 0x200));
    }
  });

  it("leaves words of 10 bits as they are", () => {
    const packet = ancillaryPacket({ did: 1, sdid: 2, words: [0x3ff, 0, 0x200] });
    assert.deepEqual([...packet.words], [0x3ff, 0, 0x200]);
    assert.equal(hasParity(packet), false);
  });

  it("has no place unless one is given", () => {
    const { line, horizontalOffset, isColorDifference, streamNumber, field } = ancillaryPacket({
      did: 1,
      sdid: 1,
      data: [],
    });
    assert.deepEqual([line, horizontalOffset, isColorDifference, streamNumber, field], [
      2047,
      4095,
      false,
      undefined,
      "frame",
    ]);
  });

  it("refuses what no packet can have, naming it", () => {
    const good = { did: 1, sdid: 1, data: [1] };
    const cases: [Partial<Parameters<typeof ancillaryPacket>[0]>, RegExp][] = [
      [{ did: 256 }, /did is 256; an integer from 0 to 255 is right$/],
      [{ did: 0.5 }, /did is 0.5/],
      [{ sdid: -1 }, /sdid is -1/],
      [{ line: 2048 }, /line is 2048; an integer from 0 to 2047 is right$/],
      [{ horizontalOffset: 4096 }, /horizontalOffset is 4096/],
      [{ streamNumber: 128 }, /streamNumber is 128/],
      [{ data: [1, 256] }, /data\[1\] is 256; an integer from 0 to 255 is right$/],
      [{ data: undefined, words: [1024] }, /words\[0\] is 1024; an integer from 0 to 1023 is right$/],
      [{ data: new Uint8Array(256) }, /it has 256 user data words; at most 255 are right$/],
      [{ words: [1] }, /give data or words$/],
      [{ data: undefined }, /give data or words$/],
      [{ field: "third" as AncillaryField }, /field is third; frame, first or second are right$/],
    ];
    for (const [wrong, message] of cases) {
      throwsCode(() => ancillaryPacket({ ...good, ...wrong }), "format-invalid", message);
    }
  });
});

describe("the list of ancillary packets", () => {
  it("has the bytes that native threads read", () => {
    const packets = [
      ancillaryPacket({ did: 0x61, sdid: 0x02, data: [0x80, 0x14, 0x20], line: 9, horizontalOffset: 0 }),
      ancillaryPacket({
        did: 0x41,
        sdid: 5,
        data: [],
        line: 0x7fe,
        isColorDifference: true,
        streamNumber: 3,
        field: "second",
      }),
    ];
    const bytes = new Uint8Array(64).fill(0xaa);
    // deno-fmt-ignore
    const wanted = [
      2, 0, 0, 0, 0, 0, 0, 0,
      9, 0, 0, 0, 0, 0, 0x61, 0x02, 3, 0, 0, 0, 0x80, 0x01, 0x14, 0x02, 0x20, 0x01, 0, 0,
      0xfe, 0x07, 0xff, 0x0f, 3, 3, 0x41, 0x05, 0, 0, 3, 0,
    ];
    assert.equal(writeAncillaryList(bytes, packets), wanted.length);
    assert.deepEqual([...bytes.subarray(0, wanted.length)], wanted);
    assert.equal(bytes[wanted.length], 0xaa, "nothing is written behind it");
    assertPackets(readAncillaryList(bytes.subarray(0, wanted.length)), packets);
  });

  it("comes back as it was, whatever it holds", () => {
    const random = randomFrom(4);
    const bytes = new Uint8Array(1 << 16);
    for (let round = 0; round < 200; round++) {
      const packets = Array.from({ length: random(20) }, () => randomPacket(random));
      bytes.fill(random(256));
      const used = writeAncillaryList(bytes, packets);
      assert.equal(used, ancillaryListBytes(packets));
      assert.equal(used % 4, 0);
      assertPackets(readAncillaryList(bytes.subarray(0, used)), packets);
    }
  });

  it("is refused when it is cut off anywhere, or says what cannot be", () => {
    const packets = [9, 10, 11].map((line) => ancillaryPacket({ did: 1, sdid: 1, data: [1, 2, 3], line }));
    const bytes = new Uint8Array(128);
    const used = writeAncillaryList(bytes, packets);
    for (let length = 0; length < used; length++) {
      throwsCode(() => readAncillaryList(bytes.subarray(0, length)), "format-invalid", /^Cannot read ancillary data: /);
    }
    for (const [at, value] of [[0, 4], [3, 0xff], [9, 8], [11, 16], [17, 1], [18, 1], [19, 1], [21, 4]]) {
      const wrong = bytes.slice(0, used);
      wrong[at] = value;
      throwsCode(() => readAncillaryList(wrong), "format-invalid", /^Cannot (read|use) /);
    }
  });

  it("survives random bytes: a list or an error", () => {
    const random = randomFrom(7);
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from({ length: random(200) }, () => random(random(2) === 0 ? 4 : 256));
      try {
        assert.equal(ancillaryListBytes(readAncillaryList(bytes)) <= bytes.length, true);
      } catch (thrown) {
        assert.equal((thrown as { code?: string }).code, "format-invalid");
      }
    }
  });
});

describe("ancillaryFormat()", () => {
  it("has defaults and refuses what is out of range", () => {
    assert.deepEqual(ancillaryFormat(), { bytesMax: 8192 });
    assert.deepEqual(ancillaryFormat({ rate: 29.97, bytesMax: 8 }), {
      rate: { num: 30000, den: 1001 },
      bytesMax: 8,
    });
    for (const bytesMax of [7, 1.5, (1 << 20) + 1]) {
      throwsCode(() => ancillaryFormat({ bytesMax }), "format-invalid", /it must be an integer from 8 to 1048576$/);
    }
    assert.throws(() => ancillaryFormat({ rate: -1 }), RangeError);
  });
});

interface CaptionTypes {
  outputs: { ancillary: Output<AncillaryData> };
}

@registerActor({ name: "TestAncillary", module: import.meta.url })
class CaptionActor extends Actor<CaptionTypes> {
  static readonly spec: ActorSpec<CaptionTypes> = {
    description: "A source of ancillary data for tests",
    outputs: { ancillary: output(AncillaryData) },
  };

  override process(): void {}
}

describe("AncillaryData", () => {
  it("crosses a ring whole, and may be empty", { timeout }, async () => {
    const actor = new CaptionActor();
    await actor.ready;
    const seen: AncillaryPacket[][] = [];
    tap(actor.outputs.ancillary, (item) => void seen.push(item.copy().packets));
    const packets = [ancillaryPacket({ did: 0x60, sdid: 0x60, data: [1, 2, 3], line: 9 })];
    const format = ancillaryFormat({ rate: 50, bytesMax: 32 });
    actor.outputs.ancillary.loan(format)!.write(packets).commit();
    actor.outputs.ancillary.loan(format)!.commit();
    const loan = actor.outputs.ancillary.loan(format)!;
    loan.write(packets);
    throwsCode(
      () => loan.write([...packets, ...packets]),
      "format-invalid",
      /^Cannot write 2 ancillary packets: they take 48 bytes, the format has bytesMax 32$/,
    );
    loan.commit();
    assert.equal(seen.length, 3);
    assertPackets(seen[0], packets);
    assertPackets(seen[1], []);
    assertPackets(seen[2], packets);
  });
});
