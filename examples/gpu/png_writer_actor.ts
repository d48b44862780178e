/** An actor that keeps the newest picture in a file. */
import { Actor, type ActorSpec, type Input, input, optionsFrom, registerActor, VideoFrame } from "@streamlib/core";
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { encodePng } from "@streamlib/video";

interface PngWriterTypes {
  inputs: { video: Input<VideoFrame> };
  options: { path: string };
}

@registerActor({ name: "PngWriter", module: import.meta.url })
export class PngWriterActor extends Actor<PngWriterTypes> {
  static readonly spec: ActorSpec<PngWriterTypes> = {
    description: "Writes the newest picture into a file",
    inputs: { video: input(VideoFrame) },
    options: optionsFrom(z.strictObject({ path: z.string().describe("path of the file") })),
  };
  #last: VideoFrame | undefined;

  override process(): void {
    this.#last = this.inputs.video.readLatest()?.copy();
  }

  override async onStop(): Promise<void> {
    if (this.#last) writeFileSync(this.options.path, await encodePng(this.#last, { level: 9 }));
  }
}
