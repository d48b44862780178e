/** The actor that lays pictures over each other. */
import {
  Actor,
  type ActorSpec,
  control,
  convertFrame,
  type Family,
  type FrameBytes,
  type Input,
  input,
  inputFamily,
  type Output,
  output,
  registerActor,
  type RowRange,
  type TimedTick,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import {
  backgroundCodes,
  COMPOSITOR_LAYERS_MAX,
  type CompositorOptions,
  compositorSchema,
} from "./compositor/compositor_options.ts";
import { LayerPicture } from "./compositor/layer_picture.ts";
import { type Layer, LayerStack } from "./compositor/layer_stack.ts";
import type { PlaceLayer, Placement } from "./compositor/placement.ts";
import { type PixelEngine, pixelEngine, scriptEngine } from "./pixels/pixel_engine.ts";
import { type Blend, type RgbaPicture, rgbaPicture } from "./pixels/rgba_picture.ts";

/** Ports and options of {@link CompositorActor}. */
export interface CompositorTypes {
  /** `base`, and `layer` by name. */
  inputs: { base: Input<VideoFrame>; layer: Family<VideoFrame> };
  /** `video`: the result. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: CompositorOptions;
}

/** Rows worked on at a time, even for 4:2:0: 1920 columns of them (240 KiB) stay in the processor's second cache. */
const stripRows = 32;

/**
 * Lays up to 16 named layers over a base: position, scale, opacity, order. The base beats the time; layers are read at
 * their newest, or at the base's tick where they have its source clock.
 *
 * The result is RGBA, opaque, in the base's size unless `width` and `height` say another: the base then stands at the
 * top left, is cut off at the edges, and what it leaves free shows the background. Layers may have any pixel format,
 * and any size.
 */
@registerActor({ name: "Compositor", module: import.meta.url })
export class CompositorActor extends Actor<CompositorTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<CompositorTypes> = {
    description: "Lays named layers over a base: position, scale, opacity, order",
    inputs: {
      base: input(VideoFrame, { drives: true, description: "the picture at the bottom; its frames set the beat" }),
      layer: inputFamily(VideoFrame, { max: COMPOSITOR_LAYERS_MAX, description: "a picture above it, by name" }),
    },
    outputs: { video: output(VideoFrame, { description: "the result, opaque RGBA" }) },
    options: compositorSchema,
  };

  #engine: PixelEngine = scriptEngine;
  readonly #background: readonly [number, number, number] = backgroundCodes(this.options.background);
  readonly #stack: LayerStack<VideoFrame> = new LayerStack(this.label, this.inputs.layer, this.options.layers);
  readonly #pictures: Map<string, LayerPicture> = new Map();
  #basePicture: LayerPicture | undefined;
  #firstFormat: VideoFormat | undefined;
  #format: VideoFormat | undefined;

  /** Finds out what works on pixels. */
  override onStart(): void {
    this.#engine = pixelEngine();
  }

  /** Lays the newest layers over the base, in strips of rows. */
  override process(_tick: TimedTick): void {
    const base = this.inputs.base.readLatest();
    const layers = this.#stack.read();
    const first = base ?? layers[0]?.frame;
    if (!first) return;
    const format = this.#formatFor(first.format);
    const loan = this.outputs.video.loan(format);
    if (!loan) return;
    const canvas = rgbaPicture(loan.data, format.width, format.height, format.strides[0]);
    const blends = layers.map((layer) => this.#blendOf(layer));
    const layBase = this.#baseLayer(canvas, { data: canvas.data, format }, base);
    for (let start = 0; start < canvas.height; start += stripRows) {
      const rows = { start, end: Math.min(start + stripRows, canvas.height) };
      layBase(rows);
      for (const { picture, blend } of blends) this.#engine.blend(canvas, picture, rows, blend);
    }
    loan.commit();
  }

  /**
   * Moves, scales, fades, orders, shows or hides a layer; what is left out stays. It shows in the next frame.
   *
   * @throws {StreamError} `option-invalid` naming the field and its range, or the layers there are.
   */
  @control()
  place(change: PlaceLayer): Promise<void> {
    this.#stack.place(change);
    return Promise.resolve();
  }

  /**
   * Cuts a layer's link and forgets the layer.
   *
   * @throws {StreamError} `option-invalid` naming the layers there are, if there is no such layer.
   */
  @control()
  removeLayer(which: { layer: string }): Promise<void> {
    this.#stack.remove(which.layer);
    this.#pictures.delete(which.layer);
    return Promise.resolve();
  }

  /** Where the layers stand, by name. */
  @control()
  placements(): Promise<Record<string, Placement>> {
    return Promise.resolve(this.#stack.placements());
  }

  #blendOf({ name, placement, frame }: Layer<VideoFrame>): { picture: RgbaPicture; blend: Blend } {
    let picture = this.#pictures.get(name);
    if (!picture) this.#pictures.set(name, picture = new LayerPicture(this.#engine));
    const view = picture.view(frame, placement.scale);
    const opacity = Math.round(placement.opacity * 255);
    return { picture: view.picture, blend: { x: placement.x, y: placement.y, opacity, mode: view.mode } };
  }

  /** What lays the base in a strip of rows: a conversion in place, or a blend over the background. */
  #baseLayer(canvas: RgbaPicture, target: FrameBytes, base: VideoFrame | undefined): (rows: RowRange) => void {
    if (!base) return (rows) => this.#engine.fill(canvas, rows, this.#background);
    const { width, height, alpha } = base.format;
    if (width === canvas.width && height === canvas.height && alpha === "opaque") {
      return (rows) => convertFrame(base, target, rows);
    }
    this.#basePicture ??= new LayerPicture(this.#engine);
    const { picture, mode } = this.#basePicture.view(base, 1);
    return (rows) => {
      this.#engine.fill(canvas, rows, this.#background);
      this.#engine.blend(canvas, picture, rows, { x: 0, y: 0, opacity: 255, mode });
    };
  }

  #formatFor(first: VideoFormat): VideoFormat {
    if (this.#format && this.#firstFormat === first) return this.#format;
    this.#firstFormat = first;
    const width = this.options.width ?? first.width;
    const height = this.options.height ?? first.height;
    return this.#format = videoFormat({ pixelFormat: "rgba8", width, height, rate: first.rate, alpha: "opaque" });
  }
}
