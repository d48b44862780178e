import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadNative, type Rate } from "@streamlib/core";
import { FieldClock, frameTimeOf, SampleClock, slotTimeOf, VIDEO_CLOCK_HZ } from "./media_clock.ts";

const { library } = await loadNative();
const NS_PER_S = 1_000_000_000n;
const NTSC: Rate = { num: 30000, den: 1001 };
const PAL: Rate = { num: 25, den: 1 };
/** Half of its frames begin in the midst of a tick of 90 kHz. */
const FAST: Rate = { num: 60000, den: 1001 };
/** Frames of 2025, far from the epoch. */
const FIRST = { ntsc: 52_000_000_001n, pal: 43_000_000_001n };

/** The first nanosecond of a frame. */
function startOf(frame: bigint, { num, den }: Rate): bigint {
  const period = BigInt(den) * NS_PER_S;
  return (frame * period + BigInt(num) - 1n) / BigInt(num);
}

/** The tick of a frame, counted in halves of frames, rounded down. */
function tickOf(halves: bigint, { num, den }: Rate): bigint {
  return halves * 90_000n * BigInt(den) / (2n * BigInt(num));
}

describe("frameTimeOf()", { skip: library === undefined }, () => {
  const native = library?.native as NonNullable<typeof library>["native"];

  it("counts ticks by the number of the frame, where frames begin with a period", () => {
    for (const [rate, first] of [[NTSC, FIRST.ntsc], [PAL, FIRST.pal]] as const) {
      for (let frame = first; frame < first + 6n; frame++) {
        // Time stamps of frames are rounded, and those that come from a tick of 90 kHz are early.
        for (const offsetNs of [-2000n, -1n, 0n, 1n, 2000n]) {
          assert.deepEqual(
            frameTimeOf(native, startOf(frame, rate) + offsetNs, rate, false),
            { frame, ticks: tickOf(2n * frame, rate), secondTicks: tickOf(2n * frame, rate) },
            `${rate.num}/${rate.den}, frame ${frame}, ${offsetNs} ns`,
          );
        }
      }
    }
  });

  it("knows the frames that a receiver gives, whose instants are those of their ticks", () => {
    for (const [rate, first] of [[FAST, 2n * FIRST.ntsc], [NTSC, FIRST.ntsc], [PAL, FIRST.pal]] as const) {
      for (let frame = first; frame < first + 6n; frame++) {
        const ticks = tickOf(2n * frame, rate);
        const timestampNs = native.timestamp.instantOf(ticks, VIDEO_CLOCK_HZ);
        const expected = { frame, ticks, secondTicks: ticks };
        assert.deepEqual(frameTimeOf(native, timestampNs, rate, false), expected, `${rate.num}, frame ${frame}`);
      }
    }
  });

  it("counts ticks by the instant, where frames begin within a period", () => {
    for (const offsetNs of [3000n, 11_111n, 20_000_000n, 39_990_000n]) {
      const timestampNs = startOf(FIRST.pal, PAL) + offsetNs;
      const ticks = timestampNs * 90_000n / NS_PER_S;
      const expected = { frame: FIRST.pal, ticks, secondTicks: ticks };
      assert.deepEqual(frameTimeOf(native, timestampNs, PAL, false), expected, `${offsetNs} ns`);
    }
  });

  it("is what a sender goes by, some frame periods later", () => {
    const timestampNs = startOf(FIRST.ntsc, NTSC);
    for (const isInterlaced of [false, true]) {
      const { ticks, secondTicks } = frameTimeOf(native, timestampNs, NTSC, isInterlaced);
      assert.deepEqual(slotTimeOf(native, timestampNs, { rate: NTSC, isInterlaced, delayFrames: 3 }), {
        startNs: native.timestamp.frameStart(FIRST.ntsc + 3n, NTSC),
        mediaClock: ticks,
        secondMediaClock: secondTicks,
      });
    }
  });

  it("has second fields half a period later, on the grid and off it", () => {
    const second = (timestampNs: bigint, rate: Rate): bigint => {
      const { ticks, secondTicks } = frameTimeOf(native, timestampNs, rate, true);
      return secondTicks - ticks;
    };
    assert.equal(second(startOf(FIRST.pal, PAL), PAL), 1800n);
    assert.equal(second(startOf(FIRST.pal, PAL) + 7_000_000n, PAL), 1800n);
    for (let frame = FIRST.ntsc; frame < FIRST.ntsc + 4n; frame++) {
      const { ticks, secondTicks } = frameTimeOf(native, startOf(frame, NTSC), NTSC, true);
      assert.deepEqual([ticks, secondTicks], [tickOf(2n * frame, NTSC), tickOf(2n * frame + 1n, NTSC)]);
      assert.equal(secondTicks - ticks, 1501n);
    }
  });
});

