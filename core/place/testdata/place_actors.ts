/** Actors that tests put into other places: their options are plain, what they have seen is asked by controls. */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { Actor } from "../../actor/actor.ts";
import { control } from "../../actor/control.ts";
import { registerActor } from "../../actor/register_actor.ts";
import type { ActorSpec } from "../../actor/spec.ts";
import { VideoFrame } from "../../message/video_frame.ts";
import { DataMessage } from "../../message/value_message.ts";
import { type VideoFormat, videoFormat } from "../../message/video_format.ts";
import type { OptionsSchema } from "../../options.ts";
import type { Family } from "../../port/family.ts";
import type { Input } from "../../port/input.ts";
import type { Output } from "../../port/output.ts";
import { input, inputFamily, output } from "../../port/spec.ts";
import type { TimedTick } from "../../time/clock.ts";
import { taiOf } from "../../time/now.ts";
import { FORMAT, put, valueOf } from "../../testdata/actors.ts";
import { computeForLong } from "../../testdata/compute_for_long.ts";

function defaults<O extends object>(values: Required<O>): OptionsSchema<Required<O>> {
  return {
    validate: (given) => ({ value: { ...values, ...given as O } }),
    toJSONSchema: () => ({ type: "object" }),
  };
}

/** Where a body lives. */
export interface Where {
  readonly pid: number;
  readonly threadId: number;
}

interface CounterTypes {
  outputs: { video: Output<VideoFrame>; data: Output<DataMessage> };
  options: {
    count?: number;
    fps?: number;
    width?: number;
    height?: number;
    wideAfter?: number;
    freeRun?: boolean;
    failAt?: number;
  };
}

/** Frames 1, 2, 3 …, one per tick; ends after `count` of them. */
@registerActor({ name: "PlaceCounter", module: import.meta.url })
export class CounterActor extends Actor<CounterTypes> {
  static readonly spec: ActorSpec<CounterTypes> = {
    description: "Counts",
    outputs: { video: output(VideoFrame), data: output(DataMessage) },
    options: defaults<CounterTypes["options"]>({
      count: 0,
      fps: 100,
      width: 16,
      height: 2,
      wideAfter: 0,
      freeRun: false,
      failAt: 0,
    }),
    finite: true,
  };
  #made = 0;
  #format: VideoFormat = FORMAT;

  override onStart(): void {
    this.tickAt(this.options.fps);
    const { width, height } = this.options;
    this.#format = videoFormat({ pixelFormat: "rgba8", width, height, rate: 60 });
  }

  override process(_tick: TimedTick): void {
    const { count, wideAfter, failAt } = this.options;
    const value = ++this.#made;
    if (value === failAt) throw new Error(`Cannot make frame ${value}: told to fail`);
    if (wideAfter > 0 && value > wideAfter) {
      put(this.outputs.video, value, videoFormat({ pixelFormat: "rgba8", width: 64, height: 2, rate: 60 }));
    } else put(this.outputs.video, value, this.#format);
    this.outputs.data.send({ value });
    if (value === count) this.finish();
  }

  /** What a later life begins with. */
  override snapshot(): number {
    return this.#made;
  }

  override restore(state: unknown): void {
    this.#made = state as number;
  }

  /** What TAI is there at a monotonic time. */
  @control()
  taiAt(monotonicNs: bigint): Promise<bigint> {
    return Promise.resolve(taiOf(monotonicNs));
  }

  /** Where the body lives. */
  @control()
  where(): Promise<Where> {
    return Promise.resolve({ pid: process.pid, threadId });
  }
}

interface AddTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
  options: {
    by?: number;
    workMs?: number;
    failAt?: number;
    hangAt?: number;
    hangInStop?: boolean;
    crashAt?: number;
    copies?: boolean;
  };
}

/** Passes frames on with `by` added. */
@registerActor({ name: "PlaceAdd", module: import.meta.url })
export class AddActor extends Actor<AddTypes> {
  static readonly spec: ActorSpec<AddTypes> = {
    description: "Adds",
    inputs: { video: input(VideoFrame) },
    outputs: { video: output(VideoFrame) },
    options: defaults<AddTypes["options"]>({
      by: 1000,
      workMs: 0,
      failAt: 0,
      hangAt: 0,
      hangInStop: false,
      crashAt: 0,
      copies: false,
    }),
  };
  #by = 0;

  override onStart(): void {
    this.#by = this.options.by;
  }

