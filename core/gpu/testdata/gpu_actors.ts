/** Actors for tests of GPUs. */
import { readFileSync } from "node:fs";
import {
  Actor,
  type ActorSpec,
  control,
  DataMessage,
  type Gpu,
  gpuFormat,
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
} from "../../mod.ts";

/** A compiled shader of the library's own tests. */
export function shaderWords(name: string): Uint32Array {
  const bytes = readFileSync(new URL(`../../../zig/src/gpu/testdata/${name}.spv`, import.meta.url));
  return new Uint32Array(new Uint8Array(bytes).buffer);
}

function anything<O extends object>(defaults: Required<O>): OptionsSchema<Required<O>> {
  return {
    validate: (given) => ({ value: { ...defaults, ...given as O } }),
    toJSONSchema: () => ({ type: "object" }),
  };
}

/** What tests have actors do. Class fields would not do: within a decorated class its name means another one. */
export const script: { until: Promise<void>; meanwhile: () => void | Promise<void> } = {
  /** What every Hold waits for. */
  until: Promise.resolve(),
  /** What happens while Clumsy draws. */
  meanwhile: () => {},
};

/** Small pictures. */
export const SMALL: GpuFormatInit = { width: 16, height: 8, rate: 60 };

interface FillOptions {
  /** Pictures to make; 0 for no end. */
  frames?: number;
  width?: number;
  height?: number;
  /** From this tick on, pictures are twice as wide. */
  wideAfter?: number;
}

interface FillTypes {
  outputs: { video: Output<GpuFrame> };
  options: FillOptions;
}

