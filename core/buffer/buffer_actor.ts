/**
 * The actor that holds items back.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { AncillaryData } from "../message/ancillary_data.ts";
import { AudioBuffer } from "../message/audio_buffer.ts";
import { EncodedPacket } from "../message/encoded_packet.ts";
import { DataMessage, KeyEvent, MouseEvent } from "../message/value_message.ts";
import { VideoFrame } from "../message/video_frame.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { input, output } from "../port/spec.ts";
import type { TimedTick } from "../time/clock.ts";
import { fpsOf, frameAt, type Rate, toRate } from "../time/rate.ts";
import { SoftwareClock } from "../time/software_clock.ts";
import { Actor, type GivenOptions } from "../actor/actor.ts";
import { type AnyLine, BufferLine, putAncillary, putAudio, putPacket, putValue, putVideo } from "./buffer_line.ts";
import { BUFFER_OPTIONS, type BufferOptions, paceOf } from "./buffer_options.ts";
import { registerActor } from "../actor/register_actor.ts";
import type { ActorSpec } from "../actor/spec.ts";

/** Ports and options of {@linkcode BufferActor}. */
export interface BufferTypes {
  /** What is linked is buffered. */
  inputs: {
    video: Input<VideoFrame>;
    audio: Input<AudioBuffer>;
    packets: Input<EncodedPacket>;
    ancillary: Input<AncillaryData>;
    data: Input<DataMessage>;
    keys: Input<KeyEvent>;
    mouse: Input<MouseEvent>;
  };
  /** The same items later. */
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
  options: BufferOptions;
}

/** It looks at its inputs at least this often: a ring keeps only a few pictures. */
const LOOKS_PER_SECOND_MIN = 50;

/**
 * Holds items and hands them out in order at a steady pace, the oldest of each type at a time: between a source that
 * comes in bursts and a reader that takes one after another, or as the delay in a circle of links.
 *
 * Items keep their instants, frame numbers, source clock, metadata, and the flags `keyframe` and `discontinuity`, but
 * not `freewheel`; `ageNs` begins anew. What follows a loss, here or at the input, is flagged as a discontinuity.
 *
 * An item that has to wait is copied twice, one that goes out at the next beat once, and the memory for `capacity`
 * items per type is the buffer's own: 30 pictures of 1920 × 1080 in RGBA are 249 MB. Memory is taken when it is needed
 * first, and kept until the buffer ends. A reader that declares `delivery: "ordered"` and a `depth` falls behind by as
 * much with no copy at all, because items stay in the ring: take a buffer to change the pace, to delay, for a circle.
 *
 * What is lost is counted: `overrun.video` in `stats.counters`, items dropped because `capacity` others waited;
 * `missed` in the statistics of the input, items that came faster than it looks (every beat, at least 50 times a
 * second); `unlinked.video`, items of a type whose output nobody reads, which are not copied; `left.video`, items that
 * waited when it was stopped. `heldBack.video` counts beats at which readers held every slot of the output: the item
 * goes out at a later beat, though the output counts it as `dropped`.
 *
 * It follows a software clock of its own unless it is given one; it then looks at the beats of that clock, and hands
 * out at those of them that begin a frame of `fps`. With a lockstep clock, which it must be given if its sources have
 * it, nothing waits and nothing is lost: every item goes on at once, whatever `fps` and `prefill` say.
 *
 * It finishes when all its media and data inputs have finished and everything was handed out.
 */
@registerActor({ name: "Buffer", module: import.meta.url })
export class BufferActor extends Actor<BufferTypes> {
  /** @internal An actor of core itself: that of another copy of core is no clash. */
  static readonly "~core": true = true;
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<BufferTypes> = {
    description: "Holds items and hands them out in order at a steady pace",
    inputs: {
      video: input(VideoFrame, { delivery: "ordered", description: "pictures to hold" }),
      audio: input(AudioBuffer, { delivery: "ordered", description: "sound to hold" }),
      packets: input(EncodedPacket, { delivery: "ordered", description: "coded media to hold" }),
      ancillary: input(AncillaryData, { delivery: "ordered", description: "ancillary data to hold" }),
      data: input(DataMessage, { delivery: "ordered", description: "data to hold" }),
      keys: input(KeyEvent, { delivery: "ordered", description: "keys to hold" }),
      mouse: input(MouseEvent, { delivery: "ordered", description: "what the mouse does to hold" }),
    },
    outputs: {
      video: output(VideoFrame, { description: "the pictures, at a steady pace" }),
      audio: output(AudioBuffer, { description: "the sound, at a steady pace" }),
      packets: output(EncodedPacket, { description: "the coded media, at a steady pace" }),
      ancillary: output(AncillaryData, { description: "the ancillary data, at a steady pace" }),
      data: output(DataMessage, { description: "the data, at a steady pace" }),
      keys: output(KeyEvent, { description: "the keys, at a steady pace" }),
      mouse: output(MouseEvent, { description: "what the mouse did, at a steady pace" }),
    },
    options: BUFFER_OPTIONS,
    ends: "all",
    buffers: true,
    losses: ["overrun"],
  };

