/**
 * A sink that says on standard output when its first frame has come.
 *
 * @module
 */
import process from "node:process";
import { Actor, type ActorSpec, type Input, input, registerActor, VideoFrame } from "@streamlib/core";

/** What is printed. */
export const FIRST_FRAME = "the first frame is here";

interface Types {
  inputs: { video: Input<VideoFrame> };
}

/** Reads every frame. */
@registerActor({ name: "FirstFrame", module: import.meta.url })
export class FirstFrameActor extends Actor<Types> {
  static readonly spec: ActorSpec<Types> = {
    description: "Says when its first frame has come",
    inputs: { video: input(VideoFrame) },
  };
  #isSaid = false;

  override process(): void {
    this.inputs.video.readLatest();
    if (!this.#isSaid) process.stdout.write(`${FIRST_FRAME}\n`);
    this.#isSaid = true;
  }
}
