/**
 * The actor that decodes pictures.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  Actor,
  type ActorSpec,
  type ColorSpace,
  type EncodedFormat,
  EncodedPacket,
  type Input,
  input,
  optionsFrom,
  type Output,
  output,
  type Rate,
  registerActor,
  StreamError,
  toRate,
  type VideoFormat,
  videoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import { videoCodecOf } from "./codec/codec_string.ts";
import type { DecodedPicture, VideoDecoder } from "./codec/provider.ts";
import { codecProviders, pickProvider } from "./codec/provider_registry.ts";

/** Options of {@linkcode VideoDecoderActor}. */
export interface VideoDecoderOptions {
  /** Frames per second where the packets' format does not say: a number, or a fraction. */
  fps?: number | Rate | undefined;
  /** Primaries and matrix of the pictures. Default `bt709`. */
  colorSpace?: ColorSpace;
}

/** Ports and options of {@linkcode VideoDecoderActor}. */
export interface VideoDecoderTypes {
  /** `packets`: coded pictures, in decoding order. */
  inputs: { packets: Input<EncodedPacket> };
  /** `video`: the pictures, `i420`, in the order in which they are shown. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: VideoDecoderOptions;
}

const US = 1000n;

/**
 * Decodes pictures to `i420`, each with the time stamp of its packet.
 *
 * Decoding takes milliseconds and runs where the actor lives: give it a thread (`dispatcher: new
 * ThreadPoolDispatcher()`). It begins at a keyframe, and again at one after a packet that was lost or damaged. The
 * library decodes several pictures at a time, so that a picture comes out some packets after its own: one for each core
 * of the machine, 16 at most. What is inside at the end comes out then.
 * `stats.counters` has `picturesDecoded`, `picturesDropped` (readers held every slot), `packetsBeforeKeyframe` and
 * `packetsDamaged`.
 */
@registerActor({ name: "VideoDecoder", module: import.meta.url })
export class VideoDecoderActor extends Actor<VideoDecoderTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<VideoDecoderTypes> = {
    description: "Decodes H.264, HEVC, VP8, VP9 and AV1 pictures",
    losses: ["packetsDamaged"],
    inputs: { packets: input(EncodedPacket, { description: "coded pictures, in decoding order" }) },
    outputs: { video: output(VideoFrame, { slots: 4, description: "the pictures, i420" }) },
    options: optionsFrom(z.strictObject({
      fps: z.union([z.number().positive(), z.strictObject({ num: z.int().positive(), den: z.int().positive() })])
        .optional().describe("frames per second where the packets' format does not say"),
      colorSpace: z.enum(["bt601", "bt709", "bt2020"]).default("bt709").describe("primaries and matrix"),
    })),
  };

  #decoder: VideoDecoder | undefined;
  /** The stream that the decoder was made for. */
  #stream = "";
  #packetFormat: EncodedFormat | undefined;
  #format: VideoFormat | undefined;
  #isWaiting = true;
  /** Exact instants of the packets inside the decoder, by their time in microseconds. */
  readonly #instants = new Map<number, bigint>();

  /** Decodes what is unread. */
  override async process(): Promise<void> {
    for (const packet of this.inputs.packets) {
      if (packet.format !== this.#packetFormat) await this.#follow(packet.format);
      if (packet.missed > 0) this.#isWaiting = true;
      if (this.#isWaiting && !packet.keyframe) {
        this.count("packetsBeforeKeyframe");
        continue;
      }
      this.#isWaiting = false;
      await this.#decode(packet);
    }
  }

  /** Gives out what is inside the decoder. */
  override async onStop(): Promise<void> {
    await this.#end();
  }

  async #decode(packet: EncodedPacket): Promise<void> {
    const timestampUs = Number(packet.timestampNs / US);
    this.#instants.set(timestampUs, packet.timestampNs);
    try {
      await this.#decoder!.decode({ data: packet.data, key: packet.keyframe, timestampUs });
    } catch {
      this.count("packetsDamaged");
      this.#instants.delete(timestampUs);
      this.#isWaiting = true;
    }
  }

  /** A format that only has room for larger packets is the same stream. */
  async #follow(format: EncodedFormat): Promise<void> {
    this.#packetFormat = format;
    const { codec, description, width, height } = format;
    const stream = JSON.stringify({ codec, description, width, height });
    if (stream === this.#stream) return;
    await this.#end();
    this.#stream = stream;
    this.#isWaiting = true;
    const name = videoCodecOf(codec);
    const provider = await pickProvider(codecProviders(), "decode", name);
    const config = {
      codec: name,
      width: width ?? 0,
      height: height ?? 0,
      ...(description ? { description: Buffer.from(description, "base64") } : {}),
    };
    this.#decoder = provider.createVideoDecoder(config, (picture) => this.#give(picture));
  }

  async #end(): Promise<void> {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (!decoder) return;
    try {
      await decoder.flush();
    } finally {
      decoder.close();
      this.#instants.clear();
    }
  }

  #give(picture: DecodedPicture): void {
    try {
      const { timestampUs, width, height } = picture;
      const timestampNs = this.#instants.get(timestampUs) ?? BigInt(timestampUs) * US;
      this.#instants.delete(timestampUs);
      if (this.#format?.width !== width || this.#format.height !== height) {
        this.#format = videoFormat({
          pixelFormat: "i420",
          width,
          height,
          rate: this.#rate(),
          colorSpace: this.options.colorSpace ?? "bt709",
        });
      }
      const loan = this.outputs.video.loan(this.#format);
      if (!loan) return this.count("picturesDropped");
      picture.copyTo(loan.data);
      loan.commit({ timestampNs });
      this.count("picturesDecoded");
    } finally {
      picture.close();
    }
  }

  #rate(): Rate {
    const rate = this.#packetFormat?.rate ?? (this.options.fps === undefined ? undefined : toRate(this.options.fps));
    if (rate) return rate;
    throw new StreamError(
      "option-invalid",
      `Cannot decode in ${this.label}: the packets do not say their rate; give the option fps`,
    );
  }
}
