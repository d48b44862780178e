/** The actor that makes pictures darker. */
import {
  Actor,
  type ActorSpec,
  control,
  type Input,
  input,
  optionsFrom,
  type Output,
  output,
  registerActor,
  StreamError,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";

/** Options of {@link DimActor}. */
export interface DimOptions {
  /** Brightness of the result, 0 (black) to 1 (as it was). Default 0.5. */
  readonly level?: number;
}

/** Ports and options of {@link DimActor}. */
export interface DimTypes {
  /** `video`: the pictures. */
  inputs: { video: Input<VideoFrame> };
  /** `video`: the same, darker. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: DimOptions;
}

const level = z.number().min(0).max(1);

/** Multiplies red, green and blue of each picture by a level. Takes `rgba8` and `bgra8`; alpha stays as it is. */
@registerActor({ name: "Dim", module: import.meta.url })
export class DimActor extends Actor<DimTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<DimTypes> = {
    description: "Makes pictures darker",
    positional: "level",
    inputs: { video: input(VideoFrame, { description: "rgba8 or bgra8" }) },
    outputs: { video: output(VideoFrame, { description: "the same, darker" }) },
    options: optionsFrom(z.strictObject({ level: level.default(0.5).describe("brightness of the result") })),
  };

  #level: number = 0;

  /** Begins with the level of the options. */
  override onStart(): void {
    this.#level = this.options.level;
  }

  /** Changes the level from the next picture on. */
  @control()
  setLevel(argument: { level: number }): Promise<void> {
    this.#level = level.parse(argument.level);
    return Promise.resolve();
  }

  /** Darkens the newest picture. */
  override process(): void {
    const frame = this.inputs.video.readLatest();
    if (!frame) return;
    const { pixelFormat } = frame.format;
    if (pixelFormat !== "rgba8" && pixelFormat !== "bgra8") {
      throw new StreamError("format-invalid", `Cannot darken ${pixelFormat}: rgba8 and bgra8 are right`);
    }
    const out = this.outputs.video.loan(frame.format);
    if (!out) return; // Readers hold every slot: this picture is given up, and counted.
    const source = frame.data;
    const target = out.data;
    for (let at = 0; at < source.length; at += 4) {
      target[at] = source[at] * this.#level;
      target[at + 1] = source[at + 1] * this.#level;
      target[at + 2] = source[at + 2] * this.#level;
      target[at + 3] = source[at + 3];
    }
    out.commit({ stampFrom: frame });
  }
}
