import { ManualClock, tap } from "@streamlib/core";
import { TestPatternActor } from "@streamlib/video";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DimActor } from "./mod.ts";

/** Pictures of a white source that went through `dim`, each as the bytes of its first pixel. */
async function firstPixels(dim: DimActor, pictures: number, before: () => Promise<void>): Promise<number[][]> {
  const clock = new ManualClock(60);
  const white = new TestPatternActor({ pattern: "white", width: 16, height: 16, pixelFormat: "rgba8", clock });
  const pixels: number[][] = [];
  tap(dim.outputs.video, (frame) => void pixels.push([...frame.data.subarray(0, 4)]));
  white.pipe(dim);
  await Promise.all([white.ready, dim.ready]);
  await before();
  await clock.advance(pictures);
  await Promise.all([white.stop(), dim.stop()]);
  return pixels;
}

describe("DimActor", () => {
  it("multiplies the colours and keeps alpha", async () => {
    const pixels = await firstPixels(new DimActor({ level: 0.2 }), 3, () => Promise.resolve());
    assert.ok(pixels.length > 0);
    for (const pixel of pixels) assert.deepEqual(pixel, [51, 51, 51, 255]);
  });

  it("changes the level by a control", async () => {
    const dim = new DimActor();
    const pixels = await firstPixels(dim, 3, () => dim.setLevel({ level: 0 }));
    assert.deepEqual(pixels.at(-1), [0, 0, 0, 255]);
  });

  it("refuses a level that is out of range, by name", () => {
    assert.throws(() => new DimActor({ level: 2 }), /Dim.*level = 2/);
  });
});
