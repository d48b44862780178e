/** The actor that brings frames onto a GPU. */
import {
  Actor,
  type ActorSpec,
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
  pixelFormatInfo,
  registerActor,
  registerBridge,
  StreamError,
  type VideoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import { type EdgePass, loadPass } from "./edge/edge_pass.ts";
import { type Buffer, PassPipelines, type Pipeline } from "./edge/pass_pipelines.ts";

/** Options of {@linkcode UploadActor}. */
export interface UploadOptions {
  /**
   * What pictures are made of on the GPU. Default: `rgba8` for frames of 8 bits, `rgba16-float` for deeper ones.
   * `rgba16-float` keeps 10 bits within 1 code; `rgba32-float` keeps all, also 16 bits, and takes twice the memory.
   * `rgba8` and `rgba16` cut off what is below black and above white; not every device has `rgba16`.
   */
  readonly pixelFormat?: GpuPixelFormat | undefined;
}

/** Ports and options of {@linkcode UploadActor}. */
export interface UploadTypes {
  /** `video`: frames in the memory of the host. */
  inputs: { video: Input<VideoFrame> };
  /** `video`: the same frames on the GPU. */
  outputs: { video: Output<GpuFrame> };
  /** As given by the user. */
  options: UploadOptions;
}

const options = z.strictObject({
  pixelFormat: z.enum(GPU_PIXEL_FORMATS).optional()
    .describe("pixels on the GPU; default: rgba8 for frames of 8 bits, rgba16-float for deeper ones"),
});

/** What is the same for all frames of one format. */
interface Plan {
  readonly from: VideoFormat;
  readonly to: GpuFormat;
  readonly pass: EdgePass;
  readonly pipeline: Pipeline;
  /** The frame's bytes, in the device's own memory: shaders may read it in any order. */
  readonly bytes: Buffer;
}

/**
 * Brings frames of any pixel format onto a GPU: the host copies the bytes once, to where the device can read them, and
 * the device converts them in one pass. What comes out is R′G′B′ in full range, multiplied with alpha, in the frame's
 * colour space; nothing is made of its primaries or its light.
 *
 * Pictures are those of `convertFrame`: chroma is interpolated as it does. All depths of Y′CbCr and RGB pixel groups
 * can be uploaded, and RGB of narrow range; half floats are taken as R′G′B′ and Y′ from 0 to 1, Cb and Cr from -0.5 to
 * 0.5. Frames keep their stamps. The format may change at any frame.
 *
 * A picture on a GPU has no scan. Segmented frames (psf) are whole pictures of one instant and come out as such.
 * Interlaced frames are refused, because whatever reads between rows would mix two instants.
 *
 * It fails with `format-invalid` for an interlaced frame, XYZ, ICtCp, CLYCbCr and KEY; with what `openGpu` throws; and
 * with `gpu-refused` if the device has not got the pixel format.
 */
@registerActor({ name: "Upload", module: import.meta.url })
export class UploadActor extends Actor<UploadTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<UploadTypes> = {
    description: "Brings frames of any pixel format onto a GPU",
    inputs: { video: input(VideoFrame, { description: "frames in the memory of the host" }) },
    outputs: { video: output(GpuFrame, { description: "the same frames on the GPU, R'G'B' premultiplied" }) },
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

  /** Uploads the frame of the tick. */
  override async process(): Promise<void> {
    const frame = this.#gpu!.keep(this.inputs.video.readLatest());
    if (!frame) return;
    const { to, pass, pipeline, bytes } = await this.#planFor(frame.format);
    const work = await this.#gpu!.begin();
    const out = work.loan(this.outputs.video, to);
    if (!out) return;
    await work.upload(bytes, frame.data.subarray(0, pass.frameBytes), frame);
    work.dispatch({
      pipeline,
      groups: pass.groups,
      bindings: [{ binding: 0, thing: bytes }, { binding: 1, thing: out }],
      push: pass.push,
    });
    out.commit(frame.repeated ? {} : { stampFrom: frame });
  }

  /** Closes what was made on the device. */
  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }

  async #planFor(from: VideoFormat): Promise<Plan> {
    if (this.#plan?.from === from) return this.#plan;
    const what = `Cannot upload to a GPU in ${this.label}`;
    if (from.scan === "interlaced") {
      throw new StreamError(
        "format-invalid",
        `${what}: the frames are interlaced, and pictures on a GPU are of one instant; deinterlace them before`,
      );
    }
    const { bitDepth, alpha } = pixelFormatInfo(from.pixelFormat);
    const pixelFormat = this.options.pixelFormat ?? (bitDepth === 8 ? "rgba8" : "rgba16-float");
    const pass = await loadPass(from, pixelFormat, what);
    const { width, height, rate, colorSpace } = from;
    const to = gpuFormat({
      pixelFormat,
      width,
      height,
      rate,
      colorSpace,
      alpha: alpha && from.alpha !== "opaque" ? "premultiplied" : "opaque",
    }, this.#gpu!.device);
    const pipeline = this.#pipelines!.for(pass);
    this.#plan?.bytes.close();
    return this.#plan = { from, to, pass, pipeline, bytes: this.#gpu!.buffer(pass.bufferBytes, "device") };
  }
}

registerBridge({
  from: "VideoFrame",
  to: "GpuFrame",
  name: "UploadActor of @streamlib/gpu",
  make: () => new UploadActor() as unknown as Actor,
});