/** Each picture is filled with the number of its tick. */
@registerActor({ name: "GpuFill", module: import.meta.url })
export class Fill extends Actor<FillTypes> {
  static readonly spec: ActorSpec<FillTypes> = {
    description: "A source on a GPU for tests",
    outputs: { video: output(GpuFrame) },
    options: anything<FillOptions>({ frames: 0, width: 16, height: 8, wideAfter: 0 }),
    finite: true,
  };
  #gpu: Gpu | undefined;
  #made = 0;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
  }

  override async process(_tick: TimedTick): Promise<void> {
    const { frames, height, wideAfter } = this.options;
    const width = wideAfter > 0 && this.#made >= wideAfter ? 2 * this.options.width : this.options.width;
    const work = await this.#gpu!.begin();
    const out = work.loan(this.outputs.video, { ...SMALL, width, height });
    if (!out) return;
    await work.upload(out, new Uint8Array(width * height * 4).fill(this.#made & 255));
    out.commit();
    this.#made++;
    if (this.#made === frames) this.finish();
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}

interface NegativeTypes {
  inputs: { video: Input<GpuFrame> };
  outputs: { video: Output<GpuFrame> };
  options: { shader?: string };
}

/** 255 less every value, upside down. */
@registerActor({ name: "GpuNegative", module: import.meta.url })
export class Negative extends Actor<NegativeTypes> {
  static readonly spec: ActorSpec<NegativeTypes> = {
    description: "A filter on a GPU for tests",
    inputs: { video: input(GpuFrame) },
    outputs: { video: output(GpuFrame) },
    options: anything({ shader: "effect.comp" }),
  };
  #gpu: Gpu | undefined;
  #pipeline: ReturnType<Gpu["pipeline"]> | undefined;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
    this.#pipeline = this.#gpu.pipeline(shaderWords(this.options.shader));
  }

  override async process(): Promise<void> {
    const frame = this.inputs.video.readLatest();
    if (!frame) return;
    const gpu = this.#gpu!;
    const work = await gpu.begin([frame]);
    const out = work.loan(this.outputs.video, frame.format);
    if (!out) return;
    const { width, height } = frame.format;
    work.dispatch({
      pipeline: this.#pipeline!,
      groups: [Math.ceil(width / 16), Math.ceil(height / 16), 1],
      bindings: [{ binding: 0, thing: frame, sampler: gpu.sampler() }, { binding: 1, thing: out }],
    });
    out.commit({ stampFrom: frame });
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}

/** What {@linkcode Fetch} says of a picture. */
export interface Seen {
  readonly frameNumber: number;
  readonly width: number;
  /** The value that all bytes have, -1 if they differ. */
  readonly value: number;
}

interface FetchTypes {
  inputs: { video: Input<GpuFrame> };
  outputs: { seen: Output<DataMessage> };
}

/** Brings pictures back, and sends what is in them. */
@registerActor({ name: "GpuFetch", module: import.meta.url })
export class Fetch extends Actor<FetchTypes> {
  static readonly spec: ActorSpec<FetchTypes> = {
    description: "A reader of a GPU for tests",
    inputs: { video: input(GpuFrame) },
    outputs: { seen: output(DataMessage) },
  };
  #gpu: Gpu | undefined;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
  }

  override async process(): Promise<void> {
    const frame = this.inputs.video.readLatest();
    if (!frame) return;
    const gpu = this.#gpu!;
    const { width, height } = frame.format;
    const out = new Uint8Array(width * height * 4);
    const work = await gpu.begin([frame]);
    const buffer = gpu.buffer(out.length, "download");
    work.copy(frame, buffer);
    await gpu.done(work.submit());
    gpu.readBack(buffer, out, frame);
    buffer.close();
    const value = out.every((byte) => byte === out[0]) ? out[0] : -1;
    this.outputs.seen.send({ frameNumber: frame.frameNumber, width, value });
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}

interface NoPorts {
  outputs: Record<never, never>;
}

/** Tells what the device holds. */
@registerActor({ name: "GpuWatch", module: import.meta.url })
export class Watch extends Actor<NoPorts> {
  static readonly spec: ActorSpec<NoPorts> = { description: "Looks at a GPU for tests", outputs: {} };
  #gpu: Gpu | undefined;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
  }

  override process(): void {}

  @control()
  statistics(): Promise<ReturnType<Gpu["statistics"]>> {
    return Promise.resolve(this.#gpu!.statistics());
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}

/** Has the device do what it never ends; a software device takes some seconds, and leaves its processors again. */
@registerActor({ name: "GpuEndless", module: import.meta.url })
export class Endless extends Actor<NoPorts> {
  static readonly spec: ActorSpec<NoPorts> = { description: "Blocks a GPU for tests", outputs: {} };
  #gpu: Gpu | undefined;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
  }

  override async process(): Promise<void> {
    const gpu = this.#gpu!;
    const pipeline = gpu.pipeline(shaderWords("endless.comp"));
    const buffer = gpu.buffer(16, "device");
    const work = await gpu.begin();
    work.dispatch({ pipeline, groups: [8000, 1, 1], bindings: [{ binding: 0, thing: buffer }] });
    await gpu.done(work.submit());
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}

interface HoldTypes {
  inputs: { video: Input<GpuFrame> };
}

/** Begins work at its first picture, and takes its time until it is let go. */
@registerActor({ name: "GpuHold", module: import.meta.url })
export class Hold extends Actor<HoldTypes> {
  static readonly spec: ActorSpec<HoldTypes> = {
    description: "Holds a recording of a GPU open for tests",
    inputs: { video: input(GpuFrame) },
  };
  #gpu: Gpu | undefined;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
  }

  override async process(): Promise<void> {
    const frame = this.inputs.video.readLatest();
    if (!frame) return;
    const gpu = this.#gpu!;
    const work = await gpu.begin([frame]);
    await script.until;
    work.copy(frame, gpu.buffer(frame.format.width * frame.format.height * 4, "device"));
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}

interface ClumsyTypes {
  outputs: { video: Output<GpuFrame> };
}

/** Does everything wrong once. */
@registerActor({ name: "GpuClumsy", module: import.meta.url })
export class Clumsy extends Actor<ClumsyTypes> {
  static readonly spec: ActorSpec<ClumsyTypes> = {
    description: "Makes mistakes with a GPU for tests",
    outputs: { video: output(GpuFrame) },
  };
  #gpu: Gpu | undefined;

  override async onStart(): Promise<void> {
    this.#gpu = await openGpu(this);
  }

  override process(): void {}

  /** What each mistake is answered with. */
  @control()
  async wrongs(): Promise<string[]> {
    const gpu = this.#gpu!;
    const { video } = this.outputs;
    const format = gpuFormat(SMALL, gpu.device);
    const answers: string[] = [];
    const attempt = async (work: () => unknown): Promise<void> => {
      try {
        await work();
        answers.push("undefined: it works");
      } catch (thrown) {
        answers.push(`${(thrown as { code?: string }).code}: ${(thrown as Error).message}`);
      }
    };
    await attempt(() => video.loan(format)!.commit());
    video.endProcess();
    await attempt(async () => {
      const work = await gpu.begin();
      work.submit();
      work.copy(gpu.image(4, 4, "rgba8"), gpu.image(4, 4, "rgba8"));
    });
    for (const wrong of [{ pixelFormat: "rgb9" as "rgba8" }, { width: 0 }]) {
      await attempt(async () => (await gpu.begin()).loan(video, { ...SMALL, ...wrong }));
    }
    await attempt(async () => {
      const work = await gpu.begin();
      const out = work.loan(video, SMALL)!;
      // As if somebody else of the chain had been waiting for the device meanwhile.
      out["~stream"]!.submit();
      await work.upload(out, new Uint8Array(16 * 8 * 4));
      out["~stream"]!.submit();
      out.commit();
      await gpu.done(work.submit());
    });
    await attempt(() => {
      // As a buffer that the device still writes.
      const busy = { read: () => false } as unknown as ReturnType<Gpu["buffer"]>;
      gpu.readBack(busy, new Uint8Array(4));
    });
    return answers;
  }

  /** Draws a picture, and others in a later recording, with something done between the begin of that and them. */
  @control()
  async drawAround(): Promise<void> {
    const gpu = this.#gpu!;
    const draw = async (work: Awaited<ReturnType<Gpu["begin"]>>): Promise<void> => {
      const out = work.loan(this.outputs.video, SMALL)!;
      await work.upload(out, new Uint8Array(16 * 8 * 4));
      out.commit();
      this.outputs.video.endProcess();
    };
    const first = await gpu.begin();
    await draw(first);
    await gpu.done(first.submit());
    const second = await gpu.begin();
    await script.meanwhile();
    for (let made = 0; made < 8; made++) await draw(second);
    await gpu.done(second.submit());
  }

  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }
}
