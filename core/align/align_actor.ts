/**
 * The actor that brings streams to the same instants.
 *
 * @module
 */
import { Actor, type GivenOptions } from "../actor/actor.ts";
import { registerActor } from "../actor/register_actor.ts";
import type { ActorSpec } from "../actor/spec.ts";
import { StreamError } from "../errors.ts";
import { AncillaryData } from "../message/ancillary_data.ts";
import { AudioBuffer } from "../message/audio_buffer.ts";
import type { Message } from "../message/message.ts";
import { VideoFrame } from "../message/video_frame.ts";
import type { Input } from "../port/input.ts";
import type { Output } from "../port/output.ts";
import { input, output } from "../port/spec.ts";
import { ENDED } from "../ring/layout.ts";
import type { TimedTick } from "../time/clock.ts";
import { fpsOf, periodNs } from "../time/rate.ts";
import { SoftwareClock } from "../time/software_clock.ts";
import { ALIGN_OPTIONS, type AlignOptions } from "./align_options.ts";
import { AncillaryLine } from "./ancillary_line.ts";
import { type Beat, BeatGrid, FrontLog, JUMP_NS } from "./beat.ts";
import { PictureLine } from "./picture_line.ts";
import { SoundLine } from "./sound_line.ts";

/** Ports and options of {@linkcode AlignActor}. */
export interface AlignTypes {
  /** What is linked is aligned. */
  inputs: { video: Input<VideoFrame>; audio: Input<AudioBuffer>; ancillary: Input<AncillaryData> };
  /** The same, items of one instant together. */
  outputs: { video: Output<VideoFrame>; audio: Output<AudioBuffer>; ancillary: Output<AncillaryData> };
  /** As given by the user. */
  options: AlignOptions;
}

/** It looks at its inputs this often. */
const LOOKS_PER_SECOND = 250;
/** Pictures that wait in the ring of their source. */
const PICTURES_MAX = 6;
/** Longest wait, in pictures: one more lasts the instant itself. */
const DELAY_PICTURES_MAX = PICTURES_MAX - 1;

/**
 * Brings video, sound and ancillary data to the same instants: streams that were made together and came on different
 * ways, with different delays.
 *
 * Video sets the beat. With each picture of instant _t_ goes the sound of [_t_, _t_ + one frame), cut to the sample by
 * the time stamps (at 29.97 frames of 48 kHz: 1601 or 1602 samples, without drift), and the ancillary data of _t_; all
 * of them are committed in one call with `timestampNs` _t_. Without video, sound sets the beat, block by block.
 *
 * From when the first stream has come to an instant, the others are waited for, `delayNs` at most (and one frame more if
 * sound is linked, as long as that of the picture lasts) and never longer than needed. What has not come then is counted
 * and left out, sound as silence. A picture that is lost leaves its sound and
 * ancillary data as they are, one instant after another at the rate of the video.
 *
 * In `stats.counters`, for `video`, `audio` and `ancillary`: `missing.NAME`, instants at which it had not come (of sound:
 * any part of it); `silence.audio`, frames of sound given as silence; `late.NAME`, what came after its instant, and
 * `early.NAME`, what came for none, before the first one or more than a second ahead (of sound: frames); both are
 * dropped. `unlinked.NAME`: the output was linked to nothing. `left.NAME`: it still waited when the actor was stopped or
 * failed. After a restart each stream goes on with a discontinuity.
 *
 * A picture is copied once, sound and ancillary data twice. Pictures wait in the ring of their source, which
 * gets nine slots; so `delayNs` may be five frames at most. Up to a second of sound is held in memory of its own.
 *
 * It looks at its inputs 250 times a second, or at every beat of the clock that it is given. With a lockstep clock, which
 * it must be given if its sources have it, waiting is in virtual time. It finishes when all its inputs have.
 */
@registerActor({ name: "Align", module: import.meta.url })
export class AlignActor extends Actor<AlignTypes> {
  /** @internal An actor of core itself: that of another copy of core is no clash. */
  static readonly "~core": true = true;
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<AlignTypes> = {
    description: "Brings video, sound and ancillary data to the same instants",
    inputs: {
      video: input(VideoFrame, { delivery: "ordered", depth: PICTURES_MAX, description: "pictures" }),
      audio: input(AudioBuffer, { delivery: "ordered", depth: 64, description: "sound that belongs to them" }),
      ancillary: input(AncillaryData, { delivery: "ordered", depth: 16, description: "data that belong to them" }),
    },
    outputs: {
      video: output(VideoFrame, { description: "the pictures" }),
      audio: output(AudioBuffer, { description: "the sound of the same instants" }),
      ancillary: output(AncillaryData, { description: "the data of the same instants" }),
    },
    options: ALIGN_OPTIONS,
    ends: "all",
    buffers: true,
    losses: ["late"],
  };

