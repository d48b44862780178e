import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  Actor,
  GpuDispatcher,
  type GpuPixelFormat,
  isStreamError,
  ManualClock,
  type Output,
  tap,
  type VideoFrame,
} from "@streamlib/core";
import { CompositorActor, type CompositorOptions, type PlacementChange, TestPatternActor } from "@streamlib/video";
import { assertNothingLeft, findTestGpu } from "../../ffi/testing/gpu.ts";
import { DownloadActor } from "./download_actor.ts";
import { GpuCompositorActor } from "./gpu_compositor_actor.ts";
import { type NoiseLook, noiseLooks, NoiseSource } from "./testing/noise_source.ts";
import { UploadActor } from "./upload_actor.ts";

const info = findTestGpu();
const SLOW = { timeout: 60_000 };
const running: Actor[] = [];
let count = 0;

// deno-lint-ignore no-explicit-any
function keep<A extends Actor<any>>(actor: A): A {
  running.push(actor as unknown as Actor);
  return actor;
}

function collect(output: Output<VideoFrame>): VideoFrame[] {
  const frames: VideoFrame[] = [];
  tap(output, (frame) => void frames.push(frame.copy()));
  return frames;
}

/** A compositor on the CPU and one on the GPU, which are shown the same pictures. */
class Pair {
  readonly clock: ManualClock = new ManualClock(60);
  readonly dispatcher: GpuDispatcher = new GpuDispatcher({ device: { index: info!.index }, validate: true });
  readonly cpu: CompositorActor;
  readonly gpu: GpuCompositorActor;
  readonly cpuFrames: VideoFrame[];
  readonly gpuFrames: VideoFrame[];

  constructor(options: CompositorOptions = {}) {
    const { dispatcher } = this;
    this.cpu = keep(new CompositorActor(options));
    this.gpu = keep(new GpuCompositorActor({ ...options, dispatcher }));
    const download = keep(new DownloadActor({ depth: 1, dispatcher }));
    this.gpu.outputs.video.pipe(download.inputs.video);
    this.cpuFrames = collect(this.cpu.outputs.video);
    this.gpuFrames = collect(download.outputs.video);
  }

  /** Shows both the same output. */
  show(output: Output<VideoFrame>, layer?: string, pixelFormat: GpuPixelFormat = "rgba8"): void {
    const upload = keep(new UploadActor({ pixelFormat, dispatcher: this.dispatcher }));
    output.pipe(upload.inputs.video);
    output.pipe(layer === undefined ? this.cpu.inputs.base : this.cpu.inputs.layer.at(layer));
    upload.outputs.video.pipe(layer === undefined ? this.gpu.inputs.base : this.gpu.inputs.layer.at(layer));
  }

  /** A source that both are shown; the look may be changed. */
  picture(look: NoiseLook, layer?: string, pixelFormat?: GpuPixelFormat): NoiseLook {
    const id = `noise-${count++}`;
    noiseLooks.set(id, look);
    const source = keep(new NoiseSource({ clock: this.clock, id }));
    this.show(source.outputs.video, layer, pixelFormat);
    return look;
  }

  /** Goes on by some frames. @returns The least PSNR in decibels and the largest difference in codes. */
  async compare(frames: number = 1): Promise<{ psnr: number; most: number }> {
    await Promise.all(running.map((actor) => actor.ready));
    const done = this.cpuFrames.length;
    await this.clock.advance(frames);
    assert.equal(this.cpuFrames.length, done + frames);
    assert.equal(this.gpuFrames.length, done + frames);
    const all = this.cpuFrames.slice(done).map((frame, i) => compareFrames(frame, this.gpuFrames[done + i]));
    return { psnr: Math.min(...all.map(({ psnr }) => psnr)), most: Math.max(...all.map(({ most }) => most)) };
  }

  at(column: number, row: number): number[] {
    const frame = this.gpuFrames.at(-1)!;
    const start = row * frame.format.strides[0] + column * 4;
    return [...frame.data.subarray(start, start + 4)];
  }
}

