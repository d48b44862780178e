/** Actors for tests: one gives pictures on the device, one looks at them. */
import {
  Actor,
  type ActorSpec,
  control,
  DataMessage,
  type Gpu,
  type GpuFormat,
  type GpuFormatInit,
  GpuFrame,
  type Input,
  input,
  openGpu,
  type OptionsSchema,
  type Output,
  output,
  registerActor,
  type TimedTick,
} from "@streamlib/core";

function anything<O extends object>(defaults: Required<O>): OptionsSchema<Required<O>> {
  return {
    validate: (given) => ({ value: { ...defaults, ...given as O } }),
    toJSONSchema: () => ({ type: "object" }),
  };
}

/** Four bytes or four numbers of each pixel. */
export interface GivenPicture {
  readonly format: GpuFormatInit;
  readonly bytes: Uint8Array;
}

interface GivenTypes {
  outputs: { video: Output<GpuFrame> };
  options: { picture?: (frameNumber: number) => GivenPicture; frames?: number };
}

const BLACK: GivenPicture = { format: { width: 16, height: 16, rate: 60 }, bytes: new Uint8Array(1024) };

/** Gives pictures that a function makes; `frames` of them, or without end. */
@registerActor({ name: "TestGpuPictures", module: import.meta.url })
export class GpuPictures extends Actor<GivenTypes> {
  static readonly spec: ActorSpec<GivenTypes> = {
    description: "Gives pictures on a GPU",
    outputs: { video: output(GpuFrame) },
    options: anything<GivenTypes["options"]>({ picture: () => BLACK, frames: 0 }),
    finite: true,
  };
  #gpu: Gpu | undefined;
  #made = 0;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
  }

  override async process(_tick: TimedTick): Promise<void> {
    const { format, bytes } = this.options.picture(this.#made);
    const work = await this.#gpu!.begin();
    const staged = await work.stage(bytes);
    const loan = work.loan(this.outputs.video, format);
    if (!loan) return;
    work.copy(staged, loan);
    loan.commit();
    if (++this.#made === this.options.frames) this.finish();
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}

/** A picture that was brought back. */
export interface SeenPicture {
  readonly format: GpuFormat;
  readonly frameNumber: number;
  /** As {@link GivenPicture} has them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Submits of the device so far. */
  readonly submits: number;
}

interface ViewTypes {
  inputs: { video: Input<GpuFrame> };
  options: { see?: (seen: SeenPicture) => void };
}

const PIXEL_BYTES = { rgba8: 4, rgba16: 8, "rgba16-float": 8, "rgba32-float": 16 } as const;

/** Brings pictures back and calls a function with them. */
@registerActor({ name: "TestGpuView", module: import.meta.url })
export class GpuView extends Actor<ViewTypes> {
  static readonly spec: ActorSpec<ViewTypes> = {
    description: "Looks at pictures of a GPU",
    inputs: { video: input(GpuFrame) },
    options: anything<ViewTypes["options"]>({ see: () => {} }),
  };
  #gpu: Gpu | undefined;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
  }

  override async process(): Promise<void> {
    const frame = this.inputs.video.readLatest();
    if (!frame) return;
    const gpu = this.#gpu!;
    const { width, height, pixelFormat } = frame.format;
    const bytes = new Uint8Array(width * height * PIXEL_BYTES[pixelFormat]);
    const work = await gpu.begin([frame]);
    const buffer = gpu.buffer(bytes.length, "download");
    work.copy(frame, buffer);
    await gpu.done(work.submit());
    gpu.readBack(buffer, bytes, frame);
    buffer.close();
    this.options.see({
      format: frame.format,
      frameNumber: frame.frameNumber,
      bytes,
      submits: gpu.statistics().submits,
    });
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}

interface ValuesTypes {
  outputs: { data: Output<DataMessage> };
}

/** Sends values when a test says so. */
@registerActor({ name: "TestValues", module: import.meta.url })
export class TestValues extends Actor<ValuesTypes> {
  static readonly spec: ActorSpec<ValuesTypes> = {
    description: "Sends values",
    outputs: { data: output(DataMessage) },
  };

  override process(): void {}

  @control()
  say(value: Record<string, unknown>): Promise<void> {
    this.outputs.data.send(value);
    return Promise.resolve();
  }
}
