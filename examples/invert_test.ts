import { findActor, localActors, type Output, stopAll, tap, type VideoFrame } from "@streamlib/core";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "@std/testing/bdd";

/** The first picture that the only running actor of this class gives, copied. */
function firstPicture(className: string): Promise<Uint8Array> {
  const actor = localActors().find((one) => one instanceof findActor(className).actorClass);
  const video = actor?.outputs.video as unknown as Output<VideoFrame>;
  return new Promise((resolve) => {
    const end = tap(video, (frame) => {
      resolve(frame.data.slice());
      queueMicrotask(() => end());
    });
  });
}

describe("examples/invert.ts", { timeout: 60_000 }, () => {
  it("shows the bars inverted and opaque", { timeout: 60_000 }, async () => {
    await import("./invert.ts");
    const [bars, inverted] = await Promise.all([firstPicture("TestPattern"), firstPicture("Invert")]);
    await stopAll();
    assert.equal(inverted.length, 1920 * 1080 * 4);
    for (let at = 0; at < inverted.length; at += 4 * 997) {
      const expected = [255 - bars[at], 255 - bars[at + 1], 255 - bars[at + 2], 255];
      assert.deepEqual([...inverted.subarray(at, at + 4)], expected);
    }
  });

  it("has at most 15 lines", () => {
    const text = readFileSync(new URL("./invert.ts", import.meta.url), "utf8");
    assert.ok(text.split("\n").filter((line) => line.trim() !== "").length <= 15);
  });
});