function compareFrames(expected: VideoFrame, got: VideoFrame): { psnr: number; most: number } {
  assert.equal(got.frameNumber, expected.frameNumber);
  assert.equal(got.timestampNs, expected.timestampNs);
  const { width, height, alpha } = got.format;
  assert.deepEqual([width, height, alpha], [expected.format.width, expected.format.height, "opaque"]);
  let sum = 0;
  let most = 0;
  for (let at = 0; at < got.data.length; at++) {
    // Where a picture is opaque, its alpha on the CPU may be anything.
    if (at % 4 === 3) assert.equal(got.data[at], 255);
    const difference = at % 4 === 3 ? 0 : Math.abs(got.data[at] - expected.data[at]);
    sum += difference ** 2;
    most = Math.max(most, difference);
  }
  return { psnr: sum === 0 ? Infinity : 10 * Math.log10(255 ** 2 / (sum / (width * height * 3))), most };
}

const noise = (width: number, height: number, more: Partial<NoiseLook> = {}): NoiseLook => ({
  size: [width, height],
  ...more,
});

interface Scene {
  readonly base?: NoiseLook;
  readonly options?: CompositorOptions;
  /** In the order of naming. */
  readonly layers?: readonly (readonly [NoiseLook, PlacementChange])[];
}

const base = noise(96, 54);
const straight = { alpha: "straight" } as const;
const premultiplied = { alpha: "premultiplied" } as const;

const scenes: Readonly<Record<string, Scene>> = {
  "a base alone": { base },
  "layers beyond each edge, and out of sight": {
    base,
    layers: [
      [noise(40, 30), { x: -17, y: -11 }],
      [noise(40, 31, straight), { x: 70, y: -20, opacity: 0.7 }],
      [noise(41, 30, premultiplied), { x: -33, y: 40 }],
      [noise(43, 29), { x: 90, y: 50, opacity: 0.3 }],
      [noise(200, 100, straight), { x: -50, y: -20, opacity: 0.2 }],
      [noise(10, 10), { x: -16384, y: 16384 }],
      [noise(10, 10), { x: -10, y: 0 }],
      [noise(10, 10), { x: 96, y: 54 }],
    ],
  },
  "every kind of alpha, with and without opacity": {
    base,
    layers: ([{}, straight, premultiplied] as const).flatMap((alpha, i) =>
      [1, 0.5, 0.004, 0.996].map((opacity, j): [NoiseLook, PlacementChange] => [
        noise(33, 21, alpha),
        { x: 20 * j, y: 15 * i, opacity },
      ])
    ),
  },
  "scales from 0.01 to 16": {
    base,
    layers: ([0.01, 0.1, 0.37, 0.5, 0.99, 1.01, 1.5, 2.75, 7.3, 16] as const).map((scale, i) => [
      noise(20 + i, 11 + i, ([{}, straight, premultiplied] as const)[i % 3]),
      { scale, x: 9 * i - 10, y: 5 * i - 8, opacity: 0.6 },
    ]),
  },
  "an order that is not that of naming, and what is hidden": {
    base,
    layers: [
      [noise(50, 30), { x: 5, y: 5, z: 3 }],
      [noise(50, 30), { x: 15, y: 10, z: -1 }],
      [noise(50, 30), { x: 25, y: 15, z: 3 }],
      [noise(50, 30), { x: 0, y: 0, z: 100, visible: false }],
      [noise(50, 30), { x: 0, y: 0, z: 100, opacity: 0 }],
    ],
  },
  "a result larger than its base": {
    base: noise(51, 33, straight),
    options: { width: 96, height: 54, background: "#c08040" },
    layers: [[noise(40, 30, straight), { x: 30, y: 20 }]],
  },
  "a result smaller than its base": {
    base: noise(96, 54, premultiplied),
    options: { width: 50, height: 38, background: "#0a141e" },
    layers: [[noise(40, 30), { x: 30, y: 20, scale: 0.7 }]],
  },
  "no base": {
    layers: [[noise(64, 36, straight), {}], [noise(30, 20), { x: 20, y: 10 }]],
    options: { background: "#ff8000" },
  },
  "colours beyond their alpha, which end at white in each step": {
    base,
    layers: [1, 2, 3].map((i) => [noise(60, 40, { ...premultiplied, isBright: true }), { x: 9 * i, y: 5 * i }]),
  },
  "sixteen layers over all of it": {
    base,
    layers: Array.from({ length: 16 }, (_, i) => [noise(96 + i, 54 + i, straight), { x: -i, y: -i, opacity: 0.5 }]),
  },
  "opaque layers that hide what is below in some tiles": {
    base,
    layers: [
      [noise(64, 40), { x: 3, y: 2 }],
      [noise(64, 40, straight), { x: 10, y: 9 }],
      [noise(70, 40), { x: 12, y: 11 }],
      [noise(40, 30, straight), { x: 30, y: 20 }],
    ],
  },
};

