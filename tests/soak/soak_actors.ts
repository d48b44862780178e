/**
 * Actors of the soak: frames of 256 KiB whose every word is looked at, and nothing that grows with time.
 *
 * @module
 */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import {
  Actor,
  type ActorSpec,
  control,
  type Input,
  input,
  type OptionsSchema,
  type Output,
  output,
  registerActor,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";

const FORMAT = videoFormat({ pixelFormat: "rgba8", width: 256, height: 256, rate: 60 });
const RATE = 200;

/** Where a body lives. */
export interface Where {
  readonly pid: number;
  readonly threadId: number;
}

function noOptions<O extends object>(defaults: Required<O>): OptionsSchema<Required<O>> {
  return {
    validate: (given) => ({ value: { ...defaults, ...given as O } }),
    toJSONSchema: () => ({ type: "object" }),
  };
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

/** The value of a frame. Throws if it is torn. */
function valueOf(frame: VideoFrame): number {
  const words = wordsOf(frame.data);
  for (let i = 1; i < words.length; i++) {
    if (words[i] !== words[0]) {
      throw new Error(`Torn frame ${frame.sequence}: word ${i} is ${words[i]}, not ${words[0]}`);
    }
  }
  return words[0];
}

/**
 * Looks at a frame, keeps every fourth one so long that a writer which does not mind its pin comes round to its slot, and
 * looks again.
 */
async function readSlowly(frame: VideoFrame): Promise<number> {
  const value = valueOf(frame);
  if (Math.random() < 0.25) {
    await setTimeout(40 * Math.random());
    if (valueOf(frame) !== value) throw new Error(`Torn frame ${frame.sequence}: it changed while it was pinned`);
  }
  return value;
}

interface SourceTypes {
  outputs: { video: Output<VideoFrame> };
  options: Record<never, never>;
}

/** Frames of one value each, 200 a second. */
@registerActor({ name: "SoakSource", module: import.meta.url })
export class SoakSource extends Actor<SourceTypes> {
  static readonly spec: ActorSpec<SourceTypes> = {
    description: "Writes frames that show where they are torn",
    outputs: { video: output(VideoFrame) },
    options: noOptions<SourceTypes["options"]>({}),
    rate: RATE,
  };
  #value = 0;

  override process(): void {
    const out = this.outputs.video.loan(FORMAT);
    if (!out) return;
    wordsOf(out.data).fill(++this.#value);
    out.commit();
  }

  /** Where it lives. */
  @control()
  where(): Promise<Where> {
    return Promise.resolve({ pid: process.pid, threadId });
  }
}

interface FilterTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
  options: Record<never, never>;
}

/** Reads every word, and writes another value. */
@registerActor({ name: "SoakFilter", module: import.meta.url })
export class SoakFilter extends Actor<FilterTypes> {
  static readonly spec: ActorSpec<FilterTypes> = {
    description: "Reads and writes frames",
    inputs: { video: input(VideoFrame) },
    outputs: { video: output(VideoFrame) },
    options: noOptions<FilterTypes["options"]>({}),
  };

  override async process(): Promise<void> {
    const frame = this.inputs.video.readLatest();
    if (!frame || frame.repeated) return;
    const value = await readSlowly(frame);
    const out = this.outputs.video.loan(frame.format);
    if (!out) return;
    wordsOf(out.data).fill(value + 1);
    out.commit({ stampFrom: frame });
  }

  /** Where it lives. */
  @control()
  where(): Promise<Where> {
    return Promise.resolve({ pid: process.pid, threadId });
  }

  /** Ends its place, which is a thread, as a module that calls `process.exit()` does. */
  @control()
  endThread(): Promise<void> {
    process.exit(3);
  }
}

interface SinkTypes {
  inputs: { latest: Input<VideoFrame>; ordered: Input<VideoFrame> };
  options: Record<never, never>;
}

/** Reads every word, in both ways of reading, and checks the order. */
@registerActor({ name: "SoakSink", module: import.meta.url })
export class SoakSink extends Actor<SinkTypes> {
  static readonly spec: ActorSpec<SinkTypes> = {
    description: "Reads frames",
    inputs: {
      latest: input(VideoFrame, { drives: true }),
      ordered: input(VideoFrame, { delivery: "ordered", depth: 4 }),
    },
    options: noOptions<SinkTypes["options"]>({}),
    ends: "never",
  };
  readonly #last: Map<string, bigint> = new Map();

  override async process(): Promise<void> {
    const frame = this.inputs.latest.readLatest();
    if (frame && !frame.repeated) await this.#check("latest", frame);
    for (const one of this.inputs.ordered) await this.#check("ordered", one);
  }

  async #check(name: string, frame: VideoFrame): Promise<void> {
    await readSlowly(frame);
    const last = this.#last.get(name) ?? 0n;
    if (frame.timestampNs <= last) throw new Error(`Disordered frame of ${frame.timestampNs} after ${last} (${name})`);
    this.#last.set(name, frame.timestampNs);
    this.count(name);
  }
}
