/**
 * Moves the sound of a file into the sample queue: without gaps, from media time 0, at the rate asked for.
 *
 * @module
 */
import * as bunny from "mediabunny";
import { Resampler } from "../audio/resampler.ts";
import { decodePcm, pcmReader } from "../codec/pcm.ts";
import type { AudioCodec, AudioDecoder, CodecProvider } from "../codec/provider.ts";
import { pickProvider } from "../codec/provider_registry.ts";
import { type AudioTrack, damaged } from "./input_file.ts";
import type { ReadJob } from "./messages.ts";
import type { Pump, Timeline } from "./read_session.ts";
import type { SampleQueue } from "./sample_queue.ts";
import { type SessionControl, WORD } from "./session_control.ts";

/** A packet's timestamp may be off the running count by so much before silence is put in or sound left out. */
const GAP_S = 0.05;
/** Sound that ends so much before the file says is damage; less is the rounding of codecs and containers. */
const MISSING_S = 0.25;

/** See the module. */
export class AudioPump implements Pump {
  readonly #path: string;
  readonly #source: AudioTrack;
  readonly #timeline: Timeline;
  readonly #control: SessionControl;
  readonly #queue: SampleQueue;
  readonly #provider: CodecProvider | undefined;
  readonly #resampler: Resampler | undefined;
  readonly #ready: Float32Array[] = [];
  readonly #decoded: Float32Array[] = [];
  #packets: AsyncGenerator<bunny.EncodedPacket, void, unknown>;
  #decoder: AudioDecoder | undefined;
  #round: number = 0;
  /** Frames placed since media time 0, at the file's rate. */
  #placedFrames: number = 0;
  #started: boolean = false;
  #ended: boolean = false;
  done: boolean = false;

  private constructor(
    job: ReadJob,
    source: AudioTrack,
    timeline: Timeline,
    control: SessionControl,
    queue: SampleQueue,
    provider: CodecProvider | undefined,
  ) {
    this.#path = job.path;
    this.#source = source;
    this.#timeline = timeline;
    this.#control = control;
    this.#queue = queue;
    this.#provider = provider;
    const { fileSampleRateHz, channels } = source.info;
    const wanted = job.sampleRateHz ?? fileSampleRateHz;
    this.#resampler = wanted === fileSampleRateHz ? undefined : new Resampler(fileSampleRateHz, wanted, channels);
    this.#packets = new bunny.EncodedPacketSink(source.track).packets();
  }

  /** Picks a provider, if one is needed, and makes the pump. @throws {MediaError} `codec-unsupported`. */
  static async open(
    job: ReadJob,
    source: AudioTrack,
    timeline: Timeline,
    control: SessionControl,
    queue: SampleQueue,
  ): Promise<AudioPump> {
    const provider = source.pcm
      ? undefined
      : await pickProvider(job.providers, "decode", source.info.codec as AudioCodec);
    const pump = new AudioPump(job, source, timeline, control, queue, provider);
    pump.#decoder = pump.#newDecoder();
    return pump;
  }

