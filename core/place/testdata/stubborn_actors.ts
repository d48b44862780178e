/** Actors that do what none should, for tests of faults. */
import process from "node:process";
import { Actor } from "../../actor/actor.ts";
import { control } from "../../actor/control.ts";
import { registerActor } from "../../actor/register_actor.ts";
import type { ActorSpec } from "../../actor/spec.ts";
import { VideoFrame } from "../../message/video_frame.ts";
import { videoFormat } from "../../message/video_format.ts";
import type { OptionsSchema } from "../../options.ts";
import type { Input } from "../../port/input.ts";
import type { Output } from "../../port/output.ts";
import { input, output } from "../../port/spec.ts";
import { put, valueOf } from "../../testdata/actors.ts";
import { computeForLong } from "../../testdata/compute_for_long.ts";

function defaults<O extends object>(values: Required<O>): OptionsSchema<Required<O>> {
  return {
    validate: (given) => ({ value: { ...values, ...given as O } }),
    toJSONSchema: () => ({ type: "object" }),
  };
}

interface KeeperTypes {
  inputs: { video: Input<VideoFrame> };
  options: { stopsAt?: number };
}

/** Keeps every frame that it reads, for ever; or stops its process at a frame, as Ctrl-Z does. */
@registerActor({ name: "PlaceKeeper", module: import.meta.url })
export class KeeperActor extends Actor<KeeperTypes> {
  static readonly spec: ActorSpec<KeeperTypes> = {
    description: "Never gives a frame back",
    inputs: { video: input(VideoFrame) },
    options: defaults<KeeperTypes["options"]>({ stopsAt: 0 }),
  };
  readonly #kept: VideoFrame[] = [];

  override process(): void {
    const frame = this.inputs.video.readLatest();
    if (!frame || frame.repeated) return;
    const { stopsAt } = this.options;
    if (stopsAt > 0) {
      // In the middle of this call, with the frame pinned.
      if (valueOf(frame) >= stopsAt) process.kill(process.pid, "SIGSTOP");
      return;
    }
    frame.retain();
    this.#kept.push(frame);
    this.count("kept");
  }

  /** Its process. */
  @control()
  pid(): Promise<number> {
    return Promise.resolve(process.pid);
  }

  /** Whether what it keeps is still whole. */
  @control()
  values(): Promise<readonly number[]> {
    return Promise.resolve(this.#kept.map((frame) => valueOf(frame)));
  }

  /** Blocks the place's event loop for longer than anybody waits. */
  @control()
  hang(): Promise<void> {
    return computeForLong();
  }

  /** Ends the place before it has answered. */
  @control()
  exit(): Promise<void> {
    process.exit(7);
  }

  /** Never answers. */
  @control()
  forget(): Promise<void> {
    return new Promise(() => {});
  }
}

interface GiantTypes {
  outputs: { video: Output<VideoFrame> };
  options: { side?: number };
}

/** Wants frames that no machine has room for. */
@registerActor({ name: "PlaceGiant", module: import.meta.url })
export class GiantActor extends Actor<GiantTypes> {
  static readonly spec: ActorSpec<GiantTypes> = {
    description: "Wants too much memory",
    outputs: { video: output(VideoFrame, { slots: 32 }) },
    options: defaults<GiantTypes["options"]>({ side: 16_384 }),
    rate: 100,
  };

  override process(): void {
    const { side } = this.options;
    put(this.outputs.video, 1, videoFormat({ pixelFormat: "rgba8", width: side, height: side, rate: 60 }));
  }
}

interface LeaverTypes {
  options: { when?: "onStart" | "onStop" | "process" };
}

/** Ends its place at a moment of its life. */
@registerActor({ name: "PlaceLeaver", module: import.meta.url })
export class LeaverActor extends Actor<LeaverTypes> {
  static readonly spec: ActorSpec<LeaverTypes> = {
    description: "Ends its place",
    options: defaults<LeaverTypes["options"]>({ when: "onStart" }),
    rate: 100,
  };

  override onStart(): void {
    if (this.options.when === "onStart") process.exit(7);
  }

  override process(): void {
    if (this.options.when === "process") process.exit(7);
  }

  override onStop(): void {
    if (this.options.when === "onStop") process.exit(7);
  }
}

/** Takes any option. */
@registerActor({ name: "PlaceAnything", module: import.meta.url })
export class AnythingActor extends Actor<{ options: { value?: unknown } }> {
  static readonly spec: ActorSpec<{ options: { value?: unknown } }> = {
    description: "Takes any option",
    options: defaults<{ value?: unknown }>({ value: 0 }),
  };

  override process(): void {}
}
