/** The actor with which places and registries are checked. */
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
  VideoFrame,
} from "@streamlib/core";
import process from "node:process";
import { threadId } from "node:worker_threads";

/** Options of {@link ProbeActor}. */
export interface ProbeOptions {
  /** Anything; `say` gives it back. Default: nothing. */
  readonly tag?: unknown;
  /** First byte of the frame at which `process` throws; 0: never. Default 0. */
  readonly failAt?: number;
  /** Whether `onStart` throws. Default false. */
  readonly failStart?: boolean;
  /** Time that `onStart` takes, ms. Default 0. */
  readonly startMs?: number;
  /** Time that `onStop` takes, ms. Default 0. */
  readonly stopMs?: number;
}

/** Ports and options of {@link ProbeActor}. */
export interface ProbeTypes {
  /** `video`: every frame, in order. */
  inputs: { video: Input<VideoFrame> };
  /** `video`: the same frames. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: ProbeOptions;
}

/** Where a body lives. */
export interface ProbePlace {
  /** Its process. */
  readonly pid: number;
  /** Its thread. */
  readonly threadId: number;
}

/** Frames that came: the first byte of each, and its instant, TAI ns. */
export interface ProbeSeen {
  /** First bytes. */
  readonly values: readonly number[];
  /** Instants. */
  readonly instants: readonly bigint[];
}

/** Longer than a dispatcher may wait for an actor that does not stop, ms. */
const HANG_MS = 20_000;
const COMPLETE: Required<ProbeOptions> = { tag: null, failAt: 0, failStart: false, startMs: 0, stopMs: 0 };

const options: OptionsSchema<Required<ProbeOptions>> = {
  validate(given) {
    const unknown = Object.keys(given as object).filter((name) => !(name in COMPLETE));
    if (unknown.length > 0) return { issues: unknown.map((path) => ({ path, message: "there is no such option" })) };
    return { value: { ...COMPLETE, ...given as ProbeOptions } };
  },
  toJSONSchema: () => ({
    type: "object",
    properties: {
      tag: { description: "anything" },
      failAt: { type: "integer", default: 0, description: "first byte of the frame at which it fails" },
      failStart: { type: "boolean", default: false, description: "whether it fails to start" },
      startMs: { type: "number", default: 0, description: "time that its start takes, ms" },
      stopMs: { type: "number", default: 0, description: "time that its end takes, ms" },
    },
    additionalProperties: false,
  }),
};

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Hands frames on, tells what it has seen and where it lives, and does what no actor should when it is told to. */
@registerActor({ name: "ConformProbe", module: import.meta.url })
export class ProbeActor extends Actor<ProbeTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<ProbeTypes> = {
    description: "Hands frames on and tells of them, for tests",
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 32, description: "what is handed on" }) },
    outputs: { video: output(VideoFrame, { description: "the same frames" }) },
    options,
    ends: "never",
  };

  readonly #values: number[] = [];
  readonly #instants: bigint[] = [];
  #said = 0;

  /** Counts itself. */
  override async onStart(): Promise<void> {
    this.count("started");
    const { startMs, failStart } = this.options;
    if (startMs > 0) await pass(startMs);
    if (failStart) throw new Error("the probe was told to fail at its start");
  }

  /** Hands on what is unread. */
  override process(): void {
    for (const frame of this.inputs.video) {
      const value = frame.data[0];
      if (value === this.options.failAt && value > 0) throw new Error(`the probe was told to fail at ${value}`);
      this.#values.push(value);
      this.#instants.push(frame.timestampNs);
      this.count("seen");
      const loan = this.outputs.video.loan(frame.format);
      if (!loan) continue;
      loan.data.set(frame.data);
      loan.commit({ stampFrom: frame });
    }
  }

  /** Takes its time. */
  override async onStop(): Promise<void> {
    const { stopMs } = this.options;
    if (stopMs > 0) await pass(stopMs);
    this.count("stopped");
  }

  /** Gives back what it is told, its tag, and how often it was asked. */
  @control()
  say(given: { value?: unknown }): Promise<{ value: unknown; tag: unknown; said: number }> {
    return Promise.resolve({ value: given.value, tag: this.options.tag, said: ++this.#said });
  }

  /** Throws. */
  @control()
  refuse(): Promise<void> {
    return Promise.reject(new RangeError("the probe was told to refuse"));
  }

  /** Where the body lives. */
  @control()
  where(): Promise<ProbePlace> {
    return Promise.resolve({ pid: process.pid, threadId });
  }

  /** What it has seen so far. */
  @control()
  seen(): Promise<ProbeSeen> {
    return Promise.resolve({ values: this.#values, instants: this.#instants });
  }

  /**
   * Blocks its thread for longer than anybody waits. Not for ever: Deno ends no thread that computes, and it would take
   * a processor from all that follows.
   */
  @control()
  hang(): Promise<void> {
    for (const endMs = performance.now() + HANG_MS; performance.now() < endMs;);
    return Promise.resolve();
  }

  /** Ends its place before it has answered. */
  @control()
  leave(): Promise<void> {
    process.exit(7);
  }
}
