/** Damaged packets for the tests of this folder. */
import assert from "node:assert/strict";
import { ancillaryBytes, type AncillaryPacket, ancillaryPacket, isStreamError } from "@streamlib/core";

/** Numbers that look random and are the same at every run: 0 to `below` - 1. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The packet with other bytes. */
export function withBytes(packet: AncillaryPacket, data: ArrayLike<number>): AncillaryPacket {
  return ancillaryPacket({ ...packet, words: undefined, data });
}

/** Fails unless `read` refuses the packet as unreadable, with this reason. */
export function refuses(read: (packet: AncillaryPacket) => unknown, packet: AncillaryPacket, reason: RegExp): void {
  assert.throws(() => read(packet), (thrown: unknown) => {
    assert.ok(isStreamError(thrown) && thrown.code === "format-invalid", String(thrown));
    assert.match(thrown.message, /^Cannot read /);
    assert.match(thrown.message, reason);
    return true;
  });
}

/** Fails unless `read` refuses what no reader of one kind may take: other identifiers, parity, too few words. */
export function refusesForeign(read: (packet: AncillaryPacket) => unknown, good: AncillaryPacket): void {
  refuses(read, { ...good, sdid: 0x77 }, /the packet is [0-9A-F]{2}\/77, not /);
  refuses(read, { ...good, words: good.words.map((word, i) => i === 1 ? word ^ 0x200 : word) }, /wrong parity$/);
  for (let length = 0; length < good.words.length; length++) {
    refuses(read, { ...good, words: good.words.slice(0, length) }, /./);
  }
}

/** Gives random bytes and damaged good ones to `read`: something or a clear error must come of each. */
export function fuzz(read: (packet: AncillaryPacket) => unknown, good: AncillaryPacket, rounds: number): void {
  const random = randomFrom(12);
  const bytes = ancillaryBytes(good);
  let understood = 0;
  for (let round = 0; round < rounds; round++) {
    const damaged = round % 2 === 0
      ? Uint8Array.from({ length: random(256) }, () => random(256))
      : bytes.map((byte) => random(bytes.length) === 0 ? random(256) : byte);
    try {
      read(withBytes(good, damaged));
      understood++;
    } catch (thrown) {
      assert.ok(isStreamError(thrown) && thrown.code === "format-invalid", String(thrown));
    }
  }
  assert.ok(understood > 0, "some of them are good");
}
