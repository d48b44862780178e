/** The actor that brings pictures back from a GPU. */
import {
  Actor,
  type ActorSpec,
  type Alpha,
  type ColorRange,
  type ColorSpace,
  type CommitOptions,
  type Gpu,
  type GpuFormat,
  GpuFrame,
  type GpuPoint,
  type Input,
  input,
  messageOf,
  openGpu,
  optionsFrom,
  type Output,
  output,
  type PixelFormat,
  pixelFormatInfo,
  registerActor,
  registerBridge,
  StreamError,
  type TimedTick,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import { edgeLayout } from "./edge/edge_layout.ts";
import { type EdgeChroma, type EdgePass, storePass } from "./edge/edge_pass.ts";
import { type Buffer, PassPipelines, type Pipeline } from "./edge/pass_pipelines.ts";

/** Options of {@linkcode DownloadActor}. */
export interface DownloadOptions {
  /** What frames are packed into, as `pgroup/YCbCr-4:2:2/10`. Default `rgba8`. */
  readonly pixelFormat?: PixelFormat;
  /** Code range. Default: `full` for RGB, else `narrow`. */
  readonly range?: ColorRange | undefined;
  /**
   * Matrix of Y′CbCr, and what the frames say of their colours. Default: that of the picture. It converts no primaries:
   * that does GpuColorConvert.
   */
  readonly colorSpace?: ColorSpace | undefined;
  /**
   * Meaning of alpha, for pixel formats that have it. Default: `opaque` if the picture is, else `straight`. With
   * `opaque`, and in pixel formats without alpha, the picture stands over black.
   */
  readonly alpha?: Alpha | undefined;
  /**
   * How chroma of half width is made: `filtered` with 1 2 1 over columns, as `convertFrame` does; or `sited`, taken
   * from the column where it lies, so that what was uploaded as 4:2:2 and not changed comes back as it was. Default
   * `filtered`.
   */
  readonly chroma?: EdgeChroma;
  /** Downloads that may be under way, 1 to 8: with 2, the next picture is packed while one is read. Default 2. */
  readonly depth?: number;
}

/** Ports and options of {@linkcode DownloadActor}. */
export interface DownloadTypes {
  /** `video`: pictures on the GPU. */
  inputs: { video: Input<GpuFrame> };
  /** `video`: the same pictures in the memory of the host. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: DownloadOptions;
}

const DEPTH_MAX = 8;

const options = z.strictObject({
  pixelFormat: z.string().default("rgba8").describe("pixel format of the frames, as pgroup/YCbCr-4:2:2/10"),
  range: z.enum(["narrow", "full"]).optional().describe("code range; default: full for RGB, else narrow"),
  colorSpace: z.enum(["bt601", "bt709", "bt2020"]).optional().describe("matrix of Y'CbCr; default: the picture's"),
  alpha: z.enum(["opaque", "straight", "premultiplied"]).optional()
    .describe("meaning of alpha; default: opaque if the picture is, else straight"),
  chroma: z.enum(["filtered", "sited"]).default("filtered").describe("how chroma of half width is made"),
  depth: z.int().min(1).max(DEPTH_MAX).default(2).describe("downloads that may be under way"),
}).superRefine(({ pixelFormat, alpha }, context) => {
  try {
    edgeLayout(pixelFormat as PixelFormat, "Cannot be downloaded");
    if (alpha === undefined || alpha === "opaque" || pixelFormatInfo(pixelFormat).alpha) return;
    context.addIssue({ code: "custom", path: ["alpha"], message: `${pixelFormat} has no alpha; opaque is right` });
  } catch (thrown) {
    context.addIssue({ code: "custom", path: ["pixelFormat"], message: messageOf(thrown) });
  }
});

/** What is the same for all pictures of one format. */
interface Plan {
  readonly from: GpuFormat;
  readonly to: VideoFormat;
  readonly pass: EdgePass;
  readonly pipeline: Pipeline;
  /** The packed bytes, in the device's own memory: shaders may write it in any order. */
  readonly packed: Buffer;
}

/** A download under way. */
interface Download {
  readonly plan: Plan;
  readonly frame: GpuFrame;
  readonly buffer: Buffer;
  readonly point: GpuPoint;
  readonly stamps: CommitOptions;
}

/**
 * Brings pictures back from a GPU in any pixel format, pixel groups of ST 2110 included: the device converts and packs,
 * and the host copies the packed bytes once, into the slot of the ring. Bytes between rows and after the last sample of
 * a row are zero.
 *
 * Up to `depth` downloads are under way, and frames come in order with the stamps of their pictures. So a frame may
 * come one tick later than without; in lockstep, where no time passes meanwhile, each comes in its own tick. What is
 * under way when the actor ends still comes.
 *
 * Pictures are those of `convertFrame`. What is below black or above white in floats is kept as far as codes go. There
 * are no strides but the least.
 *
 * It fails with `format-invalid` if a picture's size cannot be in the pixel format (an odd width in 4:2:2), with what
 * `openGpu` throws, and with `gpu-lost` or `gpu-abandoned`, also of what is under way.
 */
@registerActor({ name: "Download", module: import.meta.url })
export class DownloadActor extends Actor<DownloadTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<DownloadTypes> = {
    description: "Brings pictures back from a GPU, in any pixel format",
    inputs: { video: input(GpuFrame, { description: "pictures on the GPU" }) },
    outputs: { video: output(VideoFrame, { description: "the same pictures in the memory of the host" }) },
    options: optionsFrom(options),
  };

  #gpu: Gpu | undefined;
  #pipelines: PassPipelines | undefined;
  #plan: Plan | undefined;
  readonly #underWay: Promise<void>[] = [];
  /** Buffers that nothing is under way to. */
  #free: Buffer[] = [];

  /** Opens the device, and has it compile for the pixel format. */
  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
    this.#pipelines = new PassPipelines(this.#gpu);
    const { pixelFormat, chroma } = this.options;
    const any = videoFormat({ pixelFormat, width: 2, height: 2, rate: 1 });
    this.#pipelines.for(await storePass(any, chroma, this.#what));
  }

  /** Has the picture of the tick packed, and waits until fewer than `depth` are under way. */
  override async process(tick: TimedTick): Promise<void> {
    const frame = this.#gpu!.keep(this.inputs.video.readLatest());
    if (!frame) return;
    const plan = await this.#planFor(frame.format);
    const { pass, pipeline, packed } = plan;
    const gpu = this.#gpu!;
    const work = await gpu.begin([frame]);
    const buffer = this.#bufferOf(pass.bufferBytes);
    work.dispatch({
      pipeline,
      groups: pass.groups,
      bindings: [{ binding: 0, thing: frame, sampler: gpu.sampler("nearest") }, { binding: 1, thing: packed }],
      push: pass.push,
    });
    work.copy(packed, buffer, pass.bufferBytes);
    const stamps = frame.repeated ? { timestampNs: tick.timestampNs } : { stampFrom: frame };
    this.#begin({ plan, frame, buffer, point: work.submit(), stamps });
    // The frame belongs to this tick: in lockstep, where time stands still until then, and if nothing new came.
    const depth = frame.repeated || this.inputs.video.isLossless ? 1 : this.options.depth;
    while (this.#underWay.length >= depth) await this.#underWay[0];
  }

  /** Gives what is still under way, and closes what was made on the device. */
  override async onStop(): Promise<void> {
    await Promise.all(this.#underWay);
    await this.#gpu?.close();
  }

  get #what(): string {
    return `Cannot download from a GPU in ${this.label}`;
  }

  /** Finishes this download after those before it. */
  #begin(download: Download): void {
    const before = this.#underWay.at(-1);
    const done = (async () => {
      try {
        await before;
        await this.#finish(download);
      } catch (thrown) {
        this.#gpu!.fail(thrown);
      } finally {
        this.#underWay.shift();
      }
    })();
    this.#underWay.push(done);
  }

  async #finish({ plan, frame, buffer, point, stamps }: Download): Promise<void> {
    const gpu = this.#gpu!;
    await gpu.done(point);
    const loan = this.outputs.video.loan(plan.to);
    if (loan) {
      gpu.readBack(buffer, loan.data.subarray(0, plan.pass.frameBytes), frame);
      loan.commit(stamps);
    }
    if (buffer.bytes === this.#plan?.pass.bufferBytes) this.#free.push(buffer);
    else buffer.close();
  }

  #bufferOf(bytes: number): Buffer {
    for (const buffer of this.#free) if (buffer.bytes !== bytes) buffer.close();
    this.#free = this.#free.filter((buffer) => buffer.bytes === bytes);
    return this.#free.pop() ?? this.#gpu!.buffer(bytes, "download");
  }

  async #planFor(from: GpuFormat): Promise<Plan> {
    if (this.#plan?.from === from) return this.#plan;
    const to = this.#formatFor(from);
    const pass = await storePass(to, this.options.chroma, this.#what);
    const pipeline = this.#pipelines!.for(pass);
    this.#plan?.packed.close();
    return this.#plan = { from, to, pass, pipeline, packed: this.#gpu!.buffer(pass.bufferBytes, "device") };
  }

  #formatFor(from: GpuFormat): VideoFormat {
    const { pixelFormat, range, colorSpace = from.colorSpace } = this.options;
    const { width, height, rate } = from;
    const hasAlpha = pixelFormatInfo(pixelFormat).alpha;
    const alpha = this.options.alpha ?? (hasAlpha && from.alpha !== "opaque" ? "straight" : "opaque");
    try {
      return videoFormat({ pixelFormat, width, height, rate, colorSpace, alpha, ...(range ? { range } : {}) });
    } catch (thrown) {
      throw new StreamError("format-invalid", `${this.#what}: ${messageOf(thrown)}`, { cause: thrown });
    }
  }
}

registerBridge({
  from: "GpuFrame",
  to: "VideoFrame",
  name: "DownloadActor of @streamlib/gpu",
  make: () => new DownloadActor() as unknown as Actor,
});
