import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { decodePcm, pcmReader } from "./pcm.ts";

const CASES: readonly [string, number[], number[]][] = [
  ["pcm-u8", [0, 128, 192], [-1, 0, 0.5]],
  ["pcm-s8", [0x80, 0, 0x40], [-1, 0, 0.5]],
  ["pcm-s16", [0x00, 0x80, 0x00, 0x40], [-1, 0.5]],
  ["pcm-s16be", [0x80, 0x00, 0x40, 0x00], [-1, 0.5]],
  ["pcm-s24", [0x00, 0x00, 0x80, 0x00, 0x00, 0x40, 0xff, 0xff, 0xff], [-1, 0.5, -1 / 8388608]],
  ["pcm-s24be", [0x80, 0x00, 0x00, 0x40, 0x00, 0x00, 0xff, 0xff, 0xff], [-1, 0.5, -1 / 8388608]],
  ["pcm-s32", [0, 0, 0, 0x80, 0, 0, 0, 0x40], [-1, 0.5]],
  ["pcm-s32be", [0x80, 0, 0, 0, 0x40, 0, 0, 0], [-1, 0.5]],
  ["pcm-f32", [0, 0, 0x80, 0xbf], [-1]],
  ["pcm-f32be", [0xbf, 0x80, 0, 0], [-1]],
  ["pcm-f64", [0, 0, 0, 0, 0, 0, 0xe0, 0x3f], [0.5]],
  ["pcm-f64be", [0x3f, 0xe0, 0, 0, 0, 0, 0, 0], [0.5]],
  // ITU-T G.711 tables 2a and 1a: the largest values of either sign, and the smallest.
  ["ulaw", [0x80, 0x00, 0xff, 0x7f], [32124 / 32768, -32124 / 32768, 0, 0]],
  ["alaw", [0xaa, 0x2a, 0xd5, 0x55], [32256 / 32768, -32256 / 32768, 8 / 32768, -8 / 32768]],
];

describe("decodePcm", () => {
  for (const [codec, bytes, expected] of CASES) {
    it(`reads ${codec}`, () => {
      const samples = [...decodePcm(pcmReader(codec)!, Uint8Array.from(bytes))];
      assert.deepEqual(samples.map((sample) => sample + 0), expected.map((sample) => Math.fround(sample) + 0));
    });
  }

  it("leaves an incomplete last sample out", () => {
    assert.equal(decodePcm(pcmReader("pcm-s24")!, new Uint8Array(8)).length, 2);
  });

  it("knows no other codec", () => {
    assert.equal(pcmReader("opus"), undefined);
  });
});
