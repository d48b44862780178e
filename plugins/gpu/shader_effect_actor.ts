/** The actor that runs a shader of its user. */
import {
  Actor,
  type ActorSpec,
  control,
  DataMessage,
  type Family,
  type GivenOptions,
  type Gpu,
  GPU_PIXEL_FORMATS,
  type GpuFormat,
  GpuFrame,
  type GpuPixelFormat,
  type GpuWork,
  type Input,
  input,
  inputFamily,
  messageOf,
  openGpu,
  optionsFrom,
  type Output,
  output,
  type Rate,
  registerActor,
  SoftwareClock,
  StreamError,
  type TimedTick,
  toRate,
} from "@streamlib/core";
import { z } from "zod";
import { SHADER_LANGUAGES, type ShaderLanguage } from "./compiler/shader_kind.ts";
import { ShaderBindings, VIDEO } from "./shader/shader_bindings.ts";
import { compileProgram, type ShaderProgram } from "./shader/shader_program.ts";
import type { UniformValue } from "./shader/uniform.ts";
import { UniformSet } from "./shader/uniform_set.ts";

/** Options of {@link ShaderEffectActor}. One of `source` and `file` must be given. */
export interface ShaderEffectOptions {
  /** The shader's text. */
  readonly source?: string | undefined;
  /** Path of a file with it: `.glsl`, `.frag`, `.comp`, `.wgsl`, `.spv`. */
  readonly file?: string | undefined;
  /** Its language. Default: what the end of the file's name says; for a text, `glsl`. */
  readonly language?: ShaderLanguage | undefined;
  /** Values of its uniforms by name. Default: what the text says, else 0. */
  readonly uniforms?: Readonly<Record<string, UniformValue>>;
  /** Columns of the result, 1 to 16384; with `height`. Default: those of the input. */
  readonly width?: number | undefined;
  /** Rows of the result, 1 to 16384; with `width`. Default: those of the input. */
  readonly height?: number | undefined;
  /** Of the result. Default: that of the input, else `rgba8`. */
  readonly pixelFormat?: GpuPixelFormat | undefined;
  /** Pictures per second of a shader that beats by itself, as one without pictures has to. Default: its inputs beat. */
  readonly rate?: number | Rate | undefined;
}

/** Ports and options of {@link ShaderEffectActor}. */
export interface ShaderEffectTypes {
  /** `video`, which drives; `image` by name; `uniforms`: values by name. */
  inputs: { video: Input<GpuFrame>; image: Family<GpuFrame>; uniforms: Input<DataMessage> };
  /** `video`: what the shader makes. */
  outputs: { video: Output<GpuFrame> };
  /** As given by the user. */
  options: ShaderEffectOptions;
}

type Pipeline = ReturnType<Gpu["pipeline"]>;

const IMAGES_MAX = 8;
const UNIFORMS_DEPTH = 64;
const side = z.int().min(1).max(16384);
const value = z.union([z.number(), z.boolean(), z.array(z.number())], {
  error: "a number, true, false, or all numbers of a vector, matrix or array in a row is right",
});
const rate = z.union([z.number().positive(), z.strictObject({ num: z.int().positive(), den: z.int().positive() })]);

const options = z.strictObject({
  source: z.string().min(1).optional().describe("the shader's text; this or file"),
  file: z.string().min(1).optional().describe("path of the shader: .glsl, .frag, .comp, .wgsl, .spv; this or source"),
  language: z.enum(SHADER_LANGUAGES).optional().describe("default: what the file's name says; for a text, glsl"),
  uniforms: z.record(z.string(), value).default({}).describe("values of its uniforms by name"),
  width: side.optional().describe("columns of the result; default: those of the input"),
  height: side.optional().describe("rows of the result; default: those of the input"),
  pixelFormat: z.enum(GPU_PIXEL_FORMATS).optional().describe("of the result; default: that of the input, else rgba8"),
  rate: rate.optional().describe("pictures per second of a shader that beats by itself; default: its inputs beat"),
}).superRefine((given, context) => {
  const refuse = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
  if ((given.source === undefined) === (given.file === undefined)) {
    refuse("source", "give source or file, and one only");
  }
  if (given.language === "spirv" && given.source !== undefined) refuse("source", "SPIR-V is no text: give it as file");
  if ((given.width === undefined) !== (given.height === undefined)) {
    refuse("height", "width and height must be given together");
  }
  if (given.rate === undefined) return;
  if (given.width === undefined) refuse("width", "a shader that beats by itself needs width and height");
  try {
    toRate(given.rate);
  } catch (thrown) {
    refuse("rate", messageOf(thrown));
  }
});

