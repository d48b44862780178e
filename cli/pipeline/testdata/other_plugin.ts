/** A plugin that nobody has imported yet. */
import { Actor, type ActorSpec, type Output, output, registerActor, VideoFrame } from "@streamlib/core";

interface OtherTypes {
  outputs: { video: Output<VideoFrame> };
}

/** An actor of the plugin. */
@registerActor({ name: "PipeOther", module: import.meta.url })
export class PipeOtherActor extends Actor<OtherTypes> {
  static readonly spec: ActorSpec<OtherTypes> = {
    description: "A source of another plugin",
    outputs: { video: output(VideoFrame) },
  };

  override process(): void {}
}
