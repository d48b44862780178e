/**
 * The actor that writes a media file.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { extname } from "node:path";
import {
  Actor,
  type ActorSpec,
  AudioBuffer,
  convertFrame,
  type EncodedFormat,
  EncodedPacket,
  type Input,
  input,
  optionsFrom,
  registerActor,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import type { AudioCodec } from "./codec/provider.ts";
import { MediaError } from "./media_error.ts";
import { type MediaWriter, type MediaWriterOptions, openMediaWriter } from "./media_writer.ts";

/** Options of {@linkcode FileWriterActor}. */
export interface FileWriterOptions {
  /** The file: `.mp4`, `.mov`, `.mkv` or `.webm`. It is overwritten; its directory must exist. */
  path: string;
  /** Bits per second of the pictures, 10000–200000000. Default 0.1 bit per pixel, at least 300000. */
  videoBitrate?: number | undefined;
  /** Bits per second of the sound where it is coded, 6000–512000. Default 64000 per channel. */
  audioBitrate?: number | undefined;
}

/** Ports and options of {@linkcode FileWriterActor}. */
export interface FileWriterTypes {
  /** Pictures, sound to be coded, and coded sound to be passed through; link those that the file shall have. */
  inputs: { video: Input<VideoFrame>; audio: Input<AudioBuffer>; packets: Input<EncodedPacket> };
  /** Options as a user gives them. */
  options: FileWriterOptions;
}

/** What `ended` of a source is when its actor has failed. */
const SOURCE_FAILED = 3;

/** Codecs of packets that a container takes as they are. */
const PASSED_THROUGH: Readonly<Record<string, readonly string[]>> = {
  ".mp4": ["aac", "opus"],
  ".mov": ["aac"],
  ".mkv": ["aac", "opus"],
  ".webm": ["opus"],
};

/**
 * Writes pictures and sound to a file that is playable at every moment, also after a crash.
 *
 * The file begins when every linked input has given its first item, so that its tracks are known. Sound comes from
 * `packets`, untouched, where they are linked and the container takes their codec, else from `audio`, coded. Coding
 * runs on a thread of its own; a picture that it is too slow for is refused. `stats.counters` has `picturesTaken`,
 * `picturesRefused`, `picturesOffGrid` (a second one for one place of the file's rate), `soundFramesTaken`,
 * `soundFramesRefused`, `packetsTaken` and `packetsRefused`. In lockstep nothing is refused.
 * The actor completes the file and ends when all its linked inputs have finished, and when it is stopped; it fails if
 * there is no file by then, because a linked input has given nothing.
 */
@registerActor({ name: "FileWriter", module: import.meta.url })
export class FileWriterActor extends Actor<FileWriterTypes> {
  /** What it takes and can be told. */
  static readonly spec: ActorSpec<FileWriterTypes> = {
    description: "Writes pictures and sound to an MP4, MOV, MKV or WebM file",
    ends: "all",
    losses: ["picturesRefused", "picturesOffGrid", "soundFramesRefused", "packetsRefused"],
    positional: "path",
    inputs: {
      video: input(VideoFrame, { delivery: "ordered", depth: 8, description: "pictures of one size, even edges" }),
      audio: input(AudioBuffer, { depth: 64, description: "sound, 1 or 2 channels" }),
      packets: input(EncodedPacket, { depth: 64, description: "coded sound, passed through untouched" }),
    },
    options: optionsFrom(z.strictObject({
      path: z.string().regex(/\.(mp4|mov|mkv|webm)$/i, "a path that ends in .mp4, .mov, .mkv or .webm is right")
        .describe("the file to write"),
      videoBitrate: z.int().min(10_000).max(200_000_000).optional().describe("bits per second of the pictures"),
      audioBitrate: z.int().min(6000).max(512_000).optional().describe("bits per second of the sound"),
    })),
  };

  #writer: MediaWriter | undefined;
  #picture: VideoFormat | undefined;
  #sound: "audio" | "packets" | "none" = "none";

