import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { SoundLevel } from "./sound_level.ts";

/** 480 Hz at 48 kHz: 100 frames are a period. */
function tone(amplitude: number, frames: number): Float32Array {
  return Float32Array.from({ length: frames }, (_, at) => amplitude * Math.sin(2 * Math.PI * (at + 25) / 100));
}

describe("SoundLevel", () => {
  it("gives peak and RMS of each channel against 1.0", () => {
    const level = new SoundLevel();
    const [left, right] = [tone(0.5, 800), tone(1, 800)];
    level.add(Float32Array.from({ length: 1600 }, (_, at) => (at % 2 === 0 ? left : right)[at >> 1]), 2);
    assert.deepEqual(level.take(), [
      { peakDbfs: -6.02, rmsDbfs: -9.03 },
      { peakDbfs: 0, rmsDbfs: -3.01 },
    ]);
  });

  it("is over all blocks since it was taken", () => {
    const level = new SoundLevel();
    for (const amplitude of [0.5, 0, 0, 0]) level.add(tone(amplitude, 400), 1);
    assert.deepEqual(level.take(), [{ peakDbfs: -6.02, rmsDbfs: -15.05 }]);
    level.add(tone(0.001, 400), 1);
    assert.deepEqual(level.take(), [{ peakDbfs: -60, rmsDbfs: -63.01 }]);
  });

  it("is null for silence, for what is no number, and before the first block of a channel", () => {
    const level = new SoundLevel();
    assert.deepEqual(level.take(), []);
    level.add(Float32Array.of(0, 1, NaN, 0, -1, 0), 3);
    assert.deepEqual(level.take(), [
      { peakDbfs: null, rmsDbfs: null },
      { peakDbfs: 0, rmsDbfs: 0 },
      { peakDbfs: null, rmsDbfs: null },
    ]);
    level.add(new Float32Array(4), 1);
    assert.deepEqual(level.take(), [{ peakDbfs: null, rmsDbfs: null }]);
  });
});
