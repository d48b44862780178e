/** The actor that keeps what it gets. */
import {
  Actor,
  type ActorSpec,
  AncillaryData,
  AudioBuffer,
  DataMessage,
  EncodedPacket,
  type GivenOptions,
  type Input,
  input,
  KeyEvent,
  MouseEvent,
  type OptionsSchema,
  registerActor,
  StreamError,
  VideoFrame,
} from "@streamlib/core";
import { type RecordedItems, type RecordedName, Recording } from "./recording.ts";

/** Options of {@link TestSinkActor}. */
export interface TestSinkOptions {
  /** Most items that it keeps of one input; one more fails it. Default 1000. */
  readonly itemsMax?: number;
}

/** Ports and options of {@link TestSinkActor}. */
export interface TestSinkTypes {
  /** One for each type of message. Each is read in order. */
  inputs: {
    video: Input<VideoFrame>;
    audio: Input<AudioBuffer>;
    packets: Input<EncodedPacket>;
    ancillary: Input<AncillaryData>;
    data: Input<DataMessage>;
    keys: Input<KeyEvent>;
    mouse: Input<MouseEvent>;
  };
  /** As given by the user. */
  options: TestSinkOptions;
}

const ITEMS_MAX = 1000;
const NAMES: readonly RecordedName[] = ["video", "audio", "packets", "ancillary", "data", "keys", "mouse"];

const options: OptionsSchema<Required<TestSinkOptions>> = {
  validate(given) {
    const { itemsMax = ITEMS_MAX, ...unknown } = given as TestSinkOptions;
    const issues = Object.keys(unknown).map((path) => ({ path, message: "this actor has no such option" }));
    if (!Number.isInteger(itemsMax) || itemsMax < 1) {
      issues.push({ path: "itemsMax", message: "must be an integer of at least 1" });
    }
    return issues.length > 0 ? { issues } : { value: { itemsMax } };
  },
  toJSONSchema: () => ({
    type: "object",
    properties: {
      itemsMax: { type: "integer", minimum: 1, default: ITEMS_MAX, description: "most items kept of one input" },
    },
    additionalProperties: false,
  }),
};

/** The recording of a sink, by the options object that its handle hands to its bodies. */
const recordings: WeakMap<object, Recording> = new WeakMap();

/**
 * Keeps a copy of everything it gets, in order, for the test to look at: `sink.video`, `sink.audio` and so on. What it
 * has got stays after its end and over restarts. It ends when all that is linked to it has finished. Like any actor with
 * several inputs it beats with the first that is linked and not finished, and takes what the others have by then.
 *
 * It keeps things in the thread of its handle, so it lives there: another dispatcher is refused.
 */
@registerActor({ name: "TestSink", module: import.meta.url })
export class TestSinkActor extends Actor<TestSinkTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<TestSinkTypes> = {
    description: "Keeps what it gets, for tests",
    inputs: {
      video: input(VideoFrame, { delivery: "ordered", depth: 8 }),
      audio: input(AudioBuffer),
      packets: input(EncodedPacket),
      ancillary: input(AncillaryData),
      data: input(DataMessage, { delivery: "ordered" }),
      keys: input(KeyEvent),
      mouse: input(MouseEvent),
    },
    options,
    ends: "all",
  };

  readonly #recording: Recording;

  /**
   * Makes a sink.
   *
   * @param options As {@linkcode TestSinkOptions}, and the common ones.
   * @throws {StreamError} `option-invalid`, also for a dispatcher that would put it into another thread or process.
   */
  constructor(options: GivenOptions<TestSinkTypes> = {}) {
    if (options.dispatcher && options.dispatcher.kind !== "event-loop") {
      throw new StreamError(
        "option-invalid",
        `Cannot make a TestSink: option dispatcher = ${options.dispatcher.kind}: it keeps items for the thread that ` +
          "made it; leave dispatcher out",
      );
    }
    const own = recordings.has(options) ? options : { ...options };
    super(own);
    let recording = recordings.get(own);
    if (!recording) recordings.set(own, recording = new Recording());
    this.#recording = recording;
  }

  /** Pictures that came, in order; each in memory of its own. */
  get video(): readonly VideoFrame[] {
    return this.#recording.items.video;
  }

  /** Blocks of sound that came, in order; each in memory of its own. */
  get audio(): readonly AudioBuffer[] {
    return this.#recording.items.audio;
  }

  /** Coded packets that came, in order; each in memory of its own. */
  get packets(): readonly EncodedPacket[] {
    return this.#recording.items.packets;
  }

  /** Ancillary data that came, in order; each in memory of its own. */
  get ancillary(): readonly AncillaryData[] {
    return this.#recording.items.ancillary;
  }

  /** Data that came, in order; `value` of each is what was sent. */
  get data(): readonly DataMessage[] {
    return this.#recording.items.data;
  }

  /** Keys that came, in order. */
  get keys(): readonly KeyEvent[] {
    return this.#recording.items.keys;
  }

  /** What the mouse did, in order. */
  get mouse(): readonly MouseEvent[] {
    return this.#recording.items.mouse;
  }

  /**
   * Resolves when `count` items have come to an input, for clocks that run by themselves; with a manual clock
   * `advance()` is enough.
   *
   * @param name The input.
   * @param count Items in all, from the beginning.
   * @returns The items that came.
   * @throws {StreamError} `actor-stopped` if the sink ends before, naming how many came; what the sink fails with.
   */
  async receives<N extends RecordedName>(name: N, count: number): Promise<RecordedItems[N]> {
    const ended = this.ended.then(() => "ended" as const);
    const outcome = await Promise.race([this.#recording.reached(name, count), ended]);
    const items = this.#recording.items[name];
    if (outcome === "ended" && items.length < count) {
      throw new StreamError(
        "actor-stopped",
        `Cannot wait for ${count} items of ${this.label} input ${name}: it has ended after ${items.length}`,
      );
    }
    return items;
  }

  /** Keeps what has come. */
  override process(): void {
    for (const name of NAMES) {
      for (const item of this.inputs[name]) this.#recording.add(name, item, this.options.itemsMax);
    }
  }
}
