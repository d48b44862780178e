import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { lengthBytesOf, parametersOf, setsOfAccessUnit, setsOfRecord } from "./h264.ts";

const SPS = [0x67, 0x42, 0xc0, 0x1f, 0xda];
const PPS = [0x68, 0xce, 0x3c, 0x80];
const IDR = [0x65, 0x88, 0x84, 0x00, 0x10];
const START = [0, 0, 0, 1];
const RECORD = [1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, SPS.length, ...SPS, 1, 0, PPS.length, ...PPS];

function arraysOf({ sps, pps }: ReturnType<typeof setsOfRecord>): number[][][] {
  return [sps, pps].map((sets) => sets.map((one) => [...one]));
}

describe("parameter sets of H.264", () => {
  it("are found behind start codes of three and four bytes", () => {
    const unit = Uint8Array.of(...START, ...SPS, 0, 0, 1, ...PPS, ...START, ...IDR);
    assert.deepEqual(arraysOf(setsOfAccessUnit(unit)), [[SPS], [PPS]]);
    assert.deepEqual(arraysOf(setsOfAccessUnit(Uint8Array.of(...START, ...IDR))), [[], []]);
    assert.deepEqual(arraysOf(setsOfAccessUnit(Uint8Array.of(...START, ...IDR, ...START, ...PPS))), [[], [PPS]]);
  });

  it("are found in a decoder configuration record", () => {
    assert.deepEqual(arraysOf(setsOfRecord(Uint8Array.of(...RECORD))), [[SPS], [PPS]]);
    assert.equal(lengthBytesOf(Uint8Array.of(...RECORD)), 4);
    assert.equal(lengthBytesOf(Uint8Array.of(1, 2, 3, 4, 2)), undefined);
  });

  it("are none where a record or an access unit is cut short", () => {
    for (let length = 0; length < RECORD.length; length++) {
      const { sps, pps } = setsOfRecord(Uint8Array.of(...RECORD.slice(0, length)));
      assert.ok(sps.length <= 1 && pps.length === 0, `${length} bytes`);
      setsOfAccessUnit(Uint8Array.of(...START, ...SPS, ...START, ...PPS).subarray(0, length));
    }
  });

  it("give what a description says", () => {
    assert.deepEqual(parametersOf(setsOfRecord(Uint8Array.of(...RECORD))), {
      profileLevelId: "42C01F",
      spropParameterSets: ["Z0LAH9o=", "aM48gA=="],
    });
    assert.deepEqual(parametersOf({ sps: [], pps: [] }), {});
  });
});
