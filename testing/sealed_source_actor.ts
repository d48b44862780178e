/** The actor that sends sealed pictures. */
import {
  Actor,
  type ActorSpec,
  type OptionsSchema,
  type Output,
  output,
  registerActor,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { integersOnly } from "./integers_only.ts";
import { seal } from "./seal.ts";

/** Options of {@link SealedSourceActor}. */
export interface SealedSourceOptions {
  /** Pictures that it makes before it finishes, 1 to 2^32 − 1. Default 200. */
  readonly items?: number;
  /** Columns and rows of a picture, 2 to 4096; 4 bytes each. Default 64. */
  readonly edge?: number;
  /** Pictures per second, 1 to 1000. Default 250. */
  readonly fps?: number;
}

/** Ports and options of {@link SealedSourceActor}. */
export interface SealedSourceTypes {
  /** `video`: the sealed pictures. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: SealedSourceOptions;
}

const options: OptionsSchema<Required<SealedSourceOptions>> = integersOnly<SealedSourceOptions>({
  items: { minimum: 1, maximum: 0xffffffff, default: 200, description: "pictures before it finishes" },
  edge: { minimum: 2, maximum: 4096, default: 64, description: "columns and rows of a picture" },
  fps: { minimum: 1, maximum: 1000, default: 250, description: "pictures per second" },
});

/** Sends `rgba8` pictures sealed with 1, 2, 3 … A picture for which readers leave no slot is dropped, its number too. */
@registerActor({ name: "SealedSource", module: import.meta.url })
export class SealedSourceActor extends Actor<SealedSourceTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<SealedSourceTypes> = {
    description: "Sends pictures that show whether they are whole, for tests",
    outputs: { video: output(VideoFrame) },
    options,
    finite: true,
  };

  #format: VideoFormat | undefined;
  #made: number = 0;

  /** Makes the format. */
  override onStart(): void {
    const { edge, fps } = this.options;
    this.#format = videoFormat({ pixelFormat: "rgba8", width: edge, height: edge, rate: fps });
    this.tickAt(fps);
  }

  /** Sends one picture. */
  override process(): void {
    const number = ++this.#made;
    const loan = this.outputs.video.loan(this.#format!);
    if (loan) {
      seal(loan.data, number);
      loan.commit();
    }
    if (number === this.options.items) this.finish();
  }
}
