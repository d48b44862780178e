/** Counts pictures, and kills its process at every fiftieth of a life. What it has counted outlives it. */
import process from "node:process";
import { Actor, type ActorSpec, DataMessage, type Input, input, type Output } from "@streamlib/core";
import { output, registerActor, VideoFrame } from "@streamlib/core";

interface FlakyTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { count: Output<DataMessage> };
}

@registerActor({ name: "Flaky", module: import.meta.url })
export class FlakyActor extends Actor<FlakyTypes> {
  static readonly spec: ActorSpec<FlakyTypes> = {
    description: "Counts pictures until it crashes",
    inputs: { video: input(VideoFrame) },
    outputs: { count: output(DataMessage) },
  };
  #counted = 0;
  #ofThisLife = 0;

  override process(): void {
    if (!this.inputs.video.read()) return;
    if (++this.#ofThisLife === 50) process.kill(process.pid, "SIGKILL");
    this.outputs.count.send(++this.#counted);
  }

  override snapshot(): number {
    return this.#counted;
  }

  override restore(state: unknown): void {
    this.#counted = state as number;
  }
}
