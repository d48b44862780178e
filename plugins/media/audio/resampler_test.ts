import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { Resampler } from "./resampler.ts";

function tone(frames: number, rateHz: number, hz: number, channels: number): Float32Array {
  const samples = new Float32Array(frames * channels);
  for (let i = 0; i < samples.length; i++) {
    const channel = i % channels;
    samples[i] = Math.sin((2 * Math.PI * hz * (channel + 1) * Math.floor(i / channels)) / rateHz);
  }
  return samples;
}

function resample(samples: Float32Array, inHz: number, outHz: number, channels: number, block: number): Float32Array {
  const resampler = new Resampler(inHz, outHz, channels);
  const parts: Float32Array[] = [];
  for (let at = 0; at < samples.length; at += block * channels) {
    parts.push(resampler.push(samples.subarray(at, at + block * channels)));
  }
  parts.push(resampler.end());
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (joined.set(part, at), at + part.length), 0);
  return joined;
}

function worstError(a: Float32Array, b: Float32Array, margin: number): number {
  let worst = 0;
  for (let i = margin; i < Math.min(a.length, b.length) - margin; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
  return worst;
}

describe("Resampler", () => {
  for (
    const [inHz, outHz] of [[44_100, 48_000], [48_000, 44_100], [22_050, 48_000], [96_000, 48_000], [8000, 48_000]]
  ) {
    it(`turns a tone of ${inHz} Hz into the same tone of ${outHz} Hz, at the same instants`, () => {
      const output = resample(tone(inHz / 4, inHz, 700, 2), inHz, outHz, 2, 997);
      assert.equal(output.length, Math.ceil((inHz / 4) * outHz / inHz) * 2);
      assert.ok(worstError(output, tone(output.length / 2, outHz, 700, 2), 1000) < 2e-4);
    });
  }

  it("gives the same for any size of blocks", () => {
    const input = tone(5000, 44_100, 1000, 1);
    const whole = resample(input, 44_100, 48_000, 1, 5000);
    for (const block of [1, 64, 1023]) assert.deepEqual(resample(input, 44_100, 48_000, 1, block), whole);
  });

  it("takes away what the lower rate cannot hold", () => {
    const output = resample(tone(24_000, 48_000, 15_000, 1), 48_000, 22_050, 1, 1024);
    assert.ok(Math.max(...output.subarray(200, -200).map(Math.abs)) < 1e-3);
  });
});
