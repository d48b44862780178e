/** The actor that gives test sound. */
import {
  Actor,
  type ActorSpec,
  AudioBuffer,
  type AudioFormat,
  audioFormat,
  control,
  instantOf,
  messageOf,
  optionsFrom,
  type Output,
  output,
  type Rate,
  registerActor,
  type TimedTick,
  toRate,
} from "@streamlib/core";
import { z } from "zod";
import { SampleSchedule } from "./sample_schedule.ts";
import { SignalGenerator, type SignalName, signalNames, type SignalOptions } from "./signal_generator.ts";

/** Options of {@link AudioGeneratorActor}. */
export interface AudioGeneratorOptions {
  /** Signal of all channels, unless `channels` says it for each. Default `"tone"`. */
  readonly signal?: SignalName;
  /** Level in dBFS: up to 0 for a tone, -1.8 for white, -14 for pink noise. Default -20 where there is a level. */
  readonly levelDbfs?: number | undefined;
  /** Frequency of a tone in Hz. Default 1000. */
  readonly frequencyHz?: number | undefined;
  /** Phase of a tone's first sample in degrees. Default 0. */
  readonly phaseDegrees?: number | undefined;
  /** Seed of a noise in the first channel; each further channel has one more. Default 1. */
  readonly seed?: number | undefined;
  /** Number of channels, 1 to 64, or the signal of each one. Default 2. */
  readonly channels?: number | readonly SignalOptions[];
  /** Samples per second, whole, 8000 to 384000. Default 48000. */
  readonly sampleRateHz?: number;
  /** Blocks per second: a number (29.97 and its like mean n·1000/1001) or a fraction. Default 60. */
  readonly fps?: number | Rate;
}

/** Ports and options of {@link AudioGeneratorActor}. */
export interface AudioGeneratorTypes {
  /** `audio`: the sound. */
  outputs: { audio: Output<AudioBuffer> };
  /** As given by the user. */
  options: AudioGeneratorOptions;
}

/** Ticks whose sound is made up for when they were missed; beyond that there is a gap. */
const missedMax = 8;

const signal = z.enum(signalNames);
const own = {
  levelDbfs: z.number().min(-200).max(0).optional().describe("level in dBFS"),
  frequencyHz: z.number().positive().optional().describe("tone: frequency in Hz"),
  phaseDegrees: z.number().optional().describe("tone: phase of the first sample in degrees"),
  seed: z.int().min(0).max(0xffffffff).optional().describe("noise: seed"),
};
const fps = z.union([z.number().positive(), z.strictObject({ num: z.int().positive(), den: z.int().positive() })]);

const options = z.strictObject({
  signal: signal.default("tone").describe("what all channels carry"),
  ...own,
  channels: z.union([z.int().min(1).max(64), z.array(z.strictObject({ signal, ...own })).min(1).max(64)]).default(2)
    .describe("number of channels, or the signal of each"),
  sampleRateHz: z.int().min(8000).max(384000).default(48000).describe("samples per second"),
  fps: fps.default(60).describe("blocks per second, a number or { num, den }"),
}).superRefine((given, context) => {
  const checks: [string, () => void][] = [
    ["fps", () => new SampleSchedule(given.sampleRateHz, toRate(given.fps))],
    ["channels", () => new SignalGenerator(given.sampleRateHz, channelsOf(given))],
  ];
  for (const [option, check] of checks) {
    try {
      check();
    } catch (thrown) {
      context.addIssue({ code: "custom", path: [option], message: messageOf(thrown) });
    }
  }
});

/** The options that say what the channels carry. */
interface ChannelOptions extends SignalOptions {
  readonly channels: number | readonly SignalOptions[];
}