  override process(_tick: TimedTick): void {
    const frame = this.inputs.video.readLatest();
    if (!frame || frame.repeated) return;
    const value = valueOf(frame);
    const { failAt, hangAt, crashAt, workMs, copies } = this.options;
    if (copies) frame.copy();
    if (failAt > 0 && value >= failAt) throw new Error(`Cannot add to frame ${value}: told to fail`);
    if (crashAt > 0 && value >= crashAt) process.kill(process.pid, "SIGKILL");
    if (hangAt > 0 && value >= hangAt) computeForLong();
    for (const endMs = performance.now() + workMs; performance.now() < endMs;);
    const out = this.outputs.video.loan(frame.format);
    if (!out) return;
    new Uint32Array(out.data.buffer, out.data.byteOffset, out.data.length >> 2).fill(value + this.#by);
    out.commit({ stampFrom: frame });
    this.count("added");
  }

  override async onStop(): Promise<void> {
    if (this.options.hangInStop) await sleep(600_000, undefined, { ref: false });
  }

  /** Adds another number from now on. @returns What it was. */
  @control()
  setBy(given: { by: number }): Promise<number> {
    if (!Number.isInteger(given.by)) throw new RangeError(`Cannot add ${given.by}: an integer is right`);
    const before = this.#by;
    this.#by = given.by;
    return Promise.resolve(before);
  }

  /** Gives what no place can send. */
  @control()
  giveFunction(): Promise<unknown> {
    return Promise.resolve(() => {});
  }

  /** Prints. */
  @control()
  say(given: { text: string }): Promise<void> {
    console.log(given.text);
    console.error(`${given.text} on stderr`);
    return Promise.resolve();
  }

  /** Where the body lives. */
  @control()
  where(): Promise<Where> {
    return Promise.resolve({ pid: process.pid, threadId });
  }
}

/** What a collector has seen. */
export interface Seen {
  readonly values: readonly number[];
  readonly missed: number;
  readonly instants: readonly bigint[];
  readonly ticks: readonly number[];
  /** Frame numbers of what was seen. */
  readonly frames: readonly number[];
}

interface CollectTypes {
  inputs: { video: Input<VideoFrame>; data: Input<DataMessage>; more: Family<VideoFrame> };
  options: { workMs?: number };
}

/** Reads every frame in order, and tells what it has seen. */
@registerActor({ name: "PlaceCollect", module: import.meta.url })
export class CollectActor extends Actor<CollectTypes> {
  static readonly spec: ActorSpec<CollectTypes> = {
    description: "Collects",
    inputs: {
      video: input(VideoFrame, { delivery: "ordered", depth: 32 }),
      data: input(DataMessage),
      more: inputFamily(VideoFrame, { max: 4, delivery: "ordered", depth: 32 }),
    },
    options: defaults<CollectTypes["options"]>({ workMs: 0 }),
    ends: "never",
  };
  readonly #values: number[] = [];
  readonly #instants: bigint[] = [];
  readonly #ticks: number[] = [];
  readonly #frames: number[] = [];
  #missed = 0;

  override process(tick: TimedTick): void {
    for (const endMs = performance.now() + this.options.workMs; performance.now() < endMs;);
    this.#ticks.push(tick.frameNumber);
    for (const port of [this.inputs.video, ...this.inputs.more]) {
      for (const frame of port) {
        this.#missed += frame.missed;
        this.#values.push(valueOf(frame));
        this.#instants.push(frame.timestampNs);
        this.#frames.push(frame.frameNumber);
      }
    }
  }

  /** Where the body lives. */
  @control()
  where(): Promise<Where> {
    return Promise.resolve({ pid: process.pid, threadId });
  }

  /** What was seen so far. */
  @control()
  seen(): Promise<Seen> {
    return Promise.resolve({
      values: this.#values,
      missed: this.#missed,
      instants: this.#instants,
      ticks: this.#ticks,
      frames: this.#frames,
    });
  }
}

interface ParentTypes {
  options: { children?: number };
}

/** Spawns children in its place. */
@registerActor({ name: "PlaceParent", module: import.meta.url })
export class ParentActor extends Actor<ParentTypes> {
  static readonly spec: ActorSpec<ParentTypes> = {
    description: "Has children",
    options: defaults<ParentTypes["options"]>({ children: 2 }),
    rate: 100,
  };

  override onStart(): void {
    for (let i = 0; i < this.options.children; i++) this.spawn(CounterActor, { id: `${this.id}-child-${i}` });
  }

  override process(): void {}
}

interface PairTypes {
  inputs: { first: Input<VideoFrame>; second: Input<VideoFrame> };
}

/** Reads two inputs of one source, and tells which frames it got together. */
@registerActor({ name: "PlacePair", module: import.meta.url })
export class PairActor extends Actor<PairTypes> {
  static readonly spec: ActorSpec<PairTypes> = {
    description: "Pairs",
    inputs: { first: input(VideoFrame), second: input(VideoFrame) },
    ends: "never",
  };
  readonly #pairs: [number, number][] = [];

  override process(): void {
    const [first, second] = [this.inputs.first.readLatest(), this.inputs.second.readLatest()];
    if (first && second) this.#pairs.push([valueOf(first), valueOf(second)]);
  }

  /** The pairs so far. */
  @control()
  pairs(): Promise<readonly (readonly [number, number])[]> {
    return Promise.resolve(this.#pairs);
  }
}
