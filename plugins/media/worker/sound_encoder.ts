/**
 * Turns timed blocks of sound into packets on an unbroken timeline.
 *
 * The first block may begin at any time from 0. After it, sound runs on by count of frames; only where a block's time
 * is more than 20 ms off the count, silence is put in or sound is left out, and counted. Encoders delay: what goes in
 * first comes out `primingFrames` late. The first `primingFrames` of the timeline are therefore not given to the
 * encoder (they fall into its warm-up and would never be heard), which puts all that follows exactly where it belongs,
 * in every container and without an edit list.
 *
 * @module
 */
import { Resampler } from "../audio/resampler.ts";
import type { AudioEncoder, CodecProvider, EncodedPacket } from "../codec/provider.ts";
import type { AudioTrackPlan } from "./messages.ts";
import { codedSampleRate } from "./sound_rate.ts";

const GAP_S = 0.02;

/** See the module. */
export class SoundEncoder {
  /** Seconds of one packet. */
  readonly packetS: number;
  readonly #channels: number;
  readonly #inRateHz: number;
  readonly #outRateHz: number;
  readonly #encoder: AudioEncoder;
  readonly #resampler: Resampler | undefined;
  readonly #block: Float32Array;
  #blockFrames: number = 0;
  #toSkip: number;
  #packetsIn: number = 0;
  /** Frames of the timeline filled so far, at the incoming rate. */
  #filledFrames: number = 0;
  /** Frames of silence put in where none came. */
  silenceFrames: number = 0;
  /** Frames left out because their time was already filled. */
  trimmedFrames: number = 0;
  /** Frames that were given and written. */
  writtenFrames: number = 0;

  constructor(provider: CodecProvider, plan: AudioTrackPlan, output: (packet: EncodedPacket) => void) {
    this.#channels = plan.channels;
    this.#inRateHz = plan.sampleRateHz;
    this.#outRateHz = codedSampleRate(plan.codec, plan.sampleRateHz);
    const { codec, channels, bitrate } = plan;
    this.#encoder = provider.createAudioEncoder({ codec, sampleRateHz: this.#outRateHz, channels, bitrate }, output);
    this.#resampler = this.#outRateHz === this.#inRateHz
      ? undefined
      : new Resampler(this.#inRateHz, this.#outRateHz, channels);
    this.#block = new Float32Array(this.#encoder.framesPerPacket * channels);
    this.#toSkip = this.#encoder.primingFrames;
    this.packetS = this.#encoder.framesPerPacket / this.#outRateHz;
  }

  /** Seconds of the timeline filled so far. */
  get filledS(): number {
    return this.#filledFrames / this.#inRateHz;
  }

  /** Adds a block that begins at `timestampS`. `samples` are read before the call returns. */
  async add(samples: Float32Array, timestampS: number): Promise<void> {
    const frames = samples.length / this.#channels;
    const off = Math.round(timestampS * this.#inRateHz) - this.#filledFrames;
    const limit = this.#filledFrames === 0 ? 0 : GAP_S * this.#inRateHz;
    if (off > limit) await this.fillTo(timestampS);
    const late = off < -limit ? Math.min(frames, -off) : 0;
    this.trimmedFrames += late;
    this.writtenFrames += frames - late;
    await this.#append(samples.subarray(late * this.#channels));
  }

  /** Fills the timeline up to `timestampS` with silence. */
  async fillTo(timestampS: number): Promise<void> {
    let missing = Math.round(timestampS * this.#inRateHz) - this.#filledFrames;
    while (missing > 0) {
      const frames = Math.min(missing, this.#inRateHz);
      await this.#append(new Float32Array(frames * this.#channels));
      this.silenceFrames += frames;
      missing -= frames;
    }
  }

  /** Codes what is left, the last packet filled up with silence. */
  async finish(): Promise<void> {
    if (this.#resampler) await this.#feed(this.#resampler.end());
    const rest = this.#encoder.framesPerPacket - this.#blockFrames;
    if (this.#blockFrames > 0) await this.#feed(new Float32Array(rest * this.#channels));
    await this.#encoder.flush();
  }

  close(): void {
    this.#encoder.close();
  }

  async #append(samples: Float32Array): Promise<void> {
    this.#filledFrames += samples.length / this.#channels;
    await this.#feed(this.#resampler ? this.#resampler.push(samples) : samples);
  }

  async #feed(samples: Float32Array): Promise<void> {
    const frames = samples.length / this.#channels;
    let at = Math.min(this.#toSkip, frames);
    this.#toSkip -= at;
    while (at < frames) {
      const count = Math.min(frames - at, this.#encoder.framesPerPacket - this.#blockFrames);
      this.#block.set(
        samples.subarray(at * this.#channels, (at + count) * this.#channels),
        this.#blockFrames * this.#channels,
      );
      this.#blockFrames += count;
      at += count;
      if (this.#blockFrames < this.#encoder.framesPerPacket) break;
      this.#blockFrames = 0;
      const startFrame = this.#packetsIn++ * this.#encoder.framesPerPacket;
      await this.#encoder.encode(this.#block, Math.round(startFrame * 1e6 / this.#outRateHz));
    }
  }
}
