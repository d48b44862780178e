/** A source of given frames, for tests. */
import {
  Actor,
  type ActorSpec,
  type Output,
  output,
  registerActor,
  type VideoFormat,
  VideoFrame,
} from "@streamlib/core";

/** What a frame is. */
export interface GivenFrame {
  /** Give the same object again for the same format. */
  readonly format: VideoFormat;
  /** Copied when the frame's turn comes. */
  readonly data: Uint8Array;
}

interface FrameTypes {
  outputs: { video: Output<VideoFrame> };
}

/** Gives what `give` returns for 0, 1, 2 …, and ends when that is nothing. Its id says which. */
@registerActor({ name: "GpuTestFrames", module: import.meta.url })
export class FrameSource extends Actor<FrameTypes> {
  /** By id. */
  static readonly gives: Map<string, (index: number) => GivenFrame | undefined> = new Map();
  /** Ports. */
  static readonly spec: ActorSpec<FrameTypes> = {
    description: "Gives frames for tests",
    outputs: { video: output(VideoFrame) },
    finite: true,
  };

  #index = 0;

  /** Gives one frame. */
  override process(): void {
    const given = FrameSource.gives.get(this.id)!(this.#index);
    if (!given) return this.finish();
    const loan = this.outputs.video.loan(given.format);
    if (!loan) return;
    loan.data.set(given.data);
    loan.commit();
    this.#index++;
  }
}

let count = 0;

/** Says what a source of a new id gives. @returns The id. */
export function giving(give: (index: number) => GivenFrame | undefined): string {
  const id = `frames-${count++}`;
  FrameSource.gives.set(id, give);
  return id;
}
