/** An actor that keeps the newest picture in a file. */
import { Actor, type ActorSpec, type Input, input, optionsFrom, registerActor, VideoFrame } from "@streamlib/core";
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { encodePng } from "./png.ts";

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

  override onStop(): void {
    if (!this.#last) return;
    const { width, height, alpha } = this.#last.format;
    writeFileSync(this.options.path, encodePng(this.#last.data, width, height, alpha !== "opaque"));
  }
}
