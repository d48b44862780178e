/**
 * The actor that lays pictures over each other on a GPU.
 *
 * @module
 */
import {
  Actor,
  type ActorSpec,
  control,
  type Family,
  type Gpu,
  type GpuFormat,
  GpuFrame,
  type Input,
  input,
  inputFamily,
  openGpu,
  type Output,
  output,
  registerActor,
  type TimedTick,
} from "@streamlib/core";
import {
  backgroundCodes,
  COMPOSITOR_LAYERS_MAX,
  type CompositorOptions,
  compositorSchema,
  type Layer,
  LayerStack,
  type PlaceLayer,
  type Placement,
  scaledSide,
} from "@streamlib/video";
import { CompositePass, type LaidFrame } from "./compositor/composite_pass.ts";

/** Ports and options of {@linkcode GpuCompositorActor}. */
export interface GpuCompositorTypes {
  /** `base`, and `layer` by name. */
  inputs: { base: Input<GpuFrame>; layer: Family<GpuFrame> };
  /** `video`: the result. */
  outputs: { video: Output<GpuFrame> };
  /** As given by the user; those of `CompositorActor`. */
  options: CompositorOptions;
}

/**
 * Lays up to 16 named layers over a base, as `CompositorActor` does on the CPU: position, scale, opacity, order. The
 * base beats the time; layers are read at their newest, or at the base's tick where they have its source clock.
 *
 * One shader goes through all layers and writes each pixel once. The result is opaque, and has pixel format, colour
 * space and size of the base, without a base those of the lowest layer. With `width` and `height` the base stands at
 * the top left, is cut off at the edges, and what it leaves free shows the background. Layers may have any size and any
 * pixel format; colours are laid over each other as they are coded, whatever their colour space. In float formats light
 * brighter than white stays.
 *
 * It fails with `gpu-missing`, `gpu-memory` or `gpu-refused` where the device cannot do it, and with `frame-foreign` at
 * a picture of another device.
 */
@registerActor({ name: "GpuCompositor", module: import.meta.url })
export class GpuCompositorActor extends Actor<GpuCompositorTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<GpuCompositorTypes> = {
    description: "Lays named layers over a base on a GPU: position, scale, opacity, order",
    inputs: {
      base: input(GpuFrame, { drives: true, description: "the picture at the bottom; its frames set the beat" }),
      layer: inputFamily(GpuFrame, { max: COMPOSITOR_LAYERS_MAX, description: "a picture above it, by name" }),
    },
    outputs: { video: output(GpuFrame, { description: "the result, opaque" }) },
    options: compositorSchema,
  };

  readonly #stack: LayerStack<GpuFrame> = new LayerStack(this.label, this.inputs.layer, this.options.layers);
  #gpu: Gpu | undefined;
  #pass: CompositePass | undefined;
  #firstFormat: GpuFormat | undefined;
  #format: GpuFormat | undefined;

  /** Opens the device, and compiles the shader for the usual pixel format. */
  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
    this.#pass = new CompositePass(this.#gpu, backgroundCodes(this.options.background));
    await this.#pass.prepare("rgba8");
  }

  /** Lays the newest layers over the base. */
  override async process(_tick: TimedTick): Promise<void> {
    const base = this.inputs.base.readLatest();
    const pictures = this.#stack.read().map(laidLayer);
    if (base) pictures.unshift(laidBase(base));
    if (pictures.length === 0) return;
    for (const { frame } of pictures) this.#gpu!.keep(frame);
    const pass = this.#pass!;
    const format = this.#formatFor(pictures[0].frame.format);
    await pass.prepare(format.pixelFormat);
    const work = await this.#gpu!.begin(pictures.map(({ frame }) => frame));
    await pass.tell(work, pictures);
    const loan = work.loan(this.outputs.video, format);
    if (!loan) return;
    pass.lay(work, pictures, loan);
    loan.commit();
  }

  /** Closes the device. */
  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
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
    return Promise.resolve();
  }

  /** Where the layers stand, by name. */
  @control()
  placements(): Promise<Record<string, Placement>> {
    return Promise.resolve(this.#stack.placements());
  }

  #formatFor(first: GpuFormat): GpuFormat {
    if (this.#format && this.#firstFormat === first) return this.#format;
    this.#firstFormat = first;
    const { width = first.width, height = first.height } = this.options;
    return this.#format = { ...first, width, height, alpha: "opaque", device: this.#gpu!.device };
  }
}

function laidBase(frame: GpuFrame): LaidFrame {
  const { width, height, alpha } = frame.format;
  const isOpaque = alpha === "opaque";
  const place = { x: 0, y: 0, width, height, laidWidth: width, laidHeight: height, opacity: 1, isOpaque };
  return { frame, place };
}

function laidLayer({ frame, placement }: Layer<GpuFrame>): LaidFrame {
  const { x, y, scale, opacity } = placement;
  const { width, height, alpha } = frame.format;
  const [laidWidth, laidHeight] = [scaledSide(width, scale), scaledSide(height, scale)];
  const place = { x, y, width, height, laidWidth, laidHeight, opacity, isOpaque: alpha === "opaque" };
  return { frame, place };
}