  /** Opens the file once every linked input's format is known, and hands over what is unread. */
  override async process(): Promise<void> {
    this.#writer ??= await this.#open();
    const writer = this.#writer;
    if (!writer) return;
    await this.#takePictures(writer);
    if (this.#sound === "packets") await this.#takePackets(writer);
    else if (this.#sound === "audio") await this.#takeSound(writer);
  }

  /**
   * Codes what was handed over and completes the file.
   *
   * @throws {MediaError} `unwritable` if there is none, because a linked input has never given anything.
   */
  override async onStop(): Promise<void> {
    await this.#writer?.finish();
    const linked = Object.values(this.inputs).filter((port) => port.source);
    const waiting = linked.filter(({ source }) => !source!.format);
    const isFailed = linked.some(({ source }) => source!.ended === SOURCE_FAILED);
    if (this.#writer || isFailed || waiting.length === 0) return;
    throw new MediaError(
      "unwritable",
      `Cannot write ${this.options.path}: nothing ever came from ${
        waiting.map((port) => `${port.source!.label} to its input ${port.name}`).join(", ")
      }; link only what flows`,
    );
  }

  /** Opens the file as soon as every linked input's format is known; an input that has finished has no track. */
  async #open(): Promise<MediaWriter | undefined> {
    const { video, audio, packets } = this.inputs;
    const awaited = [video, audio, packets].filter((port) => port.source && !port.finished);
    if (awaited.length === 0 || awaited.some((port) => !port.source?.format)) return undefined;
    const options: MediaWriterOptions = {};
    if (awaited.includes(video)) options.video = this.#planVideo(video.source!.format!);
    const coded = awaited.includes(packets) ? packets.source!.format : undefined;
    if (coded && this.#passesThrough(coded)) {
      this.#sound = "packets";
      audio.unlink();
      options.audioPackets = {
        codec: coded.codec as AudioCodec,
        sampleRateHz: coded.sampleRateHz ?? 0,
        channels: coded.channels ?? 0,
        ...(coded.description ? { description: Buffer.from(coded.description, "base64") } : {}),
      };
    } else if (awaited.includes(audio)) {
      this.#sound = "audio";
      packets.unlink();
      const { sampleRateHz, channels } = audio.source!.format!;
      options.audio = { sampleRateHz, channels, ...definedBitrate(this.options.audioBitrate) };
    }
    return await openMediaWriter(this.options.path, options);
  }

  #planVideo(given: VideoFormat): NonNullable<MediaWriterOptions["video"]> {
    const { width, height, rate, colorSpace } = given;
    this.#picture = videoFormat({ pixelFormat: "i420", width, height, rate, colorSpace, range: "narrow" });
    return { width, height, rate, colorSpace, range: "narrow", ...definedBitrate(this.options.videoBitrate) };
  }

  #passesThrough(format: EncodedFormat): boolean {
    return PASSED_THROUGH[extname(this.options.path).toLowerCase()].includes(format.codec);
  }

  async #takePictures(writer: MediaWriter): Promise<void> {
    const target = this.#picture;
    if (!target) return;
    for (const frame of this.inputs.video) {
      if (this.inputs.video.isLossless) await writer.room("video");
      const data = writer.loanVideo();
      if (!data) {
        this.count("picturesRefused");
        continue;
      }
      convertFrame(frame, { data, format: target });
      this.count(writer.commitVideo(frame.timestampNs) ? "picturesTaken" : "picturesOffGrid");
    }
  }

  async #takeSound(writer: MediaWriter): Promise<void> {
    for (const block of this.inputs.audio) {
      if (this.inputs.audio.isLossless) await writer.room("audio");
      const isTaken = writer.writeAudio(block.samples, block.timestampNs);
      this.count(isTaken ? "soundFramesTaken" : "soundFramesRefused", block.frames);
    }
  }

  async #takePackets(writer: MediaWriter): Promise<void> {
    for (const packet of this.inputs.packets) {
      if (this.inputs.packets.isLossless) await writer.room("audioPackets");
      const durationNs = Number(packet.metadata?.durationNs ?? 0);
      const isTaken = writer.writeAudioPacket(packet.data, packet.timestampNs, durationNs);
      this.count(isTaken ? "packetsTaken" : "packetsRefused");
    }
  }
}

function definedBitrate(bitrate: number | undefined): { bitrate?: number } {
  return bitrate === undefined ? {} : { bitrate };
}