  #pictures!: PictureLine;
  #sound!: SoundLine;
  #ancillary!: AncillaryLine;
  readonly #fronts = new FrontLog();
  /** Where pictures are expected; `undefined` before the first. */
  #grid: BeatGrid | undefined;
  /** End of the last beat that sound has set, while there is no grid. */
  #soundEndNs: bigint | undefined;
  #nowNs = 0n;
  /** Items of each output that are those of an earlier life. */
  readonly #givenBefore = new Map<string, number>();

  /**
   * Makes a handle, which begins to live by itself.
   *
   * @param options {@linkcode AlignOptions} and the common ones.
   * @throws {StreamError} As the constructor of {@linkcode Actor}.
   */
  constructor(options: GivenOptions<AlignTypes> = {}) {
    super(options.clock ? options : { ...options, clock: new SoftwareClock(LOOKS_PER_SECOND) });
  }

  /** Makes a line for each type. */
  override onStart(): void {
    const { inputs, outputs } = this;
    const count = (name: string, by = 1): void => this.count(name, by);
    this.#pictures = new PictureLine(inputs.video, outputs.video, count);
    this.#sound = new SoundLine(inputs.audio, outputs.audio, count);
    this.#ancillary = new AncillaryLine(inputs.ancillary, outputs.ancillary, count);
    for (const port of Object.values(outputs)) {
      const { committed } = port.stats();
      if (committed > 0) this.#givenBefore.set(port.label, committed);
    }
  }

  /** Takes what has come, and gives every instant that is complete or has waited long enough. */
  override process(tick: TimedTick): void {
    for (const port of Object.values(this.inputs)) this.#checkTime(port);
    this.#nowNs = tick.timestampNs;
    this.#align();
    const lines = { video: this.#pictures, audio: this.#sound, ancillary: this.#ancillary };
    for (const name of ["video", "audio", "ancillary"] as const) {
      const port = this.outputs[name];
      if (this.inputs[name].finished && lines[name].length === 0 && port.ended === ENDED.open) port.finish();
    }
  }

  /** What is complete goes out, what is left is counted. */
  override onStop(): void {
    try {
      this.#align();
    } finally {
      // What is unread is there for the next life, if there may be one.
      const unread = this.isEnding ? 0 : this.inputs.video.unread;
      const left = {
        video: this.#pictures.length - unread,
        audio: this.#sound.length,
        ancillary: this.#ancillary.length,
      };
      for (const [name, length] of Object.entries(left)) if (length > 0) this.count(`left.${name}`, length);
    }
  }

  #align(): void {
    this.#sound.take();
    this.#ancillary.take();
    for (const { frontNs } of [this.#pictures, this.#sound, this.#ancillary]) {
      if (frontNs !== undefined) this.#fronts.see(frontNs, this.#nowNs);
    }
    for (let beat = this.#nextBeat(); beat; beat = this.#nextBeat()) {
      if (!this.#isComplete(beat) && !this.#isDue(beat)) return;
      if (beat.hasGap) this.#ancillary.restart(beat.ns);
      this.#advance(beat);
      // Pictures last: who is driven by them then finds the rest.
      const { video, audio, ancillary } = this.outputs;
      this.#ancillary.give(this.#beatOf(beat, ancillary));
      this.#sound.give(this.#beatOf(beat, audio));
      this.#pictures.give(this.#beatOf(beat, video));
    }
  }

  /** What an output gives first after a restart does not continue what it gave before. */
  #beatOf<M extends Message>(beat: Beat, output: Output<M>): Beat {
    return this.#givenBefore.get(output.label) === output.stats().committed ? { ...beat, hasGap: true } : beat;
  }

  /** The next instant, as far as is known now; `undefined` if there is nothing for it. */
  #nextBeat(): Beat | undefined {
    for (;;) {
      const frame = this.#pictures.head;
      if (!frame) return this.#beatWithoutPicture();
      this.#checkDelay(frame);
      const { timestampNs: ns, format: { rate } } = frame;
      const spanNs = BigInt(periodNs(rate));
      const dueNs = this.#grid?.nextNs ?? this.#soundEndNs;
      const offNs = dueNs === undefined ? 0n : ns - dueNs;
      const hasGap = offNs > JUMP_NS || offNs < -JUMP_NS;
      if (hasGap || 2n * offNs >= -spanNs) {
        // On the grid it is the next one within half a frame; after sound alone, all the sound before it goes first.
        const isNext = dueNs === undefined || hasGap || (this.#grid !== undefined && 2n * offNs < spanNs);
        const earlier = isNext ? undefined : this.#beatWithoutPicture(frame);
        return earlier ?? { ns, endNs: ns + spanNs, frame, soundFrames: undefined, hasGap };
      }
      this.#pictures.dropLate();
    }
  }

  /** An instant before the next picture, or without one in sight. */
  #beatWithoutPicture(next?: VideoFrame): Beat | undefined {
    const common = { frame: undefined, hasGap: false };
    const grid = this.#grid;
    if (grid) {
      const { nextNs: ns, afterNs } = grid;
      const isNextPicture = next !== undefined && 2n * (next.timestampNs - afterNs) < afterNs - ns;
      const endNs = isNextPicture ? next.timestampNs : afterNs;
      const { nextNs: ancillaryNs } = this.#ancillary;
      const hasAny = next || this.#sound.reaches(ns) || (ancillaryNs !== undefined && ancillaryNs < endNs);
      return hasAny ? { ...common, ns, endNs, soundFrames: undefined } : undefined;
    }
    const block = this.#sound.nextBlock(next?.timestampNs);
    if (block) return { ...common, ns: block.ns, endNs: block.endNs, soundFrames: block.frames };
    const ns = this.#ancillary.nextNs;
    if (ns === undefined || next) return undefined;
    return { ...common, ns, endNs: ns + 1n, soundFrames: 0 };
  }

