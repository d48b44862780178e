/** The actor that never lets go. */
import { Actor, type ActorSpec, type Input, input, type Message, registerActor, VideoFrame } from "@streamlib/core";

/** Ports of {@link HoarderActor}. */
export interface HoarderTypes {
  /** `video`: what it keeps. */
  inputs: { video: Input<VideoFrame> };
}

/** Keeps every picture that it gets until no slot is left, against what it has declared: the worst reader there is. */
@registerActor({ name: "ConformHoarder", module: import.meta.url })
export class HoarderActor extends Actor<HoarderTypes> {
  /** Ports, readable without an instance. */
  static readonly spec: ActorSpec<HoarderTypes> = {
    description: "Never lets a picture go, for tests",
    inputs: { video: input(VideoFrame, { description: "what it keeps" }) },
  };

  readonly #kept: Message[] = [];

  /** Keeps the newest. */
  override process(): void {
    const frame = this.inputs.video.readLatest();
    if (frame && !frame.repeated) this.#kept.push(frame.retain());
  }

  /** Lets all go. */
  override onStop(): void {
    for (const frame of this.#kept) frame.release();
  }
}
