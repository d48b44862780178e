/**
 * The actor that reads a media file.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  Actor,
  type ActorSpec,
  AudioBuffer,
  type AudioFormat,
  audioFormat,
  control,
  type EncodedFormat,
  EncodedPacket,
  optionsFrom,
  type Output,
  output,
  type Rate,
  registerActor,
  type TimedTick,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import { MediaError } from "./media_error.ts";
import type { AudioInfo, MediaInfo, VideoInfo } from "./media_info.ts";
import { type AudioPacket, type MediaReader, openMediaReader } from "./media_reader.ts";

/** Options of {@linkcode FileReaderActor}. */
export interface FileReaderOptions {
  /** The file: mp4, mov, mkv, webm, wav, ogg, mp3, flac, aac, ts. */
  path: string;
  /** Begin again at the end, for ever. Default false: the actor finishes at the end. */
  loop?: boolean;
  /** Begin without waiting for the first link. Default false. */
  freeRun?: boolean;
  /** Pictures decoded ahead: 2, 4, 8, 16, 32 or 64. Default 8. */
  lookAhead?: number;
}

/** Ports and options of {@linkcode FileReaderActor}. */
export interface FileReaderTypes {
  /** Pictures, sound, and the sound's packets as they are in the file. */
  outputs: { video: Output<VideoFrame>; audio: Output<AudioBuffer>; packets: Output<EncodedPacket> };
  /** Options as a user gives them. */
  options: FileReaderOptions;
}

/** Beats of a file without pictures: blocks of 20 ms. */
const SOUND_ONLY_RATE: Rate = { num: 50, den: 1 };
/** A reader that was held up catches up with its sound in blocks of at most so many beats. */
const BLOCK_BEATS_MAX = 2;
const PACKET_BYTES_MAX = 16_384;

/**
 * Reads a media file in real time: one picture per tick of the file's own rate, and the sound that belongs to it.
 *
 * `video` gives `i420` pictures, `audio` float32 sound without gaps, `packets` the sound's packets as they are in the
 * file, for passing through. What the file lacks is finished from the start. Decoding runs on a thread of its own,
 * ahead of time. A missed tick is a skipped picture, and a picture that is not decoded in time comes late or is
 * skipped: `stats.counters` has `picturesSkipped` and `picturesLate`. Sound is never skipped. In lockstep nothing is.
 */
@registerActor({ name: "FileReader", module: import.meta.url })
export class FileReaderActor extends Actor<FileReaderTypes> {
  /** What it gives and can be told. */
  static readonly spec: ActorSpec<FileReaderTypes> = {
    description: "Reads pictures and sound of a media file in real time, once or in a loop",
    finite: true,
    losses: ["picturesSkipped"],
    positional: "path",
    outputs: {
      video: output(VideoFrame, { description: "the pictures, i420, at the file's rate" }),
      audio: output(AudioBuffer, { description: "the sound, float32, without gaps" }),
      packets: output(EncodedPacket, { description: "the sound's packets as they are in the file" }),
    },
    options: optionsFrom(z.strictObject({
      path: z.string().min(1, "the path of a media file is right").describe("the media file"),
      loop: z.boolean().default(false).describe("begin again at the end"),
      freeRun: z.boolean().default(false).describe("begin without waiting for the first link"),
      lookAhead: z.literal([2, 4, 8, 16, 32, 64]).default(8).describe("pictures decoded ahead"),
    })),
  };

  #reader: MediaReader | undefined;
  #video: VideoFormat | undefined;
  #audio: AudioFormat | undefined;
  #packets: EncodedFormat | undefined;
  #first: TimedTick | undefined;
  #framesOfSound = 0;
  /** A packet that was taken from the file and is not due yet. */
  #packet: AudioPacket | undefined;

  /**
   * Opens the file, and waits until its first picture is decoded.
   *
   * @throws {MediaError} As {@linkcode openMediaReader}; `no-video` if the file has neither pictures nor sound.
   */
  override async onStart(): Promise<void> {
    const { path, loop, lookAhead } = this.options;
    const reader = await openMediaReader(path, { loop, lookAhead, audioPackets: true });
    this.#reader = reader;
    const { video, audio } = reader.info;
    if (!video && !audio) throw new MediaError("no-video", `Cannot read ${path}: it has neither pictures nor sound`);
    this.tickAt(video?.rate ?? SOUND_ONLY_RATE);
    if (video) this.#planVideo(video);
    else this.outputs.video.finish();
    if (audio) this.#planAudio(audio);
    else {
      this.outputs.audio.finish();
      this.outputs.packets.finish();
    }
    await reader.videoAvailable();
  }

