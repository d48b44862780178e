/** A package with an actor for whose input nobody has items, and one that gives nothing. */
import {
  Actor,
  type ActorSpec,
  DataMessage,
  type Input,
  input,
  type Output,
  output,
  registerActor,
  VideoFrame,
} from "@streamlib/core";

interface PartsTypes {
  inputs: { data: Input<DataMessage> };
}

/** Takes data. */
@registerActor({ name: "PartsData", module: import.meta.url })
export class PartsDataActor extends Actor<PartsTypes> {
  static readonly spec: ActorSpec<PartsTypes> = {
    description: "Takes data",
    inputs: { data: input(DataMessage, { description: "data" }) },
  };

  override process(): void {}
}

interface SilentTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
}

/** Takes pictures. */
@registerActor({ name: "PartsSilent", module: import.meta.url })
export class PartsSilentActor extends Actor<SilentTypes> {
  static readonly spec: ActorSpec<SilentTypes> = {
    description: "Takes pictures and gives none",
    inputs: { video: input(VideoFrame, { description: "pictures" }) },
    outputs: { video: output(VideoFrame, { description: "nothing" }) },
  };

  override process(): void {
    this.inputs.video.readLatest();
  }
}
