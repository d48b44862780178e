import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  Actor,
  type ActorSpec,
  type Alpha,
  isStreamError,
  ManualClock,
  type Output,
  output,
  type PixelFormat,
  registerActor,
  tap,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { CompositorActor } from "./compositor_actor.ts";
import type { CompositorOptions } from "./compositor/compositor_options.ts";
import { barColors } from "./pattern/smpte_bars.ts";
import { TestPatternActor } from "./test_pattern_actor.ts";

const timeout = 60000;

type Rgba = readonly [number, number, number, number];

interface SourceOptions {
  readonly size?: readonly number[];
  readonly alpha?: Alpha;
  readonly pixelFormat?: PixelFormat;
}

/** Gives frames of one colour, which the test may change. */
@registerActor({ name: "CompositorTestSource", module: import.meta.url })
class SourceActor extends Actor<{ outputs: { video: Output<VideoFrame> } }> {
  static readonly spec: ActorSpec<{ outputs: { video: Output<VideoFrame> } }> = {
    description: "Gives frames of one colour",
    outputs: { video: output(VideoFrame) },
  };
  static readonly looks: Map<string, { color: Rgba } & SourceOptions> = new Map();

  override process(): void {
    const { color, size = [8, 4], alpha = "straight" } = SourceActor.looks.get(this.id)!;
    const format = videoFormat({ pixelFormat: "rgba8", width: size[0], height: size[1], rate: 60, alpha });
    const loan = this.outputs.video.loan(format);
    for (let at = 0; at < (loan?.data.length ?? 0); at++) loan!.data[at] = color[at % 4];
    loan?.commit();
  }
}

let count = 0;
const actors: Actor[] = [];

function source(clock: ManualClock, color: Rgba, options: SourceOptions = {}): SourceActor {
  const id = `source-${count++}`;
  SourceActor.looks.set(id, { color, ...options });
  const actor = new SourceActor({ clock, id });
  actors.push(actor as unknown as Actor);
  return actor;
}

function compositor(options: CompositorOptions = {}): { actor: CompositorActor; frames: VideoFrame[] } {
  const actor = new CompositorActor(options);
  actors.push(actor as unknown as Actor);
  const frames: VideoFrame[] = [];
  tap(actor.outputs.video, (frame) => frames.push(frame.copy()));
  return { actor, frames };
}

async function started(): Promise<void> {
  await Promise.all(actors.filter((actor) => !actor.isEnding).map((actor) => actor.ready));
}

function at(frame: VideoFrame | undefined, column: number, row: number): number[] {
  assert.ok(frame);
  const start = row * frame.format.strides[0] + column * 4;
  return [...frame.data.subarray(start, start + 4)];
}

function assertNear(got: readonly number[], want: readonly number[], message: string): void {
  assert.ok(got.every((value, part) => Math.abs(value - want[part]) <= 1), `${message}: ${got} for ${want}`);
}

