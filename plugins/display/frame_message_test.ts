import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type FrameHeader, packFrame, unpackFrame } from "./frame_message.ts";

const header: FrameHeader = {
  frameNumber: 7,
  timestamp: "2026-01-01T00:00:00.000000000",
  width: 1920,
  height: 1080,
  pixelFormat: "i420",
  fps: 59.94,
  source: 'Bars "größe" output video',
  ageMs: 1.5,
  heldMs: 0.25,
  dropped: 3,
};

describe("packFrame()", () => {
  it("gives what unpackFrame() takes apart", () => {
    const jpeg = Uint8Array.from([0xff, 0xd8, 1, 2, 3, 0xff, 0xd9]);
    const message = packFrame(header, jpeg);
    assert.equal(new DataView(message.buffer).getUint32(0, true), message.length - 4 - jpeg.length);
    assert.deepEqual(unpackFrame(message), { header, jpeg });
  });

  it("every cut inside the header is refused", () => {
    const message = packFrame(header, new Uint8Array(0));
    for (let length = 0; length < message.length; length++) {
      assert.throws(() => unpackFrame(message.subarray(0, length)), RangeError, `cut at ${length}`);
    }
  });
});
