/** The actor that clips sound softly. */
import {
  Actor,
  type ActorSpec,
  AudioBuffer,
  type Input,
  input,
  optionsFrom,
  type Output,
  output,
  registerActor,
} from "@streamlib/core";
import { z } from "zod";
import { type LibraryFunctions, openLibrary } from "./soft_clip_library.ts";

/** Options of {@link SoftClipActor}. */
export interface SoftClipOptions {
  /** What samples are multiplied by before they are clipped, 0 to 100. Default 1. */
  readonly drive?: number;
}

/** Ports and options of {@link SoftClipActor}. */
export interface SoftClipTypes {
  /** `audio`: the sound. */
  inputs: { audio: Input<AudioBuffer> };
  /** `audio`: the same, never louder than 1. */
  outputs: { audio: Output<AudioBuffer> };
  /** As given by the user. */
  options: SoftClipOptions;
}

const drive = z.number().min(0).max(100);

/** Bends samples so that none is above 1 or below -1: y = d·x / (1 + |d·x|). Native code does it, in every place. */
@registerActor({ name: "SoftClip", module: import.meta.url })
export class SoftClipActor extends Actor<SoftClipTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<SoftClipTypes> = {
    description: "Clips sound softly",
    positional: "drive",
    inputs: { audio: input(AudioBuffer, { description: "the sound" }) },
    outputs: { audio: output(AudioBuffer, { description: "the same, never louder than 1" }) },
    options: optionsFrom(z.strictObject({ drive: drive.default(1).describe("multiplies samples before") })),
  };

  #native: LibraryFunctions | undefined;

  /** Opens the library. */
  override onStart(): void {
    this.#native = openLibrary();
  }

  /** Clips every block that has come. */
  override process(): void {
    for (const block of this.inputs.audio) {
      const out = this.outputs.audio.loan(block.format);
      if (!out) return; // Readers hold every slot: this block is given up, and counted.
      const samples = out.samples.subarray(0, block.samples.length);
      samples.set(block.samples);
      this.#native!.soft_clip_apply(samples, samples.length, this.options.drive);
      out.commit({ stampFrom: block, frames: block.frames });
    }
  }
}
