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
  messageOf,
  optionsFrom,
  type Output,
  output,
  registerActor,
  type RowRange,
  StreamError,
  type TimedTick,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import { LayerPicture } from "./compositor/layer_picture.ts";
import {
  changePlacement,
  defaultPlacement,
  type PlaceLayer,
  type Placement,
  type PlacementChange,
  placementSchema,
  readPlaceLayer,
} from "./compositor/placement.ts";
import { type PixelEngine, pixelEngine, scriptEngine } from "./pixels/pixel_engine.ts";
import { type Blend, type RgbaPicture, rgbaPicture } from "./pixels/rgba_picture.ts";

/** Options of {@link CompositorActor}. */
export interface CompositorOptions {
  /** Columns of the result, even, 2 to 16384; with `height`. Default: the base's; without a base the lowest layer's. */
  readonly width?: number | undefined;
  /** Rows of the result, even, 2 to 16384; with `width`. Default: the base's; without a base the lowest layer's. */
  readonly height?: number | undefined;
  /** Colour where no base is: `"#rrggbb"`. Default black. */
  readonly background?: string;
  /** Placements of layers by name; more layers may be linked, and all be moved, while it runs. Default none. */
  readonly layers?: Readonly<Record<string, PlacementChange>>;
}

/** Ports and options of {@link CompositorActor}. */
export interface CompositorTypes {
  /** `base`, and `layer` by name. */
  inputs: { base: Input<VideoFrame>; layer: Family<VideoFrame> };
  /** `video`: the result. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: CompositorOptions;
}

const layerMax = 16;
/** Rows worked on at a time, even for 4:2:0: 1920 columns of them (240 KiB) stay in the processor's second cache. */
const stripRows = 32;
const side = z.int().min(2).max(16384).multipleOf(2);

const options = z.strictObject({
  width: side.optional().describe("columns of the result; default: those of the base"),
  height: side.optional().describe("rows of the result; default: those of the base"),
  background: z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be "#rrggbb"').default("#000000")
    .describe("colour where no base is"),
  layers: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/), placementSchema).default({})
    .describe("placements of layers by name"),
}).refine((given) => (given.width === undefined) === (given.height === undefined), {
  message: "width and height must be given together",
  path: ["height"],
});

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
      layer: inputFamily(VideoFrame, { max: layerMax, description: "a picture above it, by name" }),
    },
    outputs: { video: output(VideoFrame, { description: "the result, opaque RGBA" }) },
    options: optionsFrom(options),
  };

  #engine: PixelEngine = scriptEngine;
  #background: readonly [number, number, number] = [0, 0, 0];
  readonly #placements: Map<string, Placement> = new Map();
  readonly #pictures: Map<string, LayerPicture> = new Map();
  #basePicture: LayerPicture | undefined;
  #firstFormat: VideoFormat | undefined;
  #format: VideoFormat | undefined;

  /** Takes the placements of the options. */
  override onStart(): void {
    this.#engine = pixelEngine();
    const bits = Number.parseInt(this.options.background.slice(1), 16);
    this.#background = [bits >> 16, (bits >> 8) & 255, bits & 255];
    for (const [name, change] of Object.entries(this.options.layers)) {
      this.#placements.set(name, changePlacement(defaultPlacement, change));
    }
  }

  /** Lays the newest layers over the base, in strips of rows. */
  override process(_tick: TimedTick): void {
    const base = this.inputs.base.readLatest();
    const layers = this.#layers();
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
    const { layer, ...placement } = this.#read(change);
    this.#placements.set(layer, changePlacement(this.#placements.get(layer) ?? defaultPlacement, placement));
    return Promise.resolve();
  }

  /**
   * Cuts a layer's link and forgets the layer.
   *
   * @throws {StreamError} `option-invalid` naming the layers there are, if there is no such layer.
   */
  @control()
  removeLayer(which: { layer: string }): Promise<void> {
    this.#checkLayer(which.layer);
    this.inputs.layer.delete(which.layer);
    this.#placements.delete(which.layer);
    this.#pictures.delete(which.layer);
    return Promise.resolve();
  }

  /** Where the layers stand, by name. */
  @control()
  placements(): Promise<Record<string, Placement>> {
    return Promise.resolve(Object.fromEntries(this.#names().map((name) => [name, this.#placementOf(name)])));
  }

  #names(): string[] {
    return [...new Set([...this.#placements.keys(), ...[...this.inputs.layer.entries()].map(([name]) => name)])];
  }

  #placementOf(name: string): Placement {
    return this.#placements.get(name) ?? defaultPlacement;
  }

  #read(change: PlaceLayer): PlaceLayer {
    let checked: PlaceLayer;
    try {
      checked = readPlaceLayer(change);
    } catch (thrown) {
      throw new StreamError("option-invalid", `Cannot place a layer of ${this.label}: ${messageOf(thrown)}`);
    }
    this.#checkLayer(checked.layer);
    return checked;
  }

  #checkLayer(name: string): void {
    const names = this.#names();
    if (names.includes(name)) return;
    throw new StreamError(
      "option-invalid",
      `Cannot place layer "${name}" of ${this.label}: its layers are ${names.join(", ") || "none"}`,
    );
  }

  /** What is to be drawn, lowest first. */
  #layers(): Layer[] {
    const layers: Layer[] = [];
    for (const [name, port] of this.inputs.layer.entries()) {
      const placement = this.#placementOf(name);
      const frame = placement.visible && placement.opacity > 0 ? port.readLatest() : undefined;
      if (frame) layers.push({ name, placement, frame });
    }
    return layers.sort((a, b) => a.placement.z - b.placement.z);
  }

  #blendOf({ name, placement, frame }: Layer): { picture: RgbaPicture; blend: Blend } {
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

interface Layer {
  readonly name: string;
  readonly placement: Placement;
  readonly frame: VideoFrame;
}
