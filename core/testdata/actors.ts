/** Actors for tests: what their bodies do is given as functions. */
import { Actor } from "../actor/actor.ts";
import { control } from "../actor/control.ts";
import { registerActor } from "../actor/register_actor.ts";
import type { ActorSpec } from "../actor/spec.ts";
import { AudioBuffer } from "../message/audio_buffer.ts";
import { DataMessage, KeyEvent } from "../message/value_message.ts";
import { VideoFrame } from "../message/video_frame.ts";
import { type VideoFormat, videoFormat } from "../message/video_format.ts";
import type { OptionsSchema } from "../options.ts";
import type { Family } from "../port/family.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { input, inputFamily, output } from "../port/spec.ts";
import type { TimedTick } from "../time/clock.ts";
import type { Rate } from "../time/rate.ts";

/** Small frames: 32 words. */
export const FORMAT: VideoFormat = videoFormat({ pixelFormat: "rgba8", width: 16, height: 2, rate: 60 });
/** Frames of another size. */
export const WIDE: VideoFormat = videoFormat({ pixelFormat: "rgba8", width: 32, height: 2, rate: 60 });

/** What a body does. `this` is not used: the body comes as the first argument. */
export interface Script<B> {
  onStart?: (body: B) => void | Promise<void>;
  process?: (body: B, tick: TimedTick) => void | Promise<void>;
  onStop?: (body: B) => void | Promise<void>;
}

function anything<O extends object>(defaults: Required<O>): OptionsSchema<Required<O>> {
  return {
    validate: (given) => ({ value: { ...defaults, ...given as O } }),
    toJSONSchema: () => ({ type: "object" }),
  };
}

const IDLE: Required<Script<unknown>> = { onStart: () => {}, process: () => {}, onStop: () => {} };

interface SourceTypes {
  outputs: { video: Output<VideoFrame>; sound: Output<AudioBuffer>; data: Output<DataMessage>; keys: Output<KeyEvent> };
  options: Script<SourceActor>;
}

/** No inputs, every kind of output. Its name is none of `@streamlib/testing`: tests of both may share a process. */
@registerActor({ name: "TestScript", module: import.meta.url })
export class SourceActor extends Actor<SourceTypes> {
  static readonly spec: ActorSpec<SourceTypes> = {
    description: "A source for tests",
    outputs: {
      video: output(VideoFrame),
      sound: output(AudioBuffer),
      data: output(DataMessage),
      keys: output(KeyEvent),
    },
    options: anything<Script<SourceActor>>(IDLE),
  };

  override onStart(): void | Promise<void> {
    return this.options.onStart(this);
  }

  override process(tick: TimedTick): void | Promise<void> {
    return this.options.process(this, tick);
  }

  override onStop(): void | Promise<void> {
    return this.options.onStop(this);
  }

  /** `finish()` of the body. */
  end(): void {
    this.finish();
  }

  /** `tickAt()` of the body. */
  setRate(rate: number | Rate): void {
    this.tickAt(rate);
  }

  /** `spawn()` of the body. */
  child(script: Script<SourceActor> & { id?: string }): SourceActor {
    return this.spawn(SourceActor, script);
  }
}

interface FiniteTypes {
  outputs: { video: Output<VideoFrame> };
  options: { count?: number; format?: VideoFormat; freeRun?: boolean; onStop?: () => void | Promise<void> };
}

/** Frames 1 to `count`, then the end. */
@registerActor({ name: "TestFinite", module: import.meta.url })
export class FiniteActor extends Actor<FiniteTypes> {
  static readonly spec: ActorSpec<FiniteTypes> = {
    description: "A finite source for tests",
    outputs: { video: output(VideoFrame) },
    options: anything<FiniteTypes["options"]>({ count: 10, format: FORMAT, freeRun: false, onStop: () => {} }),
    finite: true,
  };
  #made = 0;

