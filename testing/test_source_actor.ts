/** The actor that sends given items. */
import {
  Actor,
  type ActorSpec,
  AncillaryData,
  AudioBuffer,
  DataMessage,
  EncodedPacket,
  KeyEvent,
  MouseEvent,
  type OptionIssue,
  type OptionsSchema,
  type Output,
  output,
  type Rate,
  registerActor,
  toRate,
  VideoFrame,
} from "@streamlib/core";
import type { TestItems } from "./test_items.ts";

/** Options of {@link TestSourceActor}. */
export interface TestSourceOptions extends TestItems {
  /** Whether it begins anew after its last item, for ever. Default false: it finishes with its last item. */
  readonly loop?: boolean;
  /** Ticks per second: a number, or a fraction. Default 0: the rate of the first picture, without pictures 60. */
  readonly fps?: number | Rate;
}

/** Ports and options of {@link TestSourceActor}. */
export interface TestSourceTypes {
  /** One for each type of message. */
  outputs: {
    video: Output<VideoFrame>;
    audio: Output<AudioBuffer>;
    packets: Output<EncodedPacket>;
    ancillary: Output<AncillaryData>;
    data: Output<DataMessage>;
    keys: Output<KeyEvent>;
    mouse: Output<MouseEvent>;
  };
  /** As given by the user. */
  options: TestSourceOptions;
}

const LISTS = ["video", "audio", "packets", "ancillary", "data", "keys", "mouse"] as const;
const DEFAULT_FPS = 60;

/** What is wrong with one option. */
function issuesOf(name: string, value: unknown): OptionIssue[] {
  if (name === "loop") return typeof value === "boolean" ? [] : [{ path: name, message: "must be true or false" }];
  if (name === "fps") {
    try {
      if (value !== 0) toRate(value as number | Rate);
      return [];
    } catch (thrown) {
      return [{ path: name, message: String(thrown instanceof Error ? thrown.message : thrown) }];
    }
  }
  if (!(LISTS as readonly string[]).includes(name)) return [{ path: name, message: "this actor has no such option" }];
  return Array.isArray(value) ? [] : [{ path: name, message: "must be a list of items, one per tick" }];
}

const options: OptionsSchema<Required<TestSourceOptions>> = {
  validate(given) {
    const issues = Object.entries(given as object).flatMap(([name, value]) => issuesOf(name, value));
    if (issues.length > 0) return { issues };
    const empty = { video: [], audio: [], packets: [], ancillary: [], data: [], keys: [], mouse: [] };
    return { value: { ...empty, loop: false, fps: 0, ...given as TestSourceOptions } };
  },
  toJSONSchema: () => ({
    type: "object",
    properties: {
      ...Object.fromEntries(
        LISTS.map((name) => [name, { type: "array", description: `items of ${name}, one per tick` }]),
      ),
      loop: { type: "boolean", default: false, description: "begin anew after the last item" },
      fps: { type: "number", default: 0, description: "ticks per second; 0: the rate of the first picture, else 60" },
    },
    additionalProperties: false,
  }),
};

/**
 * Sends the items it was given, at tick _n_ the _n_-th of each list, and finishes with the last. It waits for its first
 * link before it begins; an output that has nothing more to send is finished. An item for which readers have left no
 * slot is dropped, and its output counts it.
 */
@registerActor({ name: "TestSource", module: import.meta.url })
export class TestSourceActor extends Actor<TestSourceTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<TestSourceTypes> = {
    description: "Sends given items, for tests",
    outputs: {
      video: output(VideoFrame),
      audio: output(AudioBuffer),
      packets: output(EncodedPacket),
      ancillary: output(AncillaryData),
      data: output(DataMessage),
      keys: output(KeyEvent),
      mouse: output(MouseEvent),
    },
    options,
    finite: true,
  };

  #next: number = 0;
  #count: number = 0;

  /** Counts the items. */
  override onStart(): void {
    const { fps, video } = this.options;
    this.#count = Math.max(...LISTS.map((name) => this.options[name].length));
    this.tickAt(fps !== 0 ? fps : video.find((item) => item !== undefined)?.format.rate ?? DEFAULT_FPS);
  }

  /** Sends the items of one tick. */
  override process(): void {
    const index = this.#next++;
    this.#sendMedia(index);
    this.#sendValues(index);
    const isLast = this.#next >= this.#count;
    this.#finishOutputs();
    if (!isLast) return;
    if (this.options.loop && this.#count > 0) this.#next = 0;
    else this.finish();
  }

  /** What sends nothing any more is finished, so that readers of several outputs do not wait for it. */
  #finishOutputs(): void {
    const { loop } = this.options;
    for (const name of LISTS) {
      const { length } = this.options[name];
      if (length === 0 || !loop && this.#next >= length) this.outputs[name].finish();
    }
  }

  #sendMedia(index: number): void {
    const video = this.options.video[index];
    const frame = video && this.outputs.video.loan(video.format);
    if (video && frame) {
      frame.data.set(video.data);
      frame.commit(video.stamp);
    }
    const audio = this.options.audio[index];
    const block = audio && this.outputs.audio.loan(audio.format);
    if (audio && block) {
      block.data.set(audio.data);
      block.commit({ ...audio.stamp, frames: audio.data.length / (4 * audio.format.channels) });
    }
    const coded = this.options.packets[index];
    const packet = coded && this.outputs.packets.loan(coded.format);
    if (coded && packet) {
      packet.data.set(coded.data);
      packet.commit({ ...coded.stamp, bytes: coded.data.length, keyframe: coded.keyframe ?? false });
    }
    const ancillary = this.options.ancillary[index];
    const loan = ancillary && this.outputs.ancillary.loan(ancillary.format);
    if (ancillary && loan) loan.write(ancillary.packets).commit(ancillary.stamp);
  }

  #sendValues(index: number): void {
    const { data, keys, mouse } = this.options;
    if (data[index] !== undefined) this.outputs.data.send(data[index]);
    const key = keys[index];
    if (key) this.outputs.keys.send(key);
    const move = mouse[index];
    if (move) this.outputs.mouse.send(move);
  }
}
