import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isStreamError, LockstepClock, ManualClock, tap, VideoFrame } from "@streamlib/core";
import { DrawingActor, type DrawingOptions } from "./drawing_actor.ts";

const timeout = 60000;
/** Longer than anybody waits here. Not for ever: Deno ends no thread that computes. */
const LONG = "for (const endMs = Date.now() + 10000; Date.now() < endMs;);";
const small = { width: 16, height: 8 };
const numbered = `function draw(context, info) {
  context.fillStyle = "rgb(" + [info.frameNumber, info.parameters.green ?? 0, 0].join() + ")";
  context.fillRect(0, 0, 8, 8);
}`;

function collect(actor: DrawingActor): VideoFrame[] {
  const frames: VideoFrame[] = [];
  tap(actor.outputs.video, (frame) => frames.push(frame.copy()));
  return frames;
}

describe("DrawingActor", () => {
  it("draws every tick, with its number, as RGBA with premultiplied alpha", { timeout }, async () => {
    const clock = new ManualClock(60);
    await using actor = new DrawingActor({ ...small, draw: numbered, clock });
    const frames = collect(actor);
    await actor.ready;
    await clock.advance(5);
    assert.deepEqual(frames.map((frame) => [...frame.data.subarray(0, 4)]), [0, 1, 2, 3, 4].map((n) => [n, 0, 0, 255]));
    assert.deepEqual(frames.map((frame) => frame.frameNumber), [0, 1, 2, 3, 4]);
    const { pixelFormat, width, height, alpha, rate } = frames[0].format;
    assert.deepEqual([pixelFormat, width, height, alpha, rate.num], ["rgba8", 16, 8, "premultiplied", 60]);
    assert.equal(frames[0].data[8 * 4 + 3], 0);
  });

  it("takes parameters at once and live", { timeout }, async () => {
    const clock = new ManualClock(60);
    await using actor = new DrawingActor({ ...small, draw: numbered, parameters: { green: 10 }, clock });
    const frames = collect(actor);
    await actor.ready;
    await clock.advance(1);
    await actor.setParameters({ green: 20 });
    await clock.advance(1);
    await actor.sendControlMessage({ action: "setParameters", other: 1 });
    await clock.advance(1);
    assert.deepEqual(frames.map((frame) => frame.data[1]), [10, 20, 20]);
    await assert.rejects(actor.setParameters([] as unknown as Record<string, unknown>), /give them as an object/);
  });

  it("draws a function, with straight alpha when asked", { timeout }, async () => {
    const clock = new ManualClock(25);
    await using actor = new DrawingActor({
      ...small,
      fps: 25,
      alpha: "straight",
      draw: (context) => {
        context.fillStyle = "rgba(200, 100, 0, 0.5)";
        context.fillRect(0, 0, 16, 8);
      },
      clock,
    });
    const frames = collect(actor);
    await actor.ready;
    await clock.advance(1);
    assert.equal(frames[0].format.alpha, "straight");
    [200, 100, 0, 128].forEach((want, part) => assert.ok(Math.abs(frames[0].data[part] - want) <= 1));
  });

  it("misses nothing in lockstep", { timeout }, async () => {
    const clock = new LockstepClock();
    await using actor = new DrawingActor({ ...small, draw: numbered, clock });
    const frames = collect(actor);
    await actor.ready;
    await clock.run({ seconds: 1 });
    assert.deepEqual(frames.map((frame) => frame.data[0]), Array.from({ length: 60 }, (_, n) => n));
  });

  it("fails alone, with line and frame, when the drawing throws", { timeout }, async () => {
    const clock = new ManualClock(60);
    const draw = "function draw(context, info) {\n  if (info.frameNumber === 2) context.nothing();\n}";
    const bad = new DrawingActor({ ...small, draw, id: "bad", clock });
    await using good = new DrawingActor({ ...small, draw: numbered, clock });
    const frames = collect(good);
    await Promise.all([bad.ready, good.ready]);
    const ended = assert.rejects(
      bad.ended,
      /Drawing "bad" failed: Drawing failed in frame 2, draw code line 2: .*nothing/,
    );
    await clock.advance(5);
    await ended;
    assert.equal(bad.state, "failed");
    assert.equal(frames.length, 5);
  });

  it("fails in onStart when the code cannot be loaded", { timeout }, async () => {
    const actor = new DrawingActor({ ...small, draw: "function draw( {", id: "broken" });
    await assert.rejects(
      actor.ready,
      /Drawing "broken" failed: Drawing cannot be loaded, draw code line 1: the code ends before/,
    );
  });

  it("fails when the drawing loops for ever, and stops in time", { timeout }, async () => {
    const clock = new ManualClock(60);
    const actor = new DrawingActor({ ...small, draw: `function draw() { ${LONG} }`, timeLimitMs: 100, clock });
    await actor.ready;
    const ended = assert.rejects(actor.ended, /took longer than 100 ms in frame 0/);
    await clock.advance(1);
    await ended;
  });

  it("refuses wrong options with one error", () => {
    const wrong: [object, RegExp][] = [
      [{}, /Drawing "d".*option draw.*must be code text/],
      [{ draw: "" }, /option draw = "".*is empty/],
      [{ draw: Math.max }, /option draw = a function.*native or bound/],
      [{ draw: numbered, width: 1 }, /option width = 1/],
      [{ draw: numbered, alpha: "none" }, /option alpha = "none"/],
      [{ draw: numbered, timeLimitMs: 0 }, /option timeLimitMs = 0/],
      [{ draw: numbered, fps: NaN }, /option fps/],
      [{ draw: numbered, font: [] }, /font/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => new DrawingActor({ ...options, id: "d" } as unknown as DrawingOptions), (error: Error) => {
        assert.ok(isStreamError(error) && error.code === "option-invalid");
        assert.match(error.message, message);
        return true;
      });
    }
    const schema = DrawingActor.spec.options.toJSONSchema() as { properties: Record<string, { default?: unknown }> };
    assert.equal(schema.properties.timeLimitMs.default, 1000);
  });
});
