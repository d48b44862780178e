/** Test signals for several channels, written into a caller's interleaved buffer. */
import { rmsOf } from "./level.ts";
import { PinkNoiseSource, WhiteNoiseSource } from "./noise.ts";
import { type SampleSource, SilenceSource } from "./source.ts";
import { ToneSource } from "./tone.ts";

/** Name of a test signal. */
export type SignalName = "tone" | "white-noise" | "pink-noise" | "silence";

/** All names of test signals. */
export const signalNames: readonly SignalName[] = ["tone", "white-noise", "pink-noise", "silence"];

/** The signal of one channel. */
export interface SignalOptions {
  /** Which signal. */
  readonly signal: SignalName;
  /**
   * Level in dBFS, -200 to the highest that stays within full scale: 0 for a tone, -1.8 for white and -14 for pink
   * noise. 0 dBFS is a sine that peaks at 1.0; noise counts by RMS against it (AES17). Not for silence. Default -20.
   */
  readonly levelDbfs?: number | undefined;
  /** Frequency of a tone in Hz, above 0 and below half of the rate, rounded to 1 µHz. Default 1000. */
  readonly frequencyHz?: number | undefined;
  /** Phase of a tone's first sample in degrees. Default 0: begins at zero, rising. */
  readonly phaseDegrees?: number | undefined;
  /** Seed of a noise, whole, 0 to 2^32 - 1. Default: 1 + the channel's index, so that channels differ. */
  readonly seed?: number | undefined;
}

const levelMin = -200;
const levelMax: Readonly<Record<SignalName, number>> = {
  "tone": 0,
  "white-noise": -1.8,
  "pink-noise": -14,
  "silence": 0,
};
const channelCountMax = 64;
const optionNames: Readonly<Record<SignalName, readonly string[]>> = {
  "tone": ["levelDbfs", "frequencyHz", "phaseDegrees"],
  "white-noise": ["levelDbfs", "seed"],
  "pink-noise": ["levelDbfs", "seed"],
  "silence": [],
};

/** Several channels of test signals; each block goes on exactly where the last one ended. */
export class SignalGenerator {
  /** Samples per second of each channel. */
  readonly rateHz: number;
  /** Number of channels. */
  readonly channelCount: number;
  readonly #signals: readonly SignalOptions[];
  readonly #sources: readonly SampleSource[];

  /**
   * Makes the signals, from their first sample.
   *
   * @param rateHz whole, 8000 to 384000.
   * @param channels one entry per channel, 1 to 64.
   * @throws {RangeError} naming the option, the channel, the value and what would be right.
   */
  constructor(rateHz: number, channels: readonly SignalOptions[]) {
    if (!Number.isInteger(rateHz) || rateHz < 8000 || rateHz > 384000) {
      throw new RangeError(`Audio option "rateHz" is ${rateHz}: it must be a whole number from 8000 to 384000`);
    }
    if (!Array.isArray(channels) || channels.length < 1 || channels.length > channelCountMax) {
      throw new RangeError(`Audio option "channels" must have 1 to ${channelCountMax} entries, one per channel`);
    }
    this.rateHz = rateHz;
    this.channelCount = channels.length;
    this.#signals = channels.map((signal) => ({ ...signal }));
    this.#sources = this.#signals.map((signal, channel) => makeSource(rateHz, signal, channel));
  }

  /**
   * Writes the next block, channels interleaved (L R L R …), float32 with full scale ±1. Allocates nothing.
   *
   * @param out the caller's buffer, not kept; its first `sampleCount × channelCount` entries are written.
   * @param sampleCount samples per channel. Default: as many as fit.
   * @throws {RangeError} if the buffer is too short, or `sampleCount` is not a whole number from 0.
   */
  fill(out: Float32Array, sampleCount: number = Math.floor(out.length / this.channelCount)): void {
    if (!Number.isInteger(sampleCount) || sampleCount < 0 || sampleCount * this.channelCount > out.length) {
      throw new RangeError(
        `Audio block of ${sampleCount} samples in ${this.channelCount} channels does not fit a buffer of ${out.length}`,
      );
    }
    for (let channel = 0; channel < this.channelCount; channel++) {
      this.#sources[channel].fill(out, channel, this.channelCount, sampleCount);
    }
  }

