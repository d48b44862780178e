/**
 * What actors of effects share.
 *
 * @module
 */
import {
  Actor,
  type ActorTypes,
  control,
  DataMessage,
  type Gpu,
  type GpuFormat,
  GpuFrame,
  type GpuPixelFormat,
  type Input,
  input,
  type InputSpec,
  openGpu,
  type Output,
  output,
  type OutputSpec,
  StreamError,
} from "@streamlib/core";
import { shown } from "../shader/uniform_set.ts";
import type { Effect, EffectParameter } from "./effect.ts";
import { choosable, type EffectValue, numbersOf, objectionTo } from "./effect_options.ts";
import { EffectRunner } from "./effect_runner.ts";

/** Ports of an actor of an effect, and its options `O`. */
export interface EffectTypes<O extends object> extends ActorTypes {
  /** `video`, which drives; `parameters`: values by name. */
  inputs: { video: Input<GpuFrame>; parameters: Input<DataMessage> };
  /** `video`: the result. */
  outputs: { video: Output<GpuFrame> };
  /** As given by the user. */
  options: O;
}

const PARAMETERS_DEPTH = 64;

/** Declarations of the inputs of all effects. */
export const effectInputs: { video: InputSpec<GpuFrame>; parameters: InputSpec<DataMessage> } = {
  video: input(GpuFrame, { drives: true, description: "the picture; sets the beat" }),
  parameters: input(DataMessage, {
    delivery: "ordered",
    depth: PARAMETERS_DEPTH,
    description: "values of parameters by name, as in { amount: 0.5 }",
  }),
};

/** Declarations of the outputs of all effects. */
export const effectOutputs: { video: OutputSpec<GpuFrame> } = {
  video: output(GpuFrame, { description: "the result" }),
};

/**
 * Runs an effect on every picture: all passes in one recording. Parameters are options, and can be set while it runs,
 * by the control `set` or by input `parameters`. The result has the pixel format of the picture.
 */
export abstract class EffectActor<O extends object> extends Actor<EffectTypes<O>> {
  readonly #runners: Map<GpuPixelFormat, EffectRunner> = new Map();
  readonly #values: Map<string, EffectValue> = new Map();
  #gpu: Gpu | undefined;
  #table: ReturnType<Gpu["buffer"]> | undefined;
  #tableBytes: Uint8Array | undefined;
  #inputFormat: GpuFormat | undefined;
  #format: GpuFormat | undefined;

  /** What it runs. */
  protected abstract readonly effect: Effect;

  /** Names of parameters that are not the user's, with their numbers. */
  protected fixed(): Readonly<Record<string, number>> {
    return {};
  }

  /** What binding 2 of effects with a table reads; undefined for the others. */
  protected table(): Promise<Float32Array | undefined> {
    return Promise.resolve(undefined);
  }

  /** Size of the result. */
  protected sizeFor(from: GpuFormat): { readonly width: number; readonly height: number } {
    return from;
  }

  /** Opens the device and compiles for pictures of 8 bits; for others when they come. */
  override async onStart(): Promise<void> {
    const table = await this.table();
    const gpu = this.#gpu = await openGpu(this as unknown as Actor);
    if (table) {
      this.#tableBytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
      this.#table = gpu.buffer(table.byteLength, "device");
    }
    for (const { name } of this.#parameters()) {
      if (!this.#values.has(name)) this.#values.set(name, (this.options as Record<string, EffectValue>)[name]);
    }
    await this.#runnerFor("rgba8");
  }

  /** Makes one picture of one picture. */
  override async process(): Promise<void> {
    for (const message of this.inputs.parameters) this.#set(message.value);
    const frame = this.#gpu!.keep(this.inputs.video.readLatest());
    if (!frame) return;
    const runner = await this.#runnerFor(frame.format.pixelFormat);
    const work = await this.#gpu!.begin([frame]);
    if (this.#tableBytes && this.#table) {
      await work.upload(this.#table, this.#tableBytes);
      this.#tableBytes = undefined;
    }
    // From here on nothing waits: what is loaned is written and committed in one recording.
    const loan = work.loan(this.outputs.video, this.#formatFor(frame.format));
    if (!loan) return;
    runner.run(work, frame, loan);
    loan.commit(frame.repeated ? {} : { stampFrom: frame });
  }

  /** The parameters as they were set, so that a supervised actor goes on with them. */
  override snapshot(): Record<string, EffectValue> {
    return Object.fromEntries(this.#values);
  }

  /** Takes parameters of an earlier life. */
  override restore(values: unknown): void {
    for (const [name, value] of Object.entries(values as Record<string, EffectValue>)) this.#values.set(name, value);
  }

  /** Closes what was made on the device. */
  override onStop(): Promise<void> | undefined {
    return this.#gpu?.close();
  }

  /**
   * Sets parameters by name: all, or none if one cannot be. The next picture shows them.
   *
   * @throws {StreamError} `option-invalid` naming the parameter, its value, and what would be right.
   */
  @control()
  set(values: Readonly<Record<string, EffectValue>>): Promise<void> {
    this.#set(values);
    return Promise.resolve();
  }

  #parameters(): readonly EffectParameter[] {
    return choosable(this.effect, Object.keys(this.fixed()));
  }

  #set(values: unknown): void {
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      throw this.#refusal("parameters", values, "give values by name, as in { amount: 0.5 }");
    }
    const parameters = this.#parameters();
    const found = Object.entries(values).map(([name, value]) => {
      const parameter = parameters.find((other) => other.name === name);
      const why = parameter
        ? objectionTo(parameter, value)
        : `there is no such parameter; there are ${parameters.map((other) => other.name).join(", ")}`;
      if (!parameter || why !== undefined) throw this.#refusal(`parameter "${name}"`, value, why!);
      return { parameter, value: value as EffectValue };
    });
    for (const { parameter, value } of found) {
      this.#values.set(parameter.name, value);
      for (const runner of this.#runners.values()) runner.set(parameter.name, numbersOf(parameter, value));
    }
  }

  #refusal(what: string, value: unknown, why: string): StreamError {
    return new StreamError(
      "option-invalid",
      `Cannot set ${what} of ${this.label} to ${shown(value)}: ${why}`,
    );
  }

  async #runnerFor(format: GpuPixelFormat): Promise<EffectRunner> {
    const found = this.#runners.get(format);
    if (found) return found;
    const made = await EffectRunner.open(this.#gpu!, this.effect, format, this.#table);
    for (const [name, number] of Object.entries(this.fixed())) made.set(name, [number]);
    for (const parameter of this.#parameters()) {
      made.set(parameter.name, numbersOf(parameter, this.#values.get(parameter.name)!));
    }
    this.#runners.set(format, made);
    return made;
  }

  #formatFor(from: GpuFormat): GpuFormat {
    if (this.#format && this.#inputFormat === from) return this.#format;
    this.#inputFormat = from;
    const { width, height } = this.sizeFor(from);
    const alpha = this.effect.keepsOpaque ? from.alpha : "premultiplied";
    return this.#format = { ...from, width, height, alpha, device: this.#gpu!.device };
  }
}