  #lines: readonly AnyLine[] = [];
  #rate: Rate = { num: 1, den: 1 };
  #hasBegun = false;
  /** Frame of the pace at which it handed out last. */
  #lastFrame: bigint | undefined;

  /**
   * Makes a handle, which begins to live by itself.
   *
   * @param options {@linkcode BufferOptions} and the common ones.
   * @throws {StreamError} As the constructor of {@linkcode Actor}.
   */
  constructor(options: GivenOptions<BufferTypes> = {}) {
    super(options.clock ? options : withClock(options));
  }

  /** Makes a line for each type. */
  override onStart(): void {
    const { capacity, fps } = this.options;
    const { inputs, outputs } = this;
    const count = (name: string, by: number): void => this.count(name, by);
    this.#rate = toRate(fps);
    this.#lines = [
      new BufferLine(inputs.video, outputs.video, putVideo, capacity, count),
      new BufferLine(inputs.audio, outputs.audio, putAudio, capacity, count),
      new BufferLine(inputs.packets, outputs.packets, putPacket, capacity, count),
      new BufferLine(inputs.ancillary, outputs.ancillary, putAncillary, capacity, count),
      new BufferLine<DataMessage>(inputs.data, outputs.data, putValue, capacity, count),
      new BufferLine<KeyEvent>(inputs.keys, outputs.keys, putValue, capacity, count),
      new BufferLine<MouseEvent>(inputs.mouse, outputs.mouse, putValue, capacity, count),
    ];
  }

  /** Takes what has come, and hands out the oldest of each type if it is time. */
  override process(tick: TimedTick): void | Promise<void> {
    const isFollowing = this.clock === undefined;
    for (const line of this.#lines) {
      line.checkTime(isFollowing);
      line.letGoUnlinked();
    }
    if (isFollowing) return this.#passOn();
    for (const line of this.#lines) line.take();
    this.#hasBegun ||= this.#lines.some((line) => line.length >= this.options.prefill || line.isLast);
    const frame = frameAt(tick.timestampNs, this.#rate);
    if (this.#hasBegun && frame !== this.#lastFrame) {
      this.#lastFrame = frame;
      for (const line of this.#lines) {
        if (line.handOut() === "held back") this.count(`heldBack.${line.name}`);
      }
    }
    this.#finishLines();
  }

  /** When its sources have finished, events that are left go out at once. What is left otherwise is counted. */
  override onStop(): void {
    const isFinished = this.#isFinished();
    for (const line of this.#lines) {
      while (isFinished && line.handOut() === "gone");
      if (line.length > 0) this.count(`left.${line.name}`, line.length);
    }
  }

  /** Time stands still meanwhile: what finds no room waits until there is some. */
  async #passOn(): Promise<void> {
    for (const line of this.#lines) {
      while (line.length > 0 && !this.isEnding) {
        if (line.handOut() === "held back") await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
    this.#finishLines();
  }

  #finishLines(): void {
    for (const line of this.#lines) line.finish();
    if (this.#isFinished()) this.finish();
  }

  /** Whether all media and data have finished and were handed out, or all events if only these are linked. */
  #isFinished(): boolean {
    const linked = this.#lines.filter((line) => line.isLinked);
    const media = linked.filter((line) => !line.isEvent);
    const deciding = media.length > 0 ? media : linked;
    return deciding.length > 0 && deciding.every((line) => line.isDone);
  }
}

/** The options with a clock that begins every frame of the pace, and looks often enough. */
function withClock(given: GivenOptions<BufferTypes>): GivenOptions<BufferTypes> {
  const pace = paceOf(given);
  // What is wrong with it is said where all options are checked.
  if (!pace) return given;
  const looks = Math.ceil(LOOKS_PER_SECOND_MIN / fpsOf(pace));
  return { ...given, clock: new SoftwareClock({ num: pace.num * Math.max(1, looks), den: pace.den }) };
}