  override process(_tick: TimedTick): void {
    put(this.outputs.video, ++this.#made, this.options.format);
    if (this.#made === this.options.count) this.finish();
  }

  override onStop(): void | Promise<void> {
    return this.options.onStop();
  }

  /** How many were made. */
  @control()
  made(): Promise<number> {
    return Promise.resolve(this.#made);
  }
}

interface FilterTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
  options: Script<FilterActor>;
}

/** One video input, latest; passes frames on unless told otherwise. */
@registerActor({ name: "TestFilter", module: import.meta.url })
export class FilterActor extends Actor<FilterTypes> {
  static readonly spec: ActorSpec<FilterTypes> = {
    description: "A filter for tests",
    inputs: { video: input(VideoFrame, { pins: 4 }) },
    outputs: { video: output(VideoFrame, { history: 8 }) },
    options: anything<Script<FilterActor>>({ ...IDLE, process: (body) => body.pass() }),
  };
  #gain = 1;

  override onStart(): void | Promise<void> {
    return this.options.onStart(this);
  }

  override process(tick: TimedTick): void | Promise<void> {
    return this.options.process(this, tick);
  }

  override onStop(): void | Promise<void> {
    return this.options.onStop(this);
  }

  /** Copies the newest frame to the output, with its stamps. */
  pass(): void {
    const frame = this.inputs.video.readLatest();
    const out = frame && this.outputs.video.loan(frame.format);
    if (!frame || !out) return;
    out.data.set(frame.data);
    out.commit({ stampFrom: frame });
  }

  @control()
  setGain(given: { gain: number }): Promise<number> {
    if (given.gain < 0) throw new RangeError("Cannot use a negative gain");
    const before = this.#gain;
    this.#gain = given.gain;
    return Promise.resolve(before);
  }
}

interface OrderedTypes {
  inputs: { video: Input<VideoFrame> };
  options: Script<OrderedActor>;
}

/** One video input, ordered, 8 deep. */
@registerActor({ name: "TestOrdered", module: import.meta.url })
export class OrderedActor extends Actor<OrderedTypes> {
  static readonly spec: ActorSpec<OrderedTypes> = {
    description: "An ordered sink for tests",
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 8 }) },
    options: anything<Script<OrderedActor>>(IDLE),
  };

  override onStart(): void | Promise<void> {
    return this.options.onStart(this);
  }

  override process(tick: TimedTick): void | Promise<void> {
    return this.options.process(this, tick);
  }

  override onStop(): void | Promise<void> {
    return this.options.onStop(this);
  }
}

interface MixTypes {
  inputs: { first: Input<VideoFrame>; second: Input<VideoFrame>; layer: Family<VideoFrame>; keys: Input<KeyEvent> };
  outputs: { video: Output<VideoFrame> };
  options: Script<MixActor>;
}

/** Several inputs; ends when all have finished. */
@registerActor({ name: "TestMix", module: import.meta.url })
export class MixActor extends Actor<MixTypes> {
  static readonly spec: ActorSpec<MixTypes> = {
    description: "A mixer for tests",
    inputs: {
      first: input(VideoFrame, { description: "Sets the beat" }),
      second: input(VideoFrame),
      layer: inputFamily(VideoFrame, { max: 3 }),
      keys: input(KeyEvent),
    },
    outputs: { video: output(VideoFrame, { slots: 4, description: "The mix" }) },
    options: anything<Script<MixActor>>(IDLE),
    ends: "all",
  };

  override onStart(): void | Promise<void> {
    return this.options.onStart(this);
  }

  override process(tick: TimedTick): void | Promise<void> {
    return this.options.process(this, tick);
  }

  override onStop(): void | Promise<void> {
    return this.options.onStop(this);
  }
}

interface DataTypes {
  inputs: { data: Input<DataMessage>; keys: Input<KeyEvent> };
  options: Script<DataSink>;
}

/** Reads data and keys. */
@registerActor({ name: "TestDataSink", module: import.meta.url })
export class DataSink extends Actor<DataTypes> {
  static readonly spec: ActorSpec<DataTypes> = {
    description: "A sink of values for tests",
    inputs: { data: input(DataMessage), keys: input(KeyEvent) },
    options: anything<Script<DataSink>>(IDLE),
  };

  override onStart(): void | Promise<void> {
    return this.options.onStart(this);
  }

  override process(tick: TimedTick): void | Promise<void> {
    return this.options.process(this, tick);
  }

  override onStop(): void | Promise<void> {
    return this.options.onStop(this);
  }
}

/** Commits a frame whose every word is `value`. Returns whether there was a free slot. */
export function put(port: Output<VideoFrame>, value: number, format: VideoFormat = FORMAT): boolean {
  const out = port.loan(format);
  if (!out) return false;
  wordsOf(out.data).fill(value);
  out.commit();
  return true;
}

/** The value of a frame that {@linkcode put} made; throws if the frame is torn. */
export function valueOf(frame: VideoFrame): number {
  const words = wordsOf(frame.data);
  if (words.some((word) => word !== words[0])) throw new Error(`Torn frame ${frame.sequence}`);
  return words[0];
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

/** A source that puts frames 1, 2, 3 …, one per tick. */
export function counting(format: VideoFormat = FORMAT): Script<SourceActor> {
  let value = 0;
  return { process: (body) => void put(body.outputs.video, ++value, format) };
}

/** Resolves once `is` says yes. */
export async function until(is: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 4000; i++) {
    if (is()) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`Waited in vain until ${what}`);
}

/** A promise and its resolve function. */
export function gate(): { promise: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: () => resolve() };
}
