import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SampleSchedule } from "./sample_schedule.ts";

function counts(rateHz: number, num: number, den: number, frames: number): number[] {
  const schedule = new SampleSchedule(rateHz, { num, den });
  return Array.from({ length: frames }, (_, frameNumber) => schedule.sampleCountAt(frameNumber));
}

describe("SampleSchedule", () => {
  it("gives the known sequences at 48 kHz", () => {
    assert.deepEqual(counts(48000, 30000, 1001, 10), [1602, 1601, 1602, 1601, 1602, 1602, 1601, 1602, 1601, 1602]);
    assert.deepEqual(counts(48000, 60000, 1001, 5), [801, 801, 800, 801, 801]);
    assert.deepEqual(counts(48000, 24000, 1001, 3), [2002, 2002, 2002]);
    assert.deepEqual(counts(48000, 25, 1, 3), [1920, 1920, 1920]);
    assert.deepEqual(counts(48000, 60, 1, 3), [800, 800, 800]);
    assert.deepEqual(counts(44100, 24, 1, 4), [1838, 1837, 1838, 1837]);
  });

  it("begins frame n at round(n * rate / frames per second), exactly, up to years", () => {
    for (const [rateHz, num, den] of [[48000, 30000, 1001], [44100, 60000, 1001], [96000, 24000, 1001], [8000, 7, 3]]) {
      const schedule = new SampleSchedule(rateHz, { num, den });
      for (const frameNumber of [0, 1, 2, 3, 4, 5, 999, 1e6 + 1, 12345678901]) {
        const exact = (2n * BigInt(frameNumber) * BigInt(rateHz * den) + BigInt(num)) / (2n * BigInt(num));
        assert.equal(BigInt(schedule.sampleAt(frameNumber)), exact, `${rateHz} at ${num}/${den}, ${frameNumber}`);
      }
    }
  });

  it("never has a frame longer than sampleCountMax or shorter by more than one", () => {
    for (const [rateHz, num, den] of [[48000, 30000, 1001], [48000, 50, 1], [44100, 60000, 1001]]) {
      const schedule = new SampleSchedule(rateHz, { num, den });
      for (let frameNumber = 0; frameNumber < 2000; frameNumber++) {
        const short = schedule.sampleCountMax - schedule.sampleCountAt(frameNumber);
        assert.ok(short === 0 || short === 1);
      }
    }
  });

  it("refuses rates that are not whole, below 1 or too large", () => {
    assert.throws(() => new SampleSchedule(44100.5, { num: 25, den: 1 }), /"rateHz" is 44100.5/);
    assert.throws(() => new SampleSchedule(48000, { num: 0, den: 1 }), /"frameRate.num" is 0/);
    assert.throws(() => new SampleSchedule(48000, { num: 25, den: -1 }), /"frameRate.den" is -1/);
    assert.throws(() => new SampleSchedule(48000, { num: 1e9 + 7, den: 1e9 }), /exactly/);
  });
});
