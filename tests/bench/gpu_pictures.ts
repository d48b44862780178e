/**
 * What the benchmark of GPUs is made of: a source of pictures, shaders, and a look at the device.
 *
 * @module
 */
import {
  Actor,
  type ActorSpec,
  control,
  type Gpu,
  type GpuDispatcher,
  openGpu,
  optionsFrom,
  type Output,
  output,
  registerActor,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { ShaderEffectActor } from "@streamlib/gpu";
import { z } from "zod";

interface StillTypes {
  outputs: { video: Output<VideoFrame> };
  options: { width: number; height: number; index: number; fps: number };
}

/** Gives one RGBA picture again and again; a slot is painted once, so that its own cost is next to nothing. */
@registerActor({ name: "BenchGpuStill", module: import.meta.url })
export class StillActor extends Actor<StillTypes> {
  static readonly spec: ActorSpec<StillTypes> = {
    description: "Gives one picture",
    outputs: { video: output(VideoFrame) },
    options: optionsFrom(z.strictObject({ width: z.int(), height: z.int(), index: z.int(), fps: z.number() })),
  };
  #format = videoFormat({
    pixelFormat: "rgba8",
    width: this.options.width,
    height: this.options.height,
    rate: this.options.fps,
    alpha: this.options.index === 0 ? "opaque" : "straight",
  });
  readonly #painted = new Set<number>();

  override onStart(): void {
    this.tickAt(this.options.fps);
  }

  override process(): void {
    const loan = this.outputs.video.loan(this.#format);
    if (!loan) return;
    if (!this.#painted.has(loan.data.byteOffset)) paint(loan.data, this.options.width, this.options.index);
    this.#painted.add(loan.data.byteOffset);
    loan.commit();
  }
}

/** Picture `index`: 0 is opaque, the alpha of others changes from pixel to pixel. */
function paint(data: Uint8Array, width: number, index: number): void {
  for (let at = 0, pixel = 0; at < data.length; at += 4, pixel++) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    data[at] = (x + index * 40) & 255;
    data[at + 1] = (y * 2 + index * 80) & 255;
    data[at + 2] = (x + y) & 255;
    data[at + 3] = index === 0 ? 255 : (x * index + y) & 255;
  }
}

interface WatchTypes {
  outputs: Record<never, never>;
}

/** Tells what the device holds and has done. */
@registerActor({ name: "BenchGpuWatch", module: import.meta.url })
export class WatchActor extends Actor<WatchTypes> {
  static readonly spec: ActorSpec<WatchTypes> = { description: "Looks at a GPU", outputs: {} };
  #gpu: Gpu | undefined;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
  }

  override process(): void {}

  /** What it is. */
  @control()
  info(): Promise<Gpu["info"]> {
    return Promise.resolve(this.#gpu!.info);
  }

  /** What it holds. */
  @control()
  statistics(): Promise<ReturnType<Gpu["statistics"]>> {
    return Promise.resolve(this.#gpu!.statistics());
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}

/** The picture flipped from left to right, or upside down: what FFmpeg has filters for. */
export function flip(dispatcher: GpuDispatcher, way: "horizontal" | "vertical"): ShaderEffectActor {
  const place = way === "horizontal" ? "vec2(1.0 - at.x, at.y)" : "vec2(at.x, 1.0 - at.y)";
  return new ShaderEffectActor({ source: `vec4 effect(vec2 at) { return picture(${place}); }`, dispatcher });
}

/** A shader whose pictures, of that side, take `rounds` rounds of a loop for each pixel. */
export function worker(dispatcher: GpuDispatcher, side: number, rounds: number): ShaderEffectActor {
  const source = `vec4 effect(vec2 at) {
    vec2 z = at + picture(at).rg;
    for (int i = 0; i < ${rounds}; i++) z = vec2(sin(z.y * 1.7 + time), cos(z.x * 2.3));
    return vec4(z * 0.5 + 0.5, 0.0, 1.0);
  }`;
  return new ShaderEffectActor({ source, width: side, height: side, dispatcher });
}
