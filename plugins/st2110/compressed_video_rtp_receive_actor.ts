/**
 * The actor that receives coded pictures by SMPTE ST 2110-22.
 *
 * @module
 */
import {
  type ActorSpec,
  type EncodedFormat,
  EncodedPacket,
  optionsFrom,
  type Output,
  output,
  type Rate,
  registerActor,
  StreamError,
  toRate,
} from "@streamlib/core";
import { z } from "zod";
import { JPEG_XS_CODEC } from "./compressed_video_rtp_send_actor.ts";
import { fpsField } from "./rtp/option_fields.ts";
import { planReceiving, receiveFields, type RtpReceiveOptions } from "./rtp/receive_options.ts";
import { type Receiving, RtpReceiveActor } from "./rtp/rtp_receive_actor.ts";
import type { H264Video, JpegXsVideo } from "./sdp/essence.ts";

/** Options of {@linkcode CompressedVideoRtpReceiveActor}. */
export interface CompressedVideoRtpReceiveOptions extends RtpReceiveOptions {
  /** What comes, where there is no `sdp`. */
  codec?: "h264" | "jpeg-xs" | undefined;
  /** Frames per second, where `sdp` does not say. */
  fps?: number | Rate | undefined;
  /** Most bytes of a coded picture, 1024 to 2^28; larger ones are dropped and counted. Default 1 MiB. */
  bytesMax?: number;
  /** What is done with a picture of which packets have not come: dropped, or given with holes. Default `drop`. */
  missing?: "drop" | "deliver";
}

/** Ports and options of {@linkcode CompressedVideoRtpReceiveActor}. */
export interface CompressedVideoRtpReceiveTypes {
  /** `packets`: coded pictures. */
  outputs: { packets: Output<EncodedPacket> };
  /** As given by the user. */
  options: CompressedVideoRtpReceiveOptions;
}

const REORDER_MS = 2;
const RECEIVE_BUFFER_BYTES = 8 << 20;
/** Decoders read profile and level in the stream; a description that has none leaves them open. */
const PROFILE = "42E01F";

/**
 * Receives coded pictures by SMPTE ST 2110-22 on a native thread: H.264 as access units with start codes (Annex B,
 * codec `avc1…` with the profile that `sdp` says), JPEG XS as codestreams (codec `jxsm`). Link it to a `VideoDecoder`.
 *
 * `stats.counters`: see `rtp/receive_stream.ts`.
 */
@registerActor({ name: "CompressedVideoRtpReceive", module: import.meta.url })
export class CompressedVideoRtpReceiveActor extends RtpReceiveActor<CompressedVideoRtpReceiveTypes, EncodedPacket> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<CompressedVideoRtpReceiveTypes> = {
    description: "Receives coded pictures by SMPTE ST 2110-22",
    outputs: { packets: output(EncodedPacket, { slots: 4, description: "coded pictures" }) },
    positional: "sdp",
    options: optionsFrom(z.strictObject({
      ...receiveFields,
      codec: z.enum(["h264", "jpeg-xs"]).optional().describe("what comes, where sdp does not say"),
      fps: fpsField.describe("frames per second, where sdp does not say"),
      bytesMax: z.int().min(1024).max(1 << 28).default(1 << 20).describe("most bytes of a coded picture"),
      missing: z.enum(["drop", "deliver"]).default("drop")
        .describe("what is done with a picture of which packets have not come"),
    })),
  };

  /** @internal */
  protected override receiving(): Receiving<EncodedPacket> {
    const { options } = this;
    const plan = planReceiving(options, ["H264", "jxsv"], this.label);
    const essence = plan.medium?.essence;
    const isH264 = essence ? essence.kind === "H264" : options.codec === "h264";
    if (!essence && options.codec === undefined) throw this.#lacking("what comes", "codec");
    const rate = options.fps === undefined
      ? essence?.exactframerate ?? framerateOf(plan.medium?.media.framerate)
      : toRate(options.fps);
    if (!rate) throw this.#lacking("the rate", "fps");
    const { bytesMax } = options;
    return {
      output: this.outputs.packets,
      plan,
      essence: {
        kind: isH264 ? "h264" : "jpeg-xs",
        rate,
        itemBytes: bytesMax,
        reorderNs: 1e6 * (options.reorderMs ?? REORDER_MS),
        missing: options.missing,
      },
      format: formatOf(essence, isH264, rate, bytesMax),
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    };
  }

  #lacking(what: string, option: string): StreamError {
    return new StreamError(
      "option-invalid",
      `Cannot start ${this.label}: RTP does not say ${what}; give it in the option sdp, or give the option ${option}`,
    );
  }
}

function framerateOf(framerate: number | undefined): Rate | undefined {
  return framerate === undefined ? undefined : toRate(framerate);
}

function formatOf(
  essence: H264Video | JpegXsVideo | undefined,
  isH264: boolean,
  rate: Rate,
  bytesMax: number,
): EncodedFormat {
  const profile = essence?.kind === "H264" ? essence.profileLevelId ?? PROFILE : PROFILE;
  return {
    codec: isH264 ? `avc1.${profile.toLowerCase()}` : JPEG_XS_CODEC,
    bytesMax,
    rate,
    ...(essence?.width === undefined ? {} : { width: essence.width }),
    ...(essence?.height === undefined ? {} : { height: essence.height }),
  };
}