  /** Gives the picture of this tick, and the sound and packets up to its end. */
  override async process(tick: TimedTick): Promise<void> {
    const reader = this.#reader!;
    this.#first ??= tick;
    const isLossless = this.clock?.domain?.lossless ?? false;
    const beat = tick.frameNumber - this.#first.frameNumber;
    if (this.#video) await this.#givePicture(reader, this.#video, beat, isLossless);
    if (this.#audio) await this.#giveSound(reader, this.#audio, beat + 1, isLossless);
    if (this.#packets) await this.#givePackets(reader, this.#packets, beat + 1, isLossless);
    // Each part ends for itself: a mixer behind pictures that are over would else go on without them.
    if (reader.videoEnded) this.outputs.video.finish();
    if (reader.audioEnded) this.outputs.audio.finish();
    if (reader.videoEnded && reader.audioEnded) this.finish();
  }

  /** Closes the file and frees the thread. */
  override async onStop(): Promise<void> {
    await this.#reader?.close();
  }

  /** What the file holds: size, rate and colours of its pictures, its sound, its length. */
  @control()
  info(): Promise<MediaInfo> {
    return Promise.resolve(this.#reader!.info);
  }

  #planVideo({ width, height, rate, colorSpace, range }: VideoInfo): void {
    this.#video = videoFormat({ pixelFormat: "i420", width, height, rate, colorSpace, range });
  }

  #planAudio({ sampleRateHz, fileSampleRateHz, channels, codec, description }: AudioInfo): void {
    const { num, den } = this.clock!.rate;
    const framesPerBeat = Math.ceil((sampleRateHz * den) / num);
    this.#audio = audioFormat({ sampleRateHz, channels, framesMax: framesPerBeat * BLOCK_BEATS_MAX });
    if (codec === "pcm") return this.outputs.packets.finish();
    this.#packets = {
      codec,
      bytesMax: PACKET_BYTES_MAX,
      sampleRateHz: fileSampleRateHz,
      channels,
      ...(description ? { description: Buffer.from(description).toString("base64") } : {}),
    };
  }

  /** Gives the picture of this beat; pictures of beats that were missed are skipped. */
  async #givePicture(reader: MediaReader, format: VideoFormat, beat: number, isLossless: boolean): Promise<void> {
    if (isLossless) await reader.videoAvailable();
    // A picture belongs to the beat that is nearest to it.
    const dueNs = this.#mediaNs(beat - 0.5);
    const nextNs = this.#mediaNs(beat + 0.5);
    let picture = reader.peekVideo();
    while (picture && !isLossless && picture.timestampNs < dueNs && reader.videoReady > 1) {
      reader.releaseVideo();
      this.count("picturesSkipped");
      picture = reader.peekVideo();
    }
    if (!picture && !reader.videoEnded) this.count("picturesLate");
    if (!picture || picture.timestampNs >= nextNs) return;
    const loan = this.outputs.video.loan(format);
    if (loan) {
      loan.data.set(picture.data);
      loan.commit({ sourceTimestampNs: BigInt(picture.timestampNs) });
    }
    reader.releaseVideo();
  }

  /** Gives all sound before the end of this beat. */
  async #giveSound(reader: MediaReader, format: AudioFormat, endBeat: number, isLossless: boolean): Promise<void> {
    const { sampleRateHz, framesMax } = format;
    const end = Math.floor((this.#mediaNs(endBeat) * sampleRateHz) / 1e9);
    while (this.#framesOfSound < end && !reader.audioEnded) {
      const wanted = Math.min(framesMax, end - this.#framesOfSound);
      if (!isLossless && reader.audioReady === 0) return;
      const loan = this.outputs.audio.loan(format);
      if (!loan) return;
      const frames = isLossless ? await reader.nextAudio(loan.samples, wanted) : reader.readAudio(loan.samples, wanted);
      if (frames === 0) return loan.abort();
      loan.commit({ frames, timestampNs: this.#instantOf((this.#framesOfSound / sampleRateHz) * 1e9) });
      this.#framesOfSound += frames;
    }
  }

  /** Gives all packets that begin before the end of this beat. */
  async #givePackets(reader: MediaReader, format: EncodedFormat, endBeat: number, isLossless: boolean): Promise<void> {
    const endNs = this.#mediaNs(endBeat);
    for (;;) {
      this.#packet ??= isLossless ? await reader.nextAudioPacket() : reader.takeAudioPacket();
      if (!this.#packet || this.#packet.timestampNs >= endNs) return;
      const { data, timestampNs, durationNs } = this.#packet;
      const loan = this.outputs.packets.loan(format);
      if (!loan) return;
      loan.data.set(data);
      const metadata = { durationNs };
      loan.commit({ bytes: data.length, keyframe: true, timestampNs: this.#instantOf(timestampNs), metadata });
      this.#packet = undefined;
    }
  }

  /** Media time at which a beat begins, ns. */
  #mediaNs(beat: number): number {
    const { num, den } = this.clock!.rate;
    return (beat * den * 1e9) / num;
  }

  #instantOf(mediaNs: number): bigint {
    return this.#first!.timestampNs + BigInt(Math.round(mediaNs));
  }
}