  #isComplete(beat: Beat): boolean {
    // A later picture says that the one of this instant is lost.
    const hasPicture = this.#pictures.head !== undefined || this.#pictures.isClosed;
    return hasPicture && this.#sound.isComplete(beat) && this.#ancillary.isComplete(beat);
  }

  #isDue({ ns, endNs, soundFrames }: Beat): boolean {
    const seenNs = this.#fronts.seenAt(ns);
    // The sound of a picture is not over before the picture is.
    const spanNs = soundFrames === undefined && !this.#sound.isClosed ? endNs - ns : 0n;
    return seenNs !== undefined && this.#nowNs - seenNs >= BigInt(this.options.delayNs) + spanNs;
  }

  #advance({ frame, endNs, soundFrames }: Beat): void {
    if (frame) this.#grid = new BeatGrid(frame.timestampNs, frame.format.rate);
    else if (soundFrames === undefined) this.#grid?.pass();
    else this.#soundEndNs = endNs;
  }

  #checkDelay({ format: { rate } }: VideoFrame): void {
    const frames = this.options.delayNs / 1e9 * fpsOf(rate);
    if (frames <= DELAY_PICTURES_MAX) return;
    const mostNs = Math.floor(DELAY_PICTURES_MAX / fpsOf(rate) * 1e9);
    throw new StreamError(
      "option-invalid",
      `Cannot align ${this.inputs.video.source?.label ?? "video"} in ${this.label}: option delayNs = ` +
        `${this.options.delayNs} is more than ${DELAY_PICTURES_MAX} of its frames; at most ${mostNs} is right`,
    );
  }

  /** Virtual time that loses nothing is for the sources and the aligner, or for none of them. */
  #checkTime(port: Input<Message>): void {
    const { source, isLossless } = port;
    const isFollowing = this.clock === undefined;
    if (!source || source.ended !== ENDED.open || port.unread === 0 || isLossless === isFollowing) return;
    const [one, other] = isLossless ? ["source", "aligner"] : ["aligner", "source"];
    throw new StreamError(
      "option-invalid",
      `Cannot align ${source.label} in ${this.label}: the ${one} is in lockstep and the ${other} is not; ` +
        "give all of them the same lockstep clock, or none",
    );
  }
}
