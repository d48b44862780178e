/**
 * The actor that codes pictures.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  Actor,
  type ActorSpec,
  convertFrame,
  type EncodedFormat,
  EncodedPacket,
  type Input,
  input,
  messageOf,
  optionsFrom,
  type Output,
  output,
  registerActor,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import { codecStringOf } from "./codec/codec_string.ts";
import { type EncodedPacket as CodedPicture, i420Bytes, type VideoCodec, type VideoEncoder } from "./codec/provider.ts";
import { codecProviders, pickProvider } from "./codec/provider_registry.ts";
import { MediaError } from "./media_error.ts";

/** Options of {@linkcode VideoEncoderActor}. */
export interface VideoEncoderOptions {
  /** The codec. Default `h264`. */
  codec?: "h264" | "vp8" | "vp9";
  /** Bits per second, 10000–200000000. Default 0.1 bit per pixel, at least 300000. */
  bitrate?: number | undefined;
}

/** Ports and options of {@linkcode VideoEncoderActor}. */
export interface VideoEncoderTypes {
  /** `video`: pictures with even edges. */
  inputs: { video: Input<VideoFrame> };
  /** `packets`: one for each picture, with its time stamp. */
  outputs: { packets: Output<EncodedPacket> };
  /** As given by the user. */
  options: VideoEncoderOptions;
}

const BYTES_MIN = 1 << 16;
const US = 1000n;
/** Pictures in a row that the coder may fail on. */
const REFUSED_MAX = 25;

/**
 * Codes every picture into one packet. H.264 comes as Annex B: parameter sets stand before each keyframe.
 *
 * Coding takes milliseconds and runs where the actor lives: give it a thread (`dispatcher: new ThreadPoolDispatcher()`).
 * Another size or rate begins a new coder. Pictures are coded as 8-bit 4:2:0, others are converted. A picture that the
 * coder fails on, as OpenH264 on pure noise at a high bitrate, is left out: a new coder goes on with the next one, which
 * is a keyframe; after 25 of them in a row the actor fails. `stats.counters` has `picturesCoded`, `picturesRefused`
 * (those) and `packetsDropped` (readers held every slot: the stream has a hole until the next keyframe).
 */
@registerActor({ name: "VideoEncoder", module: import.meta.url })
export class VideoEncoderActor extends Actor<VideoEncoderTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<VideoEncoderTypes> = {
    description: "Codes pictures as H.264, VP8 or VP9",
    losses: ["picturesRefused"],
    inputs: { video: input(VideoFrame, { delivery: "ordered", depth: 4, description: "pictures with even edges" }) },
    outputs: { packets: output(EncodedPacket, { description: "one packet for each picture" }) },
    options: optionsFrom(z.strictObject({
      codec: z.enum(["h264", "vp8", "vp9"]).default("h264").describe("the codec"),
      bitrate: z.int().min(10_000).max(200_000_000).optional().describe("bits per second"),
    })),
  };

  #encoder: VideoEncoder | undefined;
  #source: VideoFormat | undefined;
  #target: VideoFormat | undefined;
  #picture: Uint8Array = new Uint8Array(0);
  #format: EncodedFormat | undefined;
  #bitrate = 0;
  /** Pictures since one was coded. */
  #refused = 0;
  #isTold = false;
  /** Exact instants of the pictures inside the coder, oldest first; coders do not reorder. */
  readonly #instants: bigint[] = [];

  /** Codes what is unread. */
  override async process(): Promise<void> {
    for (const frame of this.inputs.video) {
      if (frame.format !== this.#source) await this.#begin(frame.format);
      convertFrame(frame, { data: this.#picture, format: this.#target! });
      await this.#code(frame.timestampNs);
    }
  }

  /** Gives out what is inside the coder. */
  override async onStop(): Promise<void> {
    await this.#end();
  }

  async #code(timestampNs: bigint): Promise<void> {
    this.#instants.push(timestampNs);
    try {
      await this.#encoder!.encode(this.#picture, Number(timestampNs / US));
      this.#refused = 0;
      this.count("picturesCoded");
    } catch (thrown) {
      this.#refused++;
      this.count("picturesRefused");
      const error = this.#refusal(thrown);
      if (this.#refused === REFUSED_MAX) throw error;
      if (!this.#isTold) console.error(`streamlib: ${error.message}`);
      this.#isTold = true;
      // It takes no more; what was inside it is out, or was this picture.
      this.#close();
    }
  }

  #refusal(cause: unknown): MediaError {
    const { width, height } = this.#target!;
    const { codec } = this.options;
    const [known, other] = codec === "h264"
      ? [", as OpenH264 does where noise becomes too many bits", "vp8"]
      : ["", "h264"];
    return new MediaError(
      "provider",
      `Cannot code a picture of ${width}x${height} in ${this.label} with option bitrate = ${this.#bitrate}: ` +
        `the ${codec} coder failed (${
          messageOf(cause)
        })${known}; a lower bitrate, or option codec = ${other}, is right`,
      { cause },
    );
  }

  async #begin(source: VideoFormat): Promise<void> {
    await this.#end();
    const { width, height, rate, colorSpace } = source;
    const { codec } = this.options;
    const bitrate = this.options.bitrate ?? Math.max(300_000, Math.round(width * height * rate.num / rate.den / 10));
    const provider = await pickProvider(codecProviders(), "encode", codec);
    this.#bitrate = bitrate;
    const config = { codec, width, height, rate, bitrate, colorSpace, range: "narrow" as const };
    this.#target = videoFormat({ pixelFormat: "i420", width, height, rate, colorSpace, range: "narrow" });
    this.#picture = new Uint8Array(i420Bytes(width, height));
    this.#format = undefined;
    this.#encoder = provider.createVideoEncoder(config, (packet) => this.#give(packet, codec));
    this.#source = source;
  }

  async #end(): Promise<void> {
    try {
      await this.#encoder?.flush();
    } finally {
      this.#close();
    }
  }

  /** What is inside the coder is lost. */
  #close(): void {
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#source = undefined;
    this.#instants.length = 0;
  }

  #give(packet: CodedPicture, codec: VideoCodec): void {
    const timestampNs = this.#instants.shift() ?? BigInt(packet.timestampUs) * US;
    const loan = this.outputs.packets.loan(this.#formatFor(packet, codec));
    if (!loan) return this.count("packetsDropped");
    loan.data.set(packet.data);
    loan.commit({ bytes: packet.data.length, keyframe: packet.key, timestampNs });
  }

  /** The same object for all packets that fit: a ring of its own for the largest picture would be far too large. */
  #formatFor(packet: CodedPicture, codec: VideoCodec): EncodedFormat {
    const known = this.#format;
    if (known && packet.data.length <= known.bytesMax) return known;
    const { width, height, rate } = this.#target!;
    const bytesMax = 2 ** Math.ceil(Math.log2(Math.max(BYTES_MIN, 2 * packet.data.length)));
    const name = known?.codec ?? codecStringOf(codec, packet.data);
    const description = known?.description ??
      (packet.description && Buffer.from(packet.description).toString("base64"));
    this.#format = { codec: name, bytesMax, width, height, rate, ...(description ? { description } : {}) };
    return this.#format;
  }
}