describe("FieldClock", { skip: library === undefined }, () => {
  const native = library?.native as NonNullable<typeof library>["native"];

  it("tells fields by their instants, and has both in the period of their frame", () => {
    for (const [rate, first] of [[NTSC, FIRST.ntsc], [PAL, FIRST.pal]] as const) {
      const clock = new FieldClock();
      for (let frame = first; frame < first + 4n; frame++) {
        for (const [i, field] of (["first", "second"] as const).entries()) {
          const tick = tickOf(2n * frame + BigInt(i), rate);
          const timestampNs = native.timestamp.instantOf(tick, VIDEO_CLOCK_HZ);
          const time = clock.timeOf(native, timestampNs, { rate, isInterlaced: true, delayFrames: 1 });
          assert.deepEqual([time.field, time.mediaClock], [field, tick], `${rate.num}, frame ${frame}`);
          const beginNs = native.timestamp.frameStart(frame + 1n, rate);
          const halfNs = (native.timestamp.frameStart(frame + 2n, rate) - beginNs) / 2n;
          const offNs = time.startNs - beginNs - BigInt(i) * halfNs;
          assert.ok(offNs >= -1n && offNs <= 1n, `${offNs} ns off`);
        }
      }
    }
  });

  it("tells segments of one instant by their order, also after a loss", () => {
    const clock = new FieldClock();
    const instants = [0n, 0n, 1n, 2n, 2n, 3n, 3n].map((i) => startOf(FIRST.pal + i, PAL));
    const fields = instants.map((timestampNs) =>
      clock.timeOf(native, timestampNs, { rate: PAL, isInterlaced: false, delayFrames: 1 }).field
    );
    assert.deepEqual(fields, ["first", "second", "first", "first", "second", "first", "second"]);
  });
});

describe("SampleClock", { skip: library === undefined }, () => {
  const BLOCK = 480;
  const FIRST_NS = 1_750_000_000n * NS_PER_S;
  const FIRST_TICK = 1_750_000_000n * 48_000n;
  const native = library?.native as NonNullable<typeof library>["native"];

  /** The instant of a sample, so that its tick is that number. */
  function at(sample: bigint): bigint {
    return FIRST_NS + (sample * NS_PER_S + 47_999n) / 48_000n;
  }

  it("counts on from block to block, whatever rounding does to their time stamps", () => {
    const clock = new SampleClock(native, 48_000);
    const roundings = [0n, 2n, -2n, 1n, -1n, 2n, 2n, 2n, -2n];
    roundings.forEach((samples, i) => {
      const expected = BigInt(BLOCK * i);
      assert.equal(clock.take(at(expected + samples), BLOCK), FIRST_TICK + expected, `block ${i}`);
    });
    assert.equal(clock.jumps, 0);
  });

  it("takes blocks of any length", () => {
    const clock = new SampleClock(native, 48_000);
    let next = 0n;
    for (const frames of [1, 7, 480, 1024, 3]) {
      assert.equal(clock.take(at(next), frames), FIRST_TICK + next);
      next += BigInt(frames);
    }
    assert.equal(clock.jumps, 0);
  });

  it("jumps over a gap and back over an overlap, and counts it", () => {
    const clock = new SampleClock(native, 48_000);
    assert.equal(clock.take(at(0n), BLOCK), FIRST_TICK);
    assert.equal(clock.take(at(483n), BLOCK), FIRST_TICK + 483n);
    assert.equal(clock.jumps, 1);
    assert.equal(clock.take(at(960n), BLOCK), FIRST_TICK + 960n);
    assert.equal(clock.jumps, 2);
    assert.equal(clock.take(at(1440n), BLOCK), FIRST_TICK + 1440n);
    assert.equal(clock.jumps, 2);
  });
});