describe("GpuCompositorActor", { ...SLOW, skip: info === undefined }, () => {
  afterEach(async () => {
    await Promise.all(running.splice(0).map((actor) => actor.stop()));
    assertNothingLeft();
  });

  for (const [name, { base, options, layers = [] }] of Object.entries(scenes)) {
    it(`lays what CompositorActor lays: ${name}`, SLOW, async () => {
      const placements = Object.fromEntries(layers.map(([_, placement], i) => [`layer-${i}`, placement]));
      const pair = new Pair({ ...options, layers: placements });
      if (base) pair.picture({ ...base });
      layers.forEach(([look], i) => pair.picture({ ...look }, `layer-${i}`));
      const { psnr, most } = await pair.compare(3);
      assert.ok(psnr >= 50, `${psnr} dB, at most ${most} codes`);
    });
  }

  it("lays test patterns as CompositorActor does", SLOW, async () => {
    const pair = new Pair({
      layers: { plate: { x: 100, y: -10, scale: 1.5, opacity: 0.8 }, bars: { x: 13, scale: 0.5 } },
    });
    const shown = { pixelFormat: "rgba8", clock: pair.clock } as const;
    const moving = keep(new TestPatternActor({ ...shown, pattern: "moving-bar", width: 320, height: 180 }));
    const plate = keep(new TestPatternActor({ ...shown, pattern: "zone-plate", width: 128, height: 128 }));
    const bars = keep(new TestPatternActor({ ...shown, pattern: "smpte-bars", width: 160, height: 90 }));
    pair.show(moving.outputs.video);
    pair.show(plate.outputs.video, "plate");
    pair.show(bars.outputs.video, "bars");
    const { psnr, most } = await pair.compare(5);
    assert.ok(psnr >= 50, `${psnr} dB, at most ${most} codes`);
  });

  it("gives pictures in their own size to the last bit, whatever their pixels", SLOW, async () => {
    for (const pixelFormat of ["rgba8", "rgba16", "rgba16-float", "rgba32-float"] as const) {
      const pair = new Pair({ layers: { one: { x: 7, y: 5 }, two: { x: -3, y: 20 } } });
      pair.picture({ ...base }, undefined, pixelFormat);
      pair.picture(noise(31, 17), "one");
      pair.picture(noise(33, 15), "two", "rgba32-float");
      assert.deepEqual(await pair.compare(2), { psnr: Infinity, most: 0 }, pixelFormat);
    }
  });

  it("keeps light brighter than white in floats, and ends at white in whole numbers", SLOW, async () => {
    for (const [pixelFormat, want] of [["rgba16-float", 199], ["rgba32-float", 199], ["rgba8", 127]] as const) {
      const pair = new Pair();
      pair.picture(noise(16, 8, { color: [200, 200, 200, 255] }), undefined, pixelFormat);
      pair.picture(noise(16, 8, { ...premultiplied, color: [200, 200, 200, 0] }), "light");
      pair.picture(noise(16, 8, { ...straight, color: [0, 0, 0, 128] }), "shade");
      await pair.compare();
      const [red] = pair.at(3, 3);
      assert.ok(Math.abs(red - want) <= 1, `${pixelFormat}: ${red} for ${want}`);
    }
  });

  it("moves, hides, shows and removes layers live", SLOW, async () => {
    const pair = new Pair();
    pair.picture(noise(16, 8, { color: [0, 0, 0, 255] }));
    pair.picture(noise(8, 4, { color: [255, 0, 0, 255] }), "it");
    const step = async (): Promise<number[]> => {
      assert.deepEqual(await pair.compare(), { psnr: Infinity, most: 0 });
      return [pair.at(0, 0)[0], pair.at(15, 7)[0]];
    };
    const both = async (change: PlacementChange): Promise<void> => {
      await pair.cpu.place({ layer: "it", ...change });
      await pair.gpu.sendControlMessage({ action: "place", layer: "it", ...change });
    };
    assert.deepEqual(await step(), [255, 0]);
    await both({ x: 8, y: 4 });
    assert.deepEqual(await step(), [0, 255]);
    await both({ visible: false });
    assert.deepEqual(await step(), [0, 0]);
    assert.deepEqual(await pair.gpu.placements(), { it: { x: 8, y: 4, scale: 1, opacity: 1, z: 0, visible: false } });
    await both({ visible: true });
    assert.deepEqual(await step(), [0, 255]);
    for (const actor of [pair.cpu, pair.gpu]) await actor.removeLayer({ layer: "it" });
    assert.deepEqual(await step(), [0, 0]);
    assert.deepEqual(await pair.gpu.placements(), {});
    await assert.rejects(
      pair.gpu.place({ layer: "loog", x: 1 }),
      /Cannot place layer "loog" of GpuCompositor .*: none|/,
    );
    await assert.rejects(pair.gpu.removeLayer({ layer: "x" }), (error) => isStreamError(error));
    assert.deepEqual(await step(), [0, 0]);
  });

  it("follows when base and layers change their size, alpha and pixels", SLOW, async () => {
    const pair = new Pair({ layers: { it: { x: 5, y: -4, scale: 1.25 } } });
    const [under, over] = [pair.picture({ ...base }), pair.picture(noise(20, 20, straight), "it")];
    const changes: (() => void)[] = [
      () => under.size = [64, 80],
      () => over.size = [40, 10],
      () => over.alpha = "opaque",
      () => [under.size, over.size] = [[20, 20], [30, 30]],
      () => under.alpha = "straight",
      () => under.size = [96, 54],
    ];
    for (const change of changes) {
      change();
      const { psnr } = await pair.compare(2);
      assert.ok(psnr >= 50, `${change}: ${psnr} dB`);
    }
  });

  it("goes on with the last picture of a layer whose source has ended", SLOW, async () => {
    const pair = new Pair();
    pair.picture({ ...base });
    pair.picture(noise(8, 4, { color: [9, 9, 9, 255] }), "it");
    await pair.compare(2);
    const upload = running.at(-1)!;
    const source = running.at(-2)!;
    assert.ok(upload instanceof UploadActor && source instanceof NoiseSource);
    await source.stop();
    await upload.stop();
    assert.deepEqual(await pair.compare(5), { psnr: Infinity, most: 0 });
    assert.deepEqual(pair.at(0, 0), [9, 9, 9, 255]);
  });

  it("says that a layer is of another device", SLOW, async () => {
    const pair = new Pair();
    pair.picture({ ...base });
    noiseLooks.set("foreign", noise(8, 4));
    const dispatcher = new GpuDispatcher({ device: { index: info!.index }, validate: true, waitMs: 6000 });
    const source = keep(new NoiseSource({ clock: pair.clock, id: "foreign" }));
    const upload = keep(new UploadActor({ dispatcher }));
    source.outputs.video.pipe(upload.inputs.video);
    upload.outputs.video.pipe(pair.gpu.inputs.layer.at("foreign"));
    await Promise.all(running.map((actor) => actor.ready));
    const ended = assert.rejects(pair.gpu.ended, (error: Error) => {
      assert.ok(isStreamError(error) && isStreamError(error.cause));
      assert.equal(error.cause.code, "frame-foreign");
      return true;
    });
    await pair.clock.advance(2);
    await ended;
  });

  it("refuses wrong options with one error", () => {
    for (
      const [options, message] of [
        [{ width: 16 }, /GpuCompositor "c".*width and height must be given together/],
        [{ layers: { a: { opacity: 3 } } }, /option layers.a.opacity = 3/],
      ] as const
    ) {
      assert.throws(() => new GpuCompositorActor({ ...options, id: "c" }), message);
    }
  });
});
