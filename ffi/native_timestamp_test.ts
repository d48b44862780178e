import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { load, NativeError } from "./mod.ts";

const timestamp = load().timestamp;
const video = { num: 60000, den: 1001 };

function outOfRange(action: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof NativeError && error.code === "out_of_range" && action.test(error.message);
}

describe("NativeTimestamp", () => {
  it("rtpAt() gives the time stamps of RFC 7273", () => {
    const taiNs = 1_356_998_400_000_000_000n;
    assert.equal(timestamp.rtpAt(taiNs, 90_000), 2_460_938_240);
    assert.equal(timestamp.rtpAt(taiNs, 48_000), 2_744_156_160);
    assert.equal(timestamp.rtpAt(taiNs, 44_100), 1_850_104_832);
  });

  it("frames of 1001 rates are exact", () => {
    const frame = timestamp.frameAt(1_790_510_437_123_456_789n, video);
    assert.equal(frame, 107_323_302_924n);
    assert.equal(timestamp.frameStart(frame, video), 1_790_510_437_115_400_000n);
    assert.equal(BigInt.asUintN(32, timestamp.frameTicks(frame, video, 90_000)), 3_061_361_762n);
    assert.equal(timestamp.frameTicks(0n, { num: 30000, den: 1001 }, 90_000, 1), 1501n);
  });

  it("taiOf() finds the instant on both sides of the wrap", () => {
    for (const distance of [-2_000_000_000n, -1n, 0n, 1n, 2_000_000_000n]) {
      const ticks = (37_521n << 32n) + distance;
      const near = timestamp.instantOf(37_521n << 32n, 90_000);
      const rtpTimestamp = Number(BigInt.asUintN(32, ticks));
      assert.equal(timestamp.taiOf(rtpTimestamp, near, 90_000), timestamp.instantOf(ticks, 90_000));
    }
  });

  it("refuses what is out of range and says what it was to do", () => {
    assert.throws(() => timestamp.ticksAt(1n << 63n, 90_000), outOfRange(/tick of 9223372036854775808 ns at 90000 Hz/));
    assert.throws(() => timestamp.rtpAt(0n, 0), outOfRange(/at 0 Hz/));
    assert.throws(() => timestamp.frameAt(0n, { num: 25, den: 0 }), outOfRange(/25\/0/));
    assert.throws(() => timestamp.extend(-1, 0n), RangeError);
  });
});
