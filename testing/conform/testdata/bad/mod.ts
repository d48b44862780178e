/** A package in which much is wrong, and what is wrong is looked for by `conform_test.ts`. */
import {
  Actor,
  type ActorSpec,
  type Input,
  input,
  type Message,
  type OptionsSchema,
  type Output,
  output,
  registerActor,
  VideoFrame,
} from "@streamlib/core";

interface BadOptions {
  readonly level?: number;
  readonly id_number?: number;
}

interface BadTypes {
  inputs: { video_in: Input<VideoFrame> };
  outputs: { video: Output<VideoFrame> };
  options: BadOptions;
}

/** Takes everything, changes what it is given, throws for nothing, tells another default, and is open. */
const options: OptionsSchema<Required<BadOptions>> = {
  validate(given) {
    const changed = given as Record<string, unknown>;
    const level = ((changed.level ?? 1) as number) + 1;
    changed.seen = true;
    return { value: { id_number: 0, ...changed, level } };
  },
  toJSONSchema: () => ({
    type: "object",
    properties: { level: { type: "number", minimum: 0, default: 1 }, id_number: { type: "integer", default: 0 } },
  }),
};

/** Spoils what it reads, keeps it for ever, and gives instants that go back. */
@registerActor({ name: "BadActor", module: import.meta.url })
export class Bad extends Actor<BadTypes> {
  static readonly spec: ActorSpec<BadTypes> = {
    description: "does\nmuch that is wrong.",
    inputs: { video_in: input(VideoFrame) },
    outputs: { video: output(VideoFrame) },
    options,
  };

  readonly #kept: Message[] = [];
  #count: number = 0;

  override process(): void {
    const frame = this.inputs.video_in.readLatest();
    if (!frame) return;
    if (frame.format.pixelFormat === "i420") throw new TypeError("I420");
    frame.data.fill(1);
    this.#kept.push(frame.retain());
    const out = this.outputs.video.loan(frame.format);
    out?.commit({ timestampNs: 1000n - BigInt(++this.#count) });
  }
}

export const started: Bad = new Bad();