/**
 * Runs a shader on the device: on pictures of `video` and `image.NAME`, or, with `rate`, out of nothing.
 *
 * In GLSL ten lines do: a function `vec4 effect(vec2 at)` and uniforms with their values. Complete shaders in GLSL, WGSL
 * and SPIR-V are told by `main`, and get what their bindings and uniforms are named for.
 */
@registerActor({ name: "ShaderEffect", module: import.meta.url })
export class ShaderEffectActor extends Actor<ShaderEffectTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<ShaderEffectTypes> = {
    description: "Runs a shader in GLSL, WGSL or SPIR-V on pictures on the GPU",
    inputs: {
      video: input(GpuFrame, { drives: true, description: "the picture; sets the beat unless rate is given" }),
      image: inputFamily(GpuFrame, { max: IMAGES_MAX, description: "a further picture, by name: image_NAME in GLSL" }),
      uniforms: input(DataMessage, {
        delivery: "ordered",
        depth: UNIFORMS_DEPTH,
        description: "values of uniforms by name, as in { amount: 0.5 }",
      }),
    },
    outputs: { video: output(GpuFrame, { description: "what the shader makes" }) },
    options: optionsFrom(options),
  };

  #gpu: Gpu | undefined;
  #program: ShaderProgram | undefined;
  #uniforms: UniformSet | undefined;
  #bindings: ShaderBindings | undefined;
  #groupSize: readonly [number, number, number] = [1, 1, 1];
  #push: Uint8Array<ArrayBuffer> | undefined;
  readonly #pipelines: Map<GpuPixelFormat, Pipeline> = new Map();
  /** Stands for pictures that are not there. */
  #blank: { readonly image: ReturnType<Gpu["image"]>; isClear: boolean } | undefined;
  /** What was set while it ran. */
  readonly #live: Map<string, UniformValue> = new Map();
  #firstNs: bigint | undefined;
  #inputFormat: GpuFormat | undefined;
  #format: GpuFormat | undefined;

  /**
   * Makes a handle.
   *
   * @param given The actor's own options and the common ones; with `rate` and no `clock` it gets a clock of that rate.
   * A `LockstepClock` beats only what has no inputs: with it and `rate` the actor does not start.
   * @throws {StreamError} As the constructor of {@linkcode Actor}.
   */
  constructor(given: GivenOptions<ShaderEffectTypes> = {}) {
    super(withClock(given));
  }

  /** Compiles the shader, finds what it wants, and makes its pipeline. */
  override async onStart(): Promise<void> {
    const { options, label } = this;
    if (options.rate !== undefined && !this.clock) {
      throw new StreamError(
        "option-invalid",
        `Cannot start ${label}: it has a rate, but in lockstep what has inputs follows them; leave rate out and link a ` +
          "source with the LockstepClock to input video, or give it another clock",
      );
    }
    const program = this.#program = await compileProgram(options, label);
    const gpu = this.#gpu = await openGpu(this);
    const reflection = gpu.reflect(program.words);
    const uniforms = this.#uniforms = new UniformSet(label, reflection, program.uniforms);
    uniforms.set({ ...options.uniforms, ...this.snapshot() });
    this.#push = uniforms.blocks.find(({ place }) => place === undefined)?.bytes;
    const isDrawn = program.stage === "fragment";
    const bindings = this.#bindings = new ShaderBindings(gpu, reflection, uniforms, isDrawn, label);
    if (options.pixelFormat && bindings.format && options.pixelFormat !== bindings.format) {
      throw new StreamError(
        "option-invalid",
        `Cannot start ${label}: option pixelFormat = "${options.pixelFormat}": its shader writes ${bindings.format}`,
      );
    }
    const entry = reflection.entryPoints.find(({ name }) => name === program.entryPoint);
    this.#groupSize = entry?.workgroup ?? this.#groupSize;
    this.#blank = { image: gpu.image(1, 1, "rgba8"), isClear: false };
    this.#pipelineFor(options.pixelFormat ?? bindings.format ?? "rgba8");
  }

  /** Makes one picture. */
  override async process(tick: TimedTick): Promise<void> {
    const bindings = this.#bindings!;
    for (const message of this.inputs.uniforms) this.#set(message.value);
    this.#firstNs ??= tick.timestampNs;
    const video = this.#gpu!.keep(this.inputs.video.readLatest());
    // A picture will come: nothing is drawn in its place.
    if (!video && this.inputs.video.source) return;
    const first = video ?? this.#firstImage();
    const format = this.#formatFor(first);
    if (!format) return;
    const work = await this.#gpu!.begin(first ? [first] : []);
    await this.#givePictures(work, video);
    const seconds = Number(tick.timestampNs - this.#firstNs) / 1e9;
    this.#uniforms!.give(seconds, format.width, format.height, tick.frameNumber);
    await bindings.upload(work);
    const pipeline = this.#pipelineFor(format.pixelFormat);
    // From here on nothing waits: what is loaned is drawn and committed in one recording.
    const loan = work.loan(this.outputs.video, format);
    if (!loan) return;
    const given = { pipeline, bindings: bindings.all, ...(this.#push ? { push: this.#push } : {}) };
    if (this.#program!.stage === "fragment") work.draw({ ...given, target: loan, load: "discard" });
    else {
      bindings.giveResult(loan);
      const [x, y] = this.#groupSize;
      work.dispatch({ ...given, groups: [Math.ceil(format.width / x), Math.ceil(format.height / y), 1] });
    }
    loan.commit(video && !video.repeated && !this.clock ? { stampFrom: video } : {});
  }

  /**
   * Sets uniforms by name: all, or none if one cannot be. The next picture shows them.
   *
   * @throws {StreamError} `option-invalid` naming the uniform, its value, and the uniforms there are.
   */
  @control()
  set(values: Readonly<Record<string, UniformValue>>): Promise<void> {
    this.#set(values);
    return Promise.resolve();
  }

  /** The uniforms that were set while it ran, so that a supervised actor goes on with them. */
  override snapshot(): Record<string, UniformValue> {
    return Object.fromEntries(this.#live);
  }

  /** Takes uniforms of an earlier life. */
  override restore(values: unknown): void {
    for (const [name, value] of Object.entries(values as Record<string, UniformValue>)) this.#live.set(name, value);
  }

  /** Closes what was made on the device. */
  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }

  #set(values: unknown): void {
    this.#uniforms!.set(values);
    this.restore(values);
  }

  #firstImage(): GpuFrame | undefined {
    for (const port of this.inputs.image) {
      const frame = port.readLatest();
      if (frame) return frame;
    }
    return undefined;
  }

  /** Gives each picture that is there; for the others, transparent black. */
  async #givePictures(work: GpuWork, video: GpuFrame | undefined): Promise<void> {
    const bindings = this.#bindings!;
    const blank = this.#blank!;
    if (!blank.isClear) {
      blank.isClear = true;
      await work.upload(blank.image, new Uint8Array(4));
    }
    bindings.give(VIDEO, video ?? blank.image);
    for (const name of bindings.images) bindings.give(name, blank.image);
    for (const [name, port] of this.inputs.image.entries()) {
      const inShader = name.replaceAll("-", "_");
      if (!bindings.images.includes(inShader)) throw this.#noSuchImage(name);
      const frame = this.#gpu!.keep(port.readLatest());
      if (frame) bindings.give(inShader, frame);
    }
  }

  #noSuchImage(name: string): StreamError {
    const names = this.#bindings!.images.map((image) => `image.${image}`).join(", ") || "none";
    return new StreamError(
      "port-unknown",
      `Cannot use input image.${name} of ${this.label}: its shader does not read image_${
        name.replaceAll("-", "_")
      }; the images that it reads are ${names}`,
    );
  }

  /** Format of the result; undefined while an image that tells it has not come. */
  #formatFor(first: GpuFrame | undefined): GpuFormat | undefined {
    if (this.#format && this.#inputFormat === first?.format) return this.#format;
    const { width = first?.format.width, height = first?.format.height } = this.options;
    const beat = this.clock?.rate ?? first?.format.rate;
    if (width === undefined || height === undefined || !beat) {
      if ([...this.inputs.image].some((port) => port.source)) return undefined;
      throw new StreamError(
        "option-invalid",
        `Cannot make a picture with ${this.label}: nothing gives it a size and a rate; link input video, or give ` +
          "width, height and rate",
      );
    }
    const { pixelFormat } = this.options;
    this.#inputFormat = first?.format;
    return this.#format = {
      pixelFormat: pixelFormat ?? this.#bindings!.format ?? first?.format.pixelFormat ?? "rgba8",
      width,
      height,
      rate: beat,
      colorSpace: first?.format.colorSpace ?? "bt709",
      alpha: "premultiplied",
      device: this.#gpu!.device,
    };
  }

  #pipelineFor(format: GpuPixelFormat): Pipeline {
    const found = this.#pipelines.get(format);
    if (found) return found;
    const { words, stage, entryPoint } = this.#program!;
    const made = this.#gpu!.pipeline(words, stage === "fragment" ? { entryPoint, target: format } : { entryPoint });
    this.#pipelines.set(format, made);
    return made;
  }
}

function withClock(given: GivenOptions<ShaderEffectTypes>): GivenOptions<ShaderEffectTypes> {
  if (given.rate === undefined || given.clock) return given;
  try {
    return { ...given, clock: new SoftwareClock(given.rate) };
  } catch {
    // The options tell what is wrong with the rate, with the actor's name.
    return given;
  }
}
