import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findActor, isStreamError, ManualClock, tap, VideoFrame } from "@streamlib/core";
import { createPattern } from "./pattern/catalogue.ts";
import { toRgb } from "./pattern/color.ts";
import { pictureWords } from "./pattern/picture.ts";
import { barColors } from "./pattern/smpte_bars.ts";
import { TestPatternActor, type TestPatternOptions } from "./test_pattern_actor.ts";

const timeout = 60000;
const small = { width: 64, height: 36 };

async function framesOf(options: TestPatternOptions, count: number): Promise<VideoFrame[]> {
  const clock = new ManualClock(60);
  await using actor = new TestPatternActor({ ...small, ...options, clock });
  const frames: VideoFrame[] = [];
  tap(actor.outputs.video, (frame) => frames.push(frame.copy()));
  await actor.ready;
  await clock.advance(count);
  return frames;
}

function wordsOf(frame: VideoFrame): Uint16Array {
  return new Uint16Array(frame.data.slice().buffer);
}

describe("TestPatternActor", () => {
  it("gives SMPTE bars at 1920x1080 and 60 Hz in 10-bit Y'CbCr without options", { timeout }, async () => {
    const clock = new ManualClock(60);
    await using actor = new TestPatternActor({ clock });
    let frame: VideoFrame | undefined;
    tap(actor.outputs.video, (item) => frame = item.copy());
    await actor.ready;
    await clock.advance(1);
    assert.ok(frame);
    const { pixelFormat, width, height, rate, colorSpace, range, alpha } = frame.format;
    assert.deepEqual(
      [pixelFormat, width, height, rate.num, rate.den, colorSpace, range, alpha],
      ["yuv422p10le", 1920, 1080, 60, 1, "bt709", "narrow", "opaque"],
    );
    assert.equal(wordsOf(frame)[300], barColors.white75.y);
  });

  it("gives the picture of the tick's frame number, for moving and still patterns", { timeout }, async () => {
    for (const pattern of ["moving-bar", "zone-plate", "gradient"] as const) {
      const frames = await framesOf({ pattern }, 7);
      assert.deepEqual(frames.map((frame) => frame.frameNumber), [0, 1, 2, 3, 4, 5, 6]);
      const expected = new Uint16Array(pictureWords(small));
      for (const frame of frames) {
        createPattern(pattern, small).render(frame.frameNumber, expected);
        assert.deepEqual(wordsOf(frame), expected, `${pattern} ${frame.frameNumber}`);
      }
    }
  });

  it("beats at the rate that fps says and stamps with it", { timeout }, async () => {
    const frames = await framesOf({ fps: 29.97 }, 4);
    assert.deepEqual(frames[0].format.rate, { num: 30000, den: 1001 });
    assert.equal(frames.length, 2);
    assert.equal(frames[1].timestampNs - frames[0].timestampNs, 33366667n);
  });

  it("converts to RGBA, still and moving", { timeout }, async () => {
    for (const name of ["white75", "yellow75", "red75", "blue75"] as const) {
      const [frame] = await framesOf({ pattern: "solid", color: barColors[name], pixelFormat: "rgba8" }, 1);
      assert.equal(frame.format.alpha, "opaque");
      const want = toRgb(barColors[name]);
      const wanted = [want.red, want.green, want.blue, 255];
      for (const at of [0, 1000, frame.data.length - 4]) {
        const got = [...frame.data.subarray(at, at + 4)];
        got.forEach((value, part) => assert.ok(Math.abs(value - wanted[part]) <= 1, `${name}: ${got} for ${wanted}`));
      }
    }
    const frames = await framesOf({ pattern: "moving-bar", pixelFormat: "rgba8", barPixels: 8 }, 3);
    for (const frame of frames) {
      for (let column = 0; column < 64; column++) {
        const inside = (column - frame.frameNumber * 8 + 64) % 64 < 8;
        assert.equal(frame.data[column * 4], inside ? 255 : 0);
      }
    }
  });

  it("refuses wrong options with one error that names actor, option and what is right", { timeout }, () => {
    const wrong: [object, RegExp][] = [
      [{ pattern: "smtpe-bars" }, /TestPattern "p".*option pattern = "smtpe-bars".*smpte-bars.*zone-plate/],
      [{ width: 63 }, /option width = 63.*multiple of 2/],
      [{ height: 20000 }, /option height = 20000.*16384/],
      [{ fps: 0 }, /option fps = 0/],
      [{ fps: 59.123456 }, /option fps.*give it as a fraction/],
      [{ patern: "black" }, /patern/],
      [{ pattern: "black", color: "#ffffff" }, /option pattern = "black".*does not read the option "color"/],
      [{ pattern: "solid", color: "red" }, /option color = "red"/],
      [{ pattern: "moving-bar", barPixels: 65, ...small }, /option barPixels = 65: must be from 1 to the width, 64/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => new TestPatternActor({ ...options, id: "p" } as TestPatternOptions), (error: Error) => {
        assert.ok(isStreamError(error) && error.code === "option-invalid");
        assert.match(error.message, message);
        return true;
      });
    }
  });

  it("is in the catalogue with a schema", () => {
    const found = findActor("TestPattern");
    assert.ok(found);
    const schema = TestPatternActor.spec.options.toJSONSchema() as {
      properties: Record<string, { default?: unknown }>;
    };
    assert.equal(schema.properties.pattern.default, "smpte-bars");
    assert.equal(schema.properties.width.default, 1920);
  });
});