/** The signal of each channel. @throws {RangeError} if signals are said twice. */
function channelsOf(given: ChannelOptions): readonly SignalOptions[] {
  const { signal, levelDbfs, frequencyHz, phaseDegrees, seed, channels } = given;
  if (typeof channels === "number") {
    return Array.from({ length: channels }, (_, index) => {
      const ownSeed = seed === undefined ? undefined : (seed + index) % 2 ** 32;
      return { signal, levelDbfs, frequencyHz, phaseDegrees, seed: ownSeed };
    });
  }
  const twice = Object.entries({ levelDbfs, frequencyHz, phaseDegrees, seed }).find(([, value]) => value !== undefined);
  if (twice) throw new RangeError(`say "${twice[0]}" in each channel, or give the number of channels only`);
  return channels;
}

/**
 * Gives a test signal, one block of samples per tick: exactly the samples of that frame of the timeline (1601 or 1602
 * at 29.97 Hz and 48 kHz), so that it stays in step with pictures for ever.
 *
 * Missed ticks make no gap: up to 8 missed blocks are given at the next tick. After a longer pause tones go on with
 * the phase of the timeline, and the block is marked as a discontinuity.
 */
@registerActor({ name: "AudioGenerator", module: import.meta.url })
export class AudioGeneratorActor extends Actor<AudioGeneratorTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<AudioGeneratorTypes> = {
    description: "Gives test sound: tone, white or pink noise, silence",
    positional: "signal",
    outputs: { audio: output(AudioBuffer, { slots: 4, description: "the sound, float32" }) },
    options: optionsFrom(options),
  };

  #generator: SignalGenerator | undefined;
  #schedule: SampleSchedule | undefined;
  #format: AudioFormat | undefined;
  #rate: Rate = { num: 60, den: 1 };
  /** Frame of the timeline that comes next. */
  #next: number = 0;

  /** Makes the signal sources. */
  override onStart(): void {
    const { sampleRateHz, fps: rate } = this.options;
    this.tickAt(toRate(rate));
    this.#rate = this.clock?.rate ?? toRate(rate);
    this.#schedule = new SampleSchedule(sampleRateHz, this.#rate);
    this.#generator = new SignalGenerator(sampleRateHz, channelsOf(this.options));
    this.#format = audioFormat({
      sampleRateHz,
      channels: this.#generator.channelCount,
      framesMax: this.#schedule.sampleCountMax,
    });
  }

  /** Gives the samples of the tick's frame, and of frames that were missed. */
  override process(tick: TimedTick): void {
    const { frameNumber } = tick;
    const isGap = frameNumber - this.#next > missedMax;
    if (isGap) this.#skipTo(frameNumber);
    for (; this.#next <= frameNumber; this.#next++) this.#give(tick, isGap && this.#next === frameNumber);
  }

  /**
   * Moves the level of one channel, or of all that are not silent, within 5 ms.
   *
   * @throws {RangeError} if the level is out of the signal's range, or there is no such channel.
   */
  @control()
  setLevel(change: { levelDbfs: number; channel?: number }): Promise<void> {
    this.#generator?.setLevel(change.levelDbfs, change.channel);
    return Promise.resolve();
  }

  /**
   * Changes the frequency of one tone, or of all tones; the signal goes on without a jump.
   *
   * @throws {RangeError} if the frequency is out of range, or there is no such tone.
   */
  @control()
  setFrequency(change: { frequencyHz: number; channel?: number }): Promise<void> {
    this.#generator?.setFrequency(change.frequencyHz, change.channel);
    return Promise.resolve();
  }

  #skipTo(frameNumber: number): void {
    if (!this.#schedule) return;
    this.#generator?.skip(this.#schedule.sampleAt(frameNumber) - this.#schedule.sampleAt(this.#next));
    this.#next = frameNumber;
  }

  #give(tick: TimedTick, discontinuity: boolean): void {
    if (!this.#format || !this.#schedule || !this.#generator) return;
    const frames = this.#schedule.sampleCountAt(this.#next);
    const loan = this.outputs.audio.loan(this.#format);
    if (!loan) return this.#generator.skip(frames);
    this.#generator.fill(loan.samples, frames);
    const behind = tick.frameNumber - this.#next;
    const timestampNs = behind === 0 ? tick.timestampNs : instantOf(tick.taiFrame - BigInt(behind), this.#rate);
    loan.commit({ frames, timestampNs, discontinuity });
  }
}
