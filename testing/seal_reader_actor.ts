/** The actor that looks whether sealed pictures are whole. */
import {
  Actor,
  type ActorSpec,
  type Input,
  input,
  type OptionsSchema,
  registerActor,
  VideoFrame,
} from "@streamlib/core";
import { setTimeout } from "node:timers/promises";
import { integersOnly } from "./integers_only.ts";
import { readSeal } from "./seal.ts";

/** Options of {@link SealReaderActor}. */
export interface SealReaderOptions {
  /** Holds every so manieth picture, and looks again when it lets go; 0 holds none. Default 0. */
  readonly holdEvery?: number;
  /** How long it holds one, ms, 0 to 10000. Default 20. */
  readonly holdMs?: number;
}

/** Ports and options of {@link SealReaderActor}. */
export interface SealReaderTypes {
  /** The same pictures read in two ways; link one of them. */
  inputs: { latest: Input<VideoFrame>; ordered: Input<VideoFrame> };
  /** As given by the user. */
  options: SealReaderOptions;
}

const options: OptionsSchema<Required<SealReaderOptions>> = integersOnly<SealReaderOptions>({
  holdEvery: { minimum: 0, maximum: 1_000_000, default: 0, description: "holds every so manieth picture; 0 none" },
  holdMs: { minimum: 0, maximum: 10_000, default: 20, description: "how long it holds one" },
});

/**
 * Reads pictures of a `SealedSource` and counts, in `stats.counters`: `read`; `torn` pictures of which a byte is not of
 * their seal; `outOfOrder` ones whose number is not above that of the one before; and read in order `unaccounted` ones,
 * before which items are gone that were not counted as missed. It runs in any place.
 */
@registerActor({ name: "SealReader", module: import.meta.url })
export class SealReaderActor extends Actor<SealReaderTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<SealReaderTypes> = {
    description: "Looks whether sealed pictures are whole and in order, for tests",
    inputs: {
      latest: input(VideoFrame),
      ordered: input(VideoFrame, { delivery: "ordered", depth: 8 }),
    },
    options,
  };

  #read: number = 0;
  #number: number = 0;
  #sequence: number | undefined;

  /** Looks at what has come. */
  override async process(): Promise<void> {
    const latest = this.inputs.latest.readLatest();
    if (latest && !latest.repeated) await this.#look(latest);
    for (const frame of this.inputs.ordered) {
      if (this.#sequence !== undefined && frame.sequence !== this.#sequence + 1 + frame.missed) {
        this.count("unaccounted");
      }
      await this.#look(frame);
    }
  }

  async #look(frame: VideoFrame): Promise<void> {
    const { holdEvery, holdMs } = this.options;
    const number = readSeal(frame.data);
    this.count("read");
    let isTorn = number === undefined;
    if (holdEvery > 0 && ++this.#read % holdEvery === 0) {
      await setTimeout(holdMs);
      isTorn ||= readSeal(frame.data) !== number;
    }
    if (isTorn) this.count("torn");
    if (number !== undefined && number <= this.#number) this.count("outOfOrder");
    this.#number = number ?? this.#number;
    this.#sequence = frame.sequence;
    frame.release();
  }
}
