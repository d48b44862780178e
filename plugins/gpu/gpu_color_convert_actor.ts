/** The actor that changes the pixel format or the colour space of pictures on a GPU. */
import {
  Actor,
  type ActorSpec,
  type ColorSpace,
  type Gpu,
  GPU_PIXEL_FORMATS,
  type GpuFormat,
  gpuFormat,
  GpuFrame,
  type GpuPixelFormat,
  type Input,
  input,
  openGpu,
  optionsFrom,
  type Output,
  output,
  registerActor,
} from "@streamlib/core";
import { z } from "zod";
import { type ConvertPass, convertPass } from "./edge/color_convert.ts";
import { PassPipelines, type Pipeline } from "./edge/pass_pipelines.ts";

/** Options of {@linkcode GpuColorConvertActor}. */
export interface GpuColorConvertOptions {
  /** What the result is made of. Default: what the picture is made of. */
  readonly pixelFormat?: GpuPixelFormat | undefined;
  /** Primaries of the result. Default: those of the picture. */
  readonly colorSpace?: ColorSpace | undefined;
  /** Whether the result has alpha: with `opaque` the picture stands over black. Default: as the picture. */
  readonly alpha?: "opaque" | "premultiplied" | undefined;
}

/** Ports and options of {@linkcode GpuColorConvertActor}. */
export interface GpuColorConvertTypes {
  /** `video`: pictures. */
  inputs: { video: Input<GpuFrame> };
  /** `video`: the same pictures in the other format. */
  outputs: { video: Output<GpuFrame> };
  /** As given by the user. */
  options: GpuColorConvertOptions;
}

const options = z.strictObject({
  pixelFormat: z.enum(GPU_PIXEL_FORMATS).optional().describe("pixels of the result; default: the picture's"),
  colorSpace: z.enum(["bt601", "bt709", "bt2020"]).optional().describe(
    "primaries of the result; default: the picture's",
  ),
  alpha: z.enum(["opaque", "premultiplied"]).optional().describe("alpha of the result; default: the picture's"),
});

/** What is the same for all pictures of one format. */
interface Plan {
  readonly from: GpuFormat;
  readonly to: GpuFormat;
  readonly pass: ConvertPass;
  readonly pipeline: Pipeline;
}

/**
 * Changes the pixel format, the colour space or the alpha of pictures on a GPU. Between the CPU's formats and the GPU
 * UploadActor and DownloadActor convert.
 *
 * With another `colorSpace` the primaries are converted in linear light: R′G′B′ is divided by alpha, made linear by the
 * inverse of the camera's curve of BT.709 (which BT.601 and BT.2020 share; no display's curve is assumed), multiplied
 * with the matrix from primaries to primaries, and coded by the same curve. BT.601 stands for the primaries of 525
 * lines. Colours that the other space has not got are negative or above 1: formats with floats keep them, others cut
 * them off. Without another colour space values stay, rounded to the pixel format.
 *
 * It fails with what `openGpu` throws, and with `gpu-refused` if the device has not got the pixel format.
 */
@registerActor({ name: "GpuColorConvert", module: import.meta.url })
export class GpuColorConvertActor extends Actor<GpuColorConvertTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<GpuColorConvertTypes> = {
    description: "Changes pixel format, colour space or alpha of pictures on a GPU",
    inputs: { video: input(GpuFrame, { description: "pictures" }) },
    outputs: { video: output(GpuFrame, { description: "the same pictures in the other format" }) },
    options: optionsFrom(options),
  };

  #gpu: Gpu | undefined;
  #pipelines: PassPipelines | undefined;
  #plan: Plan | undefined;

  /** Opens the device. */
  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
    this.#pipelines = new PassPipelines(this.#gpu);
  }

  /** Converts the picture of the tick. */
  override async process(): Promise<void> {
    const frame = this.#gpu!.keep(this.inputs.video.readLatest());
    if (!frame) return;
    const { to, pass, pipeline } = this.#plan = await this.#planFor(frame.format);
    const gpu = this.#gpu!;
    const work = await gpu.begin([frame]);
    const out = work.loan(this.outputs.video, to);
    if (!out) return;
    work.dispatch({
      pipeline,
      groups: pass.groups,
      bindings: [{ binding: 0, thing: frame, sampler: gpu.sampler("nearest") }, { binding: 1, thing: out }],
      push: pass.push,
    });
    out.commit(frame.repeated ? {} : { stampFrom: frame });
  }

  /** Closes what was made on the device. */
  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }

  async #planFor(from: GpuFormat): Promise<Plan> {
    if (this.#plan?.from === from) return this.#plan;
    const { pixelFormat = from.pixelFormat, colorSpace = from.colorSpace, alpha = from.alpha } = this.options;
    const { width, height, rate } = from;
    const to = gpuFormat({ pixelFormat, width, height, rate, colorSpace, alpha }, this.#gpu!.device);
    const pass = await convertPass(from, to);
    return { from, to, pass, pipeline: this.#pipelines!.for(pass) };
  }
}
