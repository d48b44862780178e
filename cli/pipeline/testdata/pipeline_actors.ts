/** Actors for tests of pipelines: small pictures, no threads, no files. */
import process from "node:process";
import {
  Actor,
  type ActorSpec,
  type Family,
  type Input,
  input,
  inputFamily,
  optionsFrom,
  type OptionsSchema,
  type Output,
  output,
  type Rate,
  registerActor,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";

const FORMAT = videoFormat({ pixelFormat: "rgba8", width: 16, height: 2, rate: 60 });

/** A schema without a schema library: what has a type is checked for it, and what is unknown is refused. */
function schema<O>(
  properties: Record<string, Record<string, unknown>>,
  required: readonly string[] = [],
): OptionsSchema<O> {
  const validate = (given: unknown) => {
    const values = given as Record<string, unknown>;
    const missing = required.filter((name) => values[name] === undefined)
      .map((name) => ({ path: [name], message: "it is required" }));
    const wrong = Object.entries(values).filter(([name, value]) =>
      typeof value === "number" && Number(properties[name]?.maximum ?? Infinity) < value
    ).map(([name]) => ({ path: [name], message: `at most ${properties[name].maximum} is right` }));
    const issues = [...missing, ...wrong];
    const defaults = Object.entries(properties).map(([name, property]) => [name, property.default]);
    return issues.length > 0 ? { issues } : { value: { ...Object.fromEntries(defaults), ...values } };
  };
  return optionsFrom<O>({
    "~standard": {
      validate,
      jsonSchema: { input: () => ({ type: "object", properties, required, additionalProperties: false }) },
    },
  });
}

interface CountTypes {
  outputs: { video: Output<VideoFrame> };
  options: {
    path: string;
    count?: number;
    fps?: number | Rate;
    delayNs?: number;
    kind?: string;
    loud?: boolean;
    fail?: boolean;
    layers?: object;
  };
}

/** A finite source: as many pictures as it is told. */
@registerActor({ name: "PipeCount", module: import.meta.url })
export class PipeCountActor extends Actor<CountTypes> {
  static readonly spec: ActorSpec<CountTypes> = {
    description: "A finite source for tests",
    finite: true,
    positional: "path",
    outputs: { video: output(VideoFrame) },
    options: schema({
      path: { type: "string", description: "where it would be" },
      count: { type: "integer", maximum: 1000, default: 5 },
      fps: {
        anyOf: [
          { type: "number" },
          { type: "object", properties: { num: { type: "integer" }, den: { type: "integer" } } },
        ],
        default: 200,
      },
      delayNs: { type: "integer", default: 0 },
      kind: { type: "string", enum: ["plain", "striped"], default: "plain" },
      loud: { type: "boolean", default: false },
      fail: { type: "boolean", default: false },
      layers: { type: "object", additionalProperties: { $ref: "#/$defs/layer" }, default: {} },
    }, ["path"]) as unknown as NonNullable<ActorSpec<CountTypes>["options"]>,
  };
  #made = 0;

  override onStart(): void {
    this.tickAt(this.options.fps);
  }

  override process(): void {
    if (this.options.fail) throw new Error("asked to fail");
    const loan = this.outputs.video.loan(FORMAT);
    if (!loan) return;
    loan.commit();
    if (++this.#made >= this.options.count) this.finish();
  }
}

interface PairTypes {
  outputs: { left: Output<VideoFrame>; right: Output<VideoFrame> };
}

/** Two outputs of one type. */
@registerActor({ name: "PipePair", module: import.meta.url })
export class PipePairActor extends Actor<PairTypes> {
  static readonly spec: ActorSpec<PairTypes> = {
    description: "A source with two outputs for tests",
    outputs: { left: output(VideoFrame), right: output(VideoFrame) },
  };

  override process(): void {}
}

interface PassTypes {
  inputs: { video: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
}

/** Passes pictures on. */
@registerActor({ name: "PipePass", module: import.meta.url })
export class PipePassActor extends Actor<PassTypes> {
  static readonly spec: ActorSpec<PassTypes> = {
    description: "A filter for tests",
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 100 }) },
    outputs: { video: output(VideoFrame, { slots: 100 }) },
  };

  override process(): void {
    for (const frame of this.inputs.video) this.outputs.video.loan(frame.format)?.commit();
  }
}

/** Passes pictures on, and never ends by itself. */
@registerActor({ name: "PipeNever", module: import.meta.url })
export class PipeNeverActor extends Actor<PassTypes> {
  static readonly spec: ActorSpec<PassTypes> = {
    description: "A filter that stays, for tests",
    ends: "never",
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 100 }) },
    outputs: { video: output(VideoFrame, { slots: 100 }) },
  };

  override process(): void {
    for (const frame of this.inputs.video) this.outputs.video.loan(frame.format)?.commit();
  }
}

interface MixTypes {
  inputs: { base: Input<VideoFrame>; layer: Family<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
  options: { layers?: object };
}

/** Takes a base and layers, and gives the base. */
@registerActor({ name: "PipeMix", module: import.meta.url })
export class PipeMixActor extends Actor<MixTypes> {
  static readonly spec: ActorSpec<MixTypes> = {
    description: "A mixer for tests",
    inputs: { base: input(VideoFrame, { drives: true }), layer: inputFamily(VideoFrame, { max: 3 }) },
    outputs: { video: output(VideoFrame) },
    options: schema({
      layers: {
        type: "object",
        default: {},
        additionalProperties: {
          type: "object",
          properties: { x: { type: "integer" }, name: { type: "string" } },
          additionalProperties: false,
        },
      },
    }) as unknown as NonNullable<ActorSpec<MixTypes>["options"]>,
  };

  override process(): void {
    const frame = this.inputs.base.readLatest();
    const loan = frame && this.outputs.video.loan(frame.format);
    loan?.commit();
  }
}

interface SinkTypes {
  inputs: { video: Input<VideoFrame> };
}

/** Says on standard output that it has read its first picture; its end takes as long as the environment says. */
@registerActor({ name: "PipeTeller", module: import.meta.url })
export class PipeTellerActor extends Actor<SinkTypes> {
  static readonly spec: ActorSpec<SinkTypes> = {
    description: "A sink that says when it begins, for tests",
    inputs: { video: input(VideoFrame) },
  };
  #hasTold = false;

  override process(): void {
    if (!this.#hasTold) console.log("ready");
    this.#hasTold = true;
  }

  override async onStop(): Promise<void> {
    if (process.env.PIPE_TELLER_STOP_MS === undefined) return;
    console.log("stopping");
    await new Promise((resolve) => setTimeout(resolve, Number(process.env.PIPE_TELLER_STOP_MS)));
    console.log("stopped");
  }
}

/** Reads pictures, and says how many by its counter `read`. */
@registerActor({ name: "PipeSink", module: import.meta.url })
export class PipeSinkActor extends Actor<SinkTypes> {
  static readonly spec: ActorSpec<SinkTypes> = {
    description: "A sink for tests",
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 100 }) },
  };

  override process(): void {
    for (const _ of this.inputs.video) this.count("read");
  }
}

interface LiveTypes {
  outputs: { video: Output<VideoFrame> };
}

/** Gives pictures for ever. */
@registerActor({ name: "PipeLive", module: import.meta.url })
export class PipeLiveActor extends Actor<LiveTypes> {
  static readonly spec: ActorSpec<LiveTypes> = {
    description: "A live source for tests",
    rate: 100,
    outputs: { video: output(VideoFrame) },
  };

  override process(): void {
    this.outputs.video.loan(FORMAT)?.commit();
  }
}
