/** Actors for tests of feeds: what they have seen is asked by controls, so that they can live anywhere. */
import { Actor } from "../../actor/actor.ts";
import { control } from "../../actor/control.ts";
import { registerActor } from "../../actor/register_actor.ts";
import type { ActorSpec, NoPorts } from "../../actor/spec.ts";
import { messageOf } from "../../errors.ts";
import { type VideoFormat, videoFormat } from "../../message/video_format.ts";
import { VideoFrame } from "../../message/video_frame.ts";
import type { OptionsSchema } from "../../options.ts";
import { put, valueOf } from "../../testdata/actors.ts";
import type { Feed } from "../feed.ts";
import type { Input } from "../input.ts";
import type { Output } from "../output.ts";
import { input, output } from "../spec.ts";
import { NativeWriter } from "./native_writer.ts";

function defaults<O extends object>(values: Required<O>): OptionsSchema<Required<O>> {
  return {
    validate: (given) => ({ value: { ...values, ...given as O } }),
    toJSONSchema: () => ({ type: "object" }),
  };
}

/** Small frames of one width. */
export function fedFormat(width: number): VideoFormat {
  return videoFormat({ pixelFormat: "rgba8", width, height: 2, rate: 60 });
}

/** How a {@linkcode FedActor} stands. */
export interface FedState {
  /** Rings that the thread was given. */
  readonly rings: number;
  /** Times that the thread found no slot. */
  readonly full: number;
  readonly isOpen: boolean;
}

interface FedTypes {
  outputs: { video: Output<VideoFrame> };
  options: { limit?: number; refuseAt?: number };
}

/** Its frames come from another thread. */
@registerActor({ name: "TestFed", module: import.meta.url })
export class FedActor extends Actor<FedTypes> {
  static readonly spec: ActorSpec<FedTypes> = {
    description: "A fed source for tests",
    outputs: { video: output(VideoFrame) },
    options: defaults<FedTypes["options"]>({ limit: 0, refuseAt: 0 }),
  };
  #writer!: NativeWriter;
  #feed!: Feed<VideoFormat>;
  #rings = 0;

  override async onStart(): Promise<void> {
    const writer = this.#writer = await NativeWriter.start(this.options.limit);
    this.#feed = this.outputs.video.feed(fedFormat(16), {
      onRing: (ring) => {
        if (++this.#rings === this.options.refuseAt) throw new Error("told to refuse");
        writer.move(ring);
      },
      onClose: () => writer.stop(),
    });
  }

  override process(): void {}

  /** How things stand. */
  @control()
  fedState(): Promise<FedState> {
    return Promise.resolve({ rings: this.#rings, full: this.#writer.full, isOpen: this.#feed.isOpen });
  }

  /** Lets the thread write until frame `limit`. */
  @control()
  allow(given: { limit: number }): Promise<void> {
    this.#writer.allow(given.limit);
    return Promise.resolve();
  }

  /** Frames of another width from now on. Gives how many rings there were. */
  @control()
  widen(given: { width: number }): Promise<number> {
    this.#feed.format = fedFormat(given.width);
    return Promise.resolve(this.#rings);
  }

  /** Ends the feed and puts a frame by itself. */
  @control()
  takeOver(given: { value: number }): Promise<boolean> {
    this.#feed.close();
    this.#feed.close();
    return Promise.resolve(put(this.outputs.video, given.value));
  }

  /** What `loan()`, `send()` and `feed()` say. */
  @control()
  refusals(): Promise<string[]> {
    const { video } = this.outputs;
    const tries = [
      () => video.loan(fedFormat(16)),
      () => video.send({} as never),
      () => video.feed(fedFormat(16), { onRing: () => {} }),
    ];
    return Promise.resolve(tries.map((one) => {
      try {
        return `no error but ${one()}`;
      } catch (thrown) {
        return messageOf(thrown);
      }
    }));
  }

  /** Ends the output, though the actor goes on. */
  @control()
  finishVideo(): Promise<void> {
    this.outputs.video.finish();
    return Promise.resolve();
  }
}

/** What a reader has seen. */
export interface SeenFrames {
  readonly values: readonly number[];
  /** Number of each item in its ring. */
  readonly sequences: readonly number[];
  readonly widths: readonly number[];
  /** Items lost before each. */
  readonly missed: readonly number[];
}

interface DeepTypes {
  inputs: { video: Input<VideoFrame> };
  options: NoPorts;
}

/** Reads every frame, and may fall 200 behind. */
@registerActor({ name: "TestDeepSink", module: import.meta.url })
export class DeepSink extends Actor<DeepTypes> {
  static readonly spec: ActorSpec<DeepTypes> = {
    description: "A deep reader for tests",
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 200 }) },
    options: defaults<NoPorts>({}),
    ends: "never",
  };
  readonly #values: number[] = [];
  readonly #sequences: number[] = [];
  readonly #widths: number[] = [];
  readonly #missed: number[] = [];

  override process(): void {
    for (const frame of this.inputs.video) {
      this.#values.push(valueOf(frame));
      this.#sequences.push(frame.sequence);
      this.#widths.push(frame.format.width);
      this.#missed.push(frame.missed);
      frame.release();
    }
  }

  /** What it has seen. */
  @control()
  seen(): Promise<SeenFrames> {
    return Promise.resolve({
      values: this.#values,
      sequences: this.#sequences,
      widths: this.#widths,
      missed: this.#missed,
    });
  }
}