  /** Leaves out samples (whole, from 0), so that tones keep the phase of the timeline. A noise just goes on. */
  skip(sampleCount: number): void {
    if (!Number.isSafeInteger(sampleCount) || sampleCount < 0) {
      throw new RangeError(`Audio cannot skip ${sampleCount} samples: it must be a whole number from 0`);
    }
    for (const source of this.#sources) source.skip(sampleCount);
  }

  /**
   * Moves the level of one channel, or of all but the silent ones, to a new value within 5 ms.
   *
   * @throws {RangeError} if the level is out of the signal's range or there is no such channel; then nothing changes.
   */
  setLevel(levelDbfs: number, channel?: number): void {
    const selected = this.#select(channel).filter((index) => {
      return channel !== undefined || this.#signals[index].signal !== "silence";
    });
    for (const index of selected) checkLevel(this.#signals[index].signal, levelDbfs, index);
    for (const index of selected) {
      this.#sources[index].setAmplitude(amplitudeOf(this.#signals[index].signal, levelDbfs));
    }
  }

  /**
   * Changes the frequency of one tone, or of all tones, with no jump in the signal.
   *
   * @throws {RangeError} if the frequency is out of range or the channel is not a tone; then nothing changes.
   */
  setFrequency(frequencyHz: number, channel?: number): void {
    const selected = this.#select(channel);
    const tones = selected.map((index) => this.#sources[index]).filter((source) => source instanceof ToneSource);
    if (tones.length === 0) {
      throw new RangeError(`Audio has no tone ${channel === undefined ? "in any channel" : `in channel ${channel}`}`);
    }
    checkFrequency(this.rateHz, frequencyHz, channel ?? 0);
    for (const tone of tones) tone.setFrequency(frequencyHz);
  }

  #select(channel: number | undefined): number[] {
    if (channel === undefined) return this.#sources.map((_, index) => index);
    if (!Number.isInteger(channel) || channel < 0 || channel >= this.channelCount) {
      throw new RangeError(`Audio has no channel ${channel}: channels are 0 to ${this.channelCount - 1}`);
    }
    return [channel];
  }
}

function makeSource(rateHz: number, options: SignalOptions, channel: number): SampleSource {
  const { signal } = options;
  if (!signalNames.includes(signal)) {
    throw new RangeError(
      `Audio signal "${signal}" of channel ${channel} is unknown: it must be one of ${signalNames.join(", ")}`,
    );
  }
  checkOptionNames(options, channel);
  if (signal === "silence") return new SilenceSource();
  const levelDbfs = options.levelDbfs ?? -20;
  checkLevel(signal, levelDbfs, channel);
  const amplitude = amplitudeOf(signal, levelDbfs);
  if (signal === "tone") {
    const frequencyHz = options.frequencyHz ?? 1000;
    const phaseDegrees = options.phaseDegrees ?? 0;
    checkFrequency(rateHz, frequencyHz, channel);
    if (!Number.isFinite(phaseDegrees)) {
      throw new RangeError(`Audio option "phaseDegrees" of channel ${channel} is ${phaseDegrees}: it must be a number`);
    }
    return new ToneSource(rateHz, frequencyHz, amplitude, phaseDegrees);
  }
  const seed = options.seed ?? 1 + channel;
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new RangeError(
      `Audio option "seed" of channel ${channel} is ${seed}: it must be a whole number from 0 to 4294967295`,
    );
  }
  return signal === "white-noise"
    ? new WhiteNoiseSource(rateHz, amplitude, seed)
    : new PinkNoiseSource(rateHz, amplitude, seed);
}

/** Peak of a tone, RMS value of a noise. */
function amplitudeOf(signal: SignalName, levelDbfs: number): number {
  return signal === "tone" ? 10 ** (levelDbfs / 20) : rmsOf(levelDbfs);
}

function checkOptionNames(options: SignalOptions, channel: number): void {
  const known = optionNames[options.signal];
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || option === "signal" || known.includes(option)) continue;
    const choice = known.length === 0 ? "it reads none" : `it reads ${known.join(", ")}`;
    throw new RangeError(
      `Audio signal "${options.signal}" of channel ${channel} does not read the option "${option}": ${choice}`,
    );
  }
}

function checkLevel(signal: SignalName, levelDbfs: number, channel: number): void {
  if (signal === "silence") {
    throw new RangeError(`Audio channel ${channel} is silence and has no level`);
  }
  if (!(levelDbfs >= levelMin && levelDbfs <= levelMax[signal])) {
    throw new RangeError(
      `Audio option "levelDbfs" of channel ${channel} is ${levelDbfs}: ` +
        `for ${signal} it must be from ${levelMin} to ${levelMax[signal]} dBFS`,
    );
  }
}

function checkFrequency(rateHz: number, frequencyHz: number, channel: number): void {
  if (!(frequencyHz >= 1e-6 && frequencyHz < rateHz / 2)) {
    throw new RangeError(
      `Audio option "frequencyHz" of channel ${channel} is ${frequencyHz}: ` +
        `it must be above 0 and below half of the rate, ${rateHz / 2} Hz`,
    );
  }
}