describe("CompositorActor", () => {
  after(async () => {
    for (const actor of actors) await actor.stop();
  });

  it("lays layers over the base by position and order, and cuts them at the edges", { timeout }, async () => {
    const clock = new ManualClock(60);
    const { actor, frames } = compositor({ layers: { low: { x: 2, y: 1, z: 1 }, high: { x: 12, y: 6, z: 2 } } });
    source(clock, [10, 20, 30, 255], { size: [16, 8], alpha: "opaque" }).outputs.video.pipe(actor.inputs.base);
    source(clock, [0, 0, 255, 255]).outputs.video.pipe(actor.inputs.layer.at("high"));
    source(clock, [255, 0, 0, 255], { size: [12, 6] }).outputs.video.pipe(actor.inputs.layer.at("low"));
    await started();
    await clock.advance(3);
    const frame = frames.at(-1);
    assert.deepEqual([frame?.format.width, frame?.format.height, frame?.format.alpha], [16, 8, "opaque"]);
    assert.deepEqual(frames.map((item) => item.frameNumber), [0, 1, 2]);
    for (let row = 0; row < 8; row++) {
      for (let column = 0; column < 16; column++) {
        const inHigh = column >= 12 && row >= 6;
        const inLow = column >= 2 && column < 14 && row >= 1 && row < 7;
        const want = inHigh ? [0, 0, 255, 255] : inLow ? [255, 0, 0, 255] : [10, 20, 30, 255];
        assert.deepEqual(at(frame, column, row), want, `${column}, ${row}`);
      }
    }
  });

  it("blends straight, premultiplied and opaque layers, with opacity", { timeout }, async () => {
    const base: Rgba = [100, 100, 100, 255];
    const cases: [Alpha, Rgba, number, number[]][] = [
      ["straight", [200, 0, 50, 128], 1, [150, 50, 75, 255]],
      ["straight", [200, 0, 50, 128], 0.5, [125, 75, 87, 255]],
      ["premultiplied", [100, 0, 25, 128], 1, [150, 50, 75, 255]],
      ["premultiplied", [100, 0, 25, 128], 0.5, [125, 75, 87, 255]],
      ["opaque", [200, 0, 50, 7], 1, [200, 0, 50, 255]],
      ["opaque", [200, 0, 50, 7], 0.25, [125, 75, 87, 255]],
      ["straight", [200, 0, 50, 0], 1, [100, 100, 100, 255]],
      ["straight", [200, 0, 50, 255], 0, [100, 100, 100, 255]],
    ];
    for (const [alpha, color, opacity, want] of cases) {
      const clock = new ManualClock(60);
      const { actor, frames } = compositor({ layers: { it: { opacity } } });
      source(clock, base, { alpha: "opaque" }).outputs.video.pipe(actor.inputs.base);
      source(clock, color, { alpha }).outputs.video.pipe(actor.inputs.layer.at("it"));
      await started();
      await clock.advance(1);
      assertNear(at(frames[0], 3, 2), want, `${alpha} ${color} at ${opacity}`);
    }
  });

  it("scales layers about their top left corner", { timeout }, async () => {
    for (const alpha of ["straight", "premultiplied", "opaque"] as const) {
      const clock = new ManualClock(60);
      const { actor, frames } = compositor({ layers: { it: { x: 1, y: 1, scale: 2 } } });
      source(clock, [0, 0, 0, 255], { size: [32, 16], alpha: "opaque" }).outputs.video.pipe(actor.inputs.base);
      source(clock, [40, 80, 120, 255], { alpha }).outputs.video.pipe(actor.inputs.layer.at("it"));
      await started();
      await clock.advance(1);
      for (const [column, row, inside] of [[1, 1, 1], [16, 8, 1], [17, 8, 0], [16, 9, 0], [0, 1, 0]]) {
        assertNear(at(frames[0], column, row), inside ? [40, 80, 120, 255] : [0, 0, 0, 255], `${column}, ${row}`);
      }
      await actor.place({ layer: "it", scale: 0.5 });
      await clock.advance(1);
      assertNear(at(frames[1], 4, 2), [40, 80, 120, 255], "half size, inside");
      assertNear(at(frames[1], 5, 2), [0, 0, 0, 255], "half size, outside");
    }
  });

  it("moves, hides, shows and removes layers live", { timeout }, async () => {
    const clock = new ManualClock(60);
    const { actor, frames } = compositor();
    source(clock, [0, 0, 0, 255], { size: [16, 8], alpha: "opaque" }).outputs.video.pipe(actor.inputs.base);
    source(clock, [255, 0, 0, 255]).outputs.video.pipe(actor.inputs.layer.at("it"));
    await started();
    const step = async () => {
      await clock.advance(1);
      return [at(frames.at(-1), 0, 0)[0], at(frames.at(-1), 15, 7)[0]];
    };
    assert.deepEqual(await step(), [255, 0]);
    await actor.place({ layer: "it", x: 8, y: 4 });
    assert.deepEqual(await step(), [0, 255]);
    await actor.sendControlMessage({ action: "place", layer: "it", visible: false });
    assert.deepEqual(await step(), [0, 0]);
    assert.deepEqual(await actor.placements(), { it: { x: 8, y: 4, scale: 1, opacity: 1, z: 0, visible: false } });
    await actor.place({ layer: "it", visible: true });
    assert.deepEqual(await step(), [0, 255]);
    await actor.removeLayer({ layer: "it" });
    assert.deepEqual(await step(), [0, 0]);
    assert.deepEqual(await actor.placements(), {});
  });

  it("refuses wrong placements and goes on", { timeout }, async () => {
    const clock = new ManualClock(60);
    const { actor, frames } = compositor({ layers: { logo: {} } });
    source(clock, [0, 0, 0, 255]).outputs.video.pipe(actor.inputs.base);
    await started();
    await assert.rejects(actor.place({ layer: "loog", x: 1 }), /no|Cannot place layer "loog" .*: its layers are logo/);
    await assert.rejects(actor.place({ layer: "logo", opacity: 2 }), /opacity: .*1/);
    await assert.rejects(actor.place({ layer: "logo", X: 2 } as unknown as { layer: string }), /X/);
    await assert.rejects(actor.removeLayer({ layer: "x" }), (error) => isStreamError(error));
    await clock.advance(1);
    assert.equal(frames.length, 1);
  });

  it("converts a Y'CbCr base and layer", { timeout }, async () => {
    const clock = new ManualClock(60);
    const { actor, frames } = compositor({ layers: { inset: { x: 4, y: 2 } } });
    const pattern = (color: { y: number; cb: number; cr: number }, width: number, height: number) =>
      new TestPatternActor({ pattern: "solid", color, width, height, clock });
    await using base = pattern(barColors.cyan75, 64, 36);
    await using layer = pattern(barColors.red75, 8, 4);
    base.outputs.video.pipe(actor.inputs.base);
    layer.outputs.video.pipe(actor.inputs.layer.at("inset"));
    await Promise.all([base.ready, layer.ready, actor.ready]);
    await clock.advance(2);
    assertNear(at(frames.at(-1), 0, 0), [0, 191, 191, 255], "base");
    assertNear(at(frames.at(-1), 5, 3), [191, 0, 0, 255], "layer");
    assertNear(at(frames.at(-1), 63, 35), [0, 191, 191, 255], "base, last pixel");
  });

  it("shows the background where no base is, in a size of its own", { timeout }, async () => {
    const clock = new ManualClock(60);
    const { actor, frames } = compositor({ width: 20, height: 40, background: "#0a141e" });
    source(clock, [255, 0, 0, 255], { size: [30, 4], alpha: "opaque" }).outputs.video.pipe(actor.inputs.base);
    await started();
    await clock.advance(1);
    assert.deepEqual([frames[0].format.width, frames[0].format.height], [20, 40]);
    assert.deepEqual([at(frames[0], 19, 3), at(frames[0], 0, 4)], [[255, 0, 0, 255], [10, 20, 30, 255]]);
    assert.deepEqual(at(frames[0], 19, 39), [10, 20, 30, 255]);
  });

  it("works without a base, on the beat of a layer", { timeout }, async () => {
    const clock = new ManualClock(60);
    const { actor, frames } = compositor();
    source(clock, [0, 255, 0, 128], { alpha: "straight" }).outputs.video.pipe(actor.inputs.layer.at("only"));
    await started();
    await clock.advance(2);
    assert.equal(frames.length, 2);
    assertNear(at(frames[1], 0, 0), [0, 128, 0, 255], "over black");
  });

  it("goes on with the last picture of a layer whose source has ended", { timeout }, async () => {
    const clock = new ManualClock(60);
    const { actor, frames } = compositor();
    source(clock, [0, 0, 0, 255], { alpha: "opaque" }).outputs.video.pipe(actor.inputs.base);
    const layer = source(clock, [9, 9, 9, 255]);
    layer.outputs.video.pipe(actor.inputs.layer.at("it"));
    await started();
    await clock.advance(2);
    await layer.stop();
    await clock.advance(3);
    assert.equal(frames.length, 5);
    assert.deepEqual(frames.map((frame) => at(frame, 0, 0)[0]), [9, 9, 9, 9, 9]);
  });

  it("refuses wrong options with one error", () => {
    const wrong: [object, RegExp][] = [
      [{ width: 16 }, /Compositor "c".*width and height must be given together/],
      [{ width: 15, height: 2 }, /option width = 15/],
      [{ background: "red" }, /option background = "red": must be "#rrggbb"/],
      [{ layers: { a: { opacity: 3 } } }, /option layers.a.opacity = 3/],
      [{ layers: { a: { alpha: 1 } } }, /alpha/],
      [{ layers: { "a b": {} } }, /layers.*a b/],
    ];
    for (const [options, message] of wrong) {
      assert.throws(() => new CompositorActor({ ...options, id: "c" }), (error: Error) => {
        assert.ok(isStreamError(error) && error.code === "option-invalid");
        assert.match(error.message, message);
        return true;
      });
    }
  });
});