  async step(): Promise<boolean> {
    if (this.#ready.length > 0) return this.#deliver();
    if (this.#ended) {
      this.done = true;
      this.#control.set(WORD.audioDone);
      return true;
    }
    await this.#decodeNext();
    return true;
  }

  close(): void {
    this.#decoder?.close();
    this.#decoder = undefined;
    void this.#packets.return();
  }

  #deliver(): boolean {
    const block = this.#ready[0];
    const frames = this.#queue.write(block);
    if (frames === 0 && block.length > 0) return false;
    const rest = block.subarray(frames * this.#source.info.channels);
    if (rest.length > 0) this.#ready[0] = rest;
    else this.#ready.shift();
    this.#control.signal();
    return true;
  }

  async #decodeNext(): Promise<void> {
    try {
      const { value: packet } = await this.#packets.next();
      if (!packet) return await this.#endRound();
      if (this.#source.pcm) this.#decoded.push(decodePcm(pcmReader(this.#source.pcm)!, packet.data));
      else await this.#decoder!.decode({ data: packet.data, key: true, timestampUs: packet.microsecondTimestamp });
      this.#place(packet.timestamp, packet.duration);
    } catch (thrown) {
      throw damaged(this.#path, thrown);
    }
  }

  async #endRound(): Promise<void> {
    await this.#decoder?.flush();
    for (const samples of this.#decoded.splice(0)) this.#append(samples);
    this.#decoder?.close();
    this.#decoder = undefined;
    this.#checkComplete();
    if (!this.#timeline.loop) {
      if (this.#resampler) this.#ready.push(this.#resampler.end());
      this.#ended = true;
      return;
    }
    this.#round++;
    this.#started = false;
    this.#silence(this.#roundStart(this.#round) - this.#placedFrames);
    this.#packets = new bunny.EncodedPacketSink(this.#source.track).packets();
    this.#decoder = this.#newDecoder();
  }

  /** A file that ends early must not look like a shorter file. */
  #checkComplete(): void {
    const { fileSampleRateHz } = this.#source.info;
    const roundFrames = this.#placedFrames - this.#roundStart(this.#round);
    const endS = this.#timeline.loop
      ? Math.min(this.#source.endS - this.#timeline.startS, this.#timeline.roundS)
      : this.#source.endS - this.#timeline.startS;
    const reachedS = roundFrames / fileSampleRateHz;
    if (endS - reachedS <= MISSING_S) return;
    throw new Error(`the sound ends after ${reachedS.toFixed(2)} s of ${endS.toFixed(2)} s`);
  }

  /** Puts what the packet gave on the timeline. */
  #place(packetS: number, durationS: number): void {
    const { channels, fileSampleRateHz } = this.#source.info;
    for (let samples = this.#decoded.shift(); samples; samples = this.#decoded.shift()) {
      const given = samples.length / channels;
      // A decoder leaves out the encoder's delay at the start: what it gives stands at the end of its packet.
      const lead = this.#started ? 0 : Math.max(0, Math.round(durationS * fileSampleRateHz) - given);
      const at = this.#roundStart(this.#round) +
        Math.round((packetS - this.#timeline.startS) * fileSampleRateHz) + lead;
      const off = at - this.#placedFrames;
      const limit = this.#started ? GAP_S * fileSampleRateHz : 0;
      this.#started = true;
      if (off > limit) this.#silence(off);
      this.#append(off < -limit ? samples.subarray(Math.min(given, -off) * channels) : samples);
    }
  }

  #append(samples: Float32Array): void {
    const { channels } = this.#source.info;
    const room = this.#timeline.loop ? this.#roundStart(this.#round + 1) - this.#placedFrames : Infinity;
    const kept = samples.length / channels > room ? samples.subarray(0, Math.max(0, room) * channels) : samples;
    if (kept.length === 0) return;
    this.#placedFrames += kept.length / channels;
    this.#ready.push(this.#resampler ? this.#resampler.push(kept) : kept);
  }

  #silence(frames: number): void {
    const { channels, fileSampleRateHz } = this.#source.info;
    for (let rest = frames; rest > 0; rest -= fileSampleRateHz) {
      this.#append(new Float32Array(Math.min(rest, fileSampleRateHz) * channels));
    }
  }

  #roundStart(round: number): number {
    return Math.round(round * this.#timeline.roundS * this.#source.info.fileSampleRateHz);
  }

  #newDecoder(): AudioDecoder | undefined {
    const { codec, fileSampleRateHz, channels, description } = this.#source.info;
    return this.#provider?.createAudioDecoder(
      { codec: codec as AudioCodec, sampleRateHz: fileSampleRateHz, channels, ...(description ? { description } : {}) },
      (sound) => this.#decoded.push(sound.samples),
    );
  }
}
