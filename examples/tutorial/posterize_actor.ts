/** The actor that leaves a few levels of each colour. */
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

/** Options of {@link PosterizeActor}. */
export interface PosterizeOptions {
  /** Levels of each colour, 2 to 256. Default 4. */
  readonly levels?: number;
}

/** Ports and options of {@link PosterizeActor}. */
export interface PosterizeTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
  options: PosterizeOptions;
}

const levels = z.int().min(2).max(256);

/** Leaves a few levels of red, green and blue. Takes `rgba8` and `bgra8`; alpha stays as it is. */
@registerActor({ name: "Posterize", module: import.meta.url })
export class PosterizeActor extends Actor<PosterizeTypes> {
  static readonly spec: ActorSpec<PosterizeTypes> = {
    description: "Leaves a few levels of each colour",
    positional: "levels",
    inputs: { video: input(VideoFrame, { description: "rgba8 or bgra8" }) },
    outputs: { video: output(VideoFrame, { description: "the same with fewer colours" }) },
    options: optionsFrom(z.strictObject({ levels: levels.default(4).describe("levels of each colour") })),
  };

  /** For each value the one of its level. */
  readonly #table: Uint8Array = new Uint8Array(256);

  /** Begins with the levels of the options. */
  override onStart(): void {
    this.#fill(this.options.levels);
  }

  /** Changes the levels from the next picture on. */
  @control()
  setLevels(argument: { levels: number }): Promise<void> {
    this.#fill(levels.parse(argument.levels));
    return Promise.resolve();
  }

  /** Takes the newest picture and gives it with fewer colours. */
  override process(): void {
    const frame = this.inputs.video.readLatest();
    if (!frame) return;
    const { pixelFormat } = frame.format;
    if (pixelFormat !== "rgba8" && pixelFormat !== "bgra8") {
      throw new StreamError("format-invalid", `Cannot posterize ${pixelFormat}: rgba8 and bgra8 are right`);
    }
    const out = this.outputs.video.loan(frame.format);
    if (!out) return; // Readers hold every slot: this picture is given up, and counted.
    const source = frame.data;
    const target = out.data;
    const table = this.#table;
    for (let at = 0; at < source.length; at += 4) {
      target[at] = table[source[at]];
      target[at + 1] = table[source[at + 1]];
      target[at + 2] = table[source[at + 2]];
      target[at + 3] = source[at + 3];
    }
    out.commit({ stampFrom: frame });
  }

  #fill(count: number): void {
    const step = 255 / (count - 1);
    for (let value = 0; value < 256; value++) this.#table[value] = Math.round(Math.round(value / step) * step);
  }
}
