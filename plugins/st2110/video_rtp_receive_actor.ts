/**
 * The actor that receives pictures by SMPTE ST 2110-20.
 *
 * @module
 */
import {
  type ActorSpec,
  frameBytes,
  optionsFrom,
  type Output,
  output,
  PIXEL_FORMATS,
  type PixelFormat,
  planesOf,
  registerActor,
  StreamError,
  type VideoFormat,
  videoFormat,
  type VideoFormatInit,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import { given } from "./rtp/option_fields.ts";
import { planReceiving, receiveFields, type ReceivePlan, type RtpReceiveOptions } from "./rtp/receive_options.ts";
import { type Receiving, RtpReceiveActor } from "./rtp/rtp_receive_actor.ts";
import { PACKINGS, SCANS } from "./rtp/video_sender_options.ts";
import { isWire, STANDARD_UDP_BYTES, wireOf } from "./rtp/video_wire.ts";
import type { RawVideo } from "./sdp/essence.ts";
import { formatOf, type MissingFormat } from "./sdp/format.ts";

/** What is done with a frame of which rows have not come. */
export type MissingPolicy = "drop" | "conceal" | "deliver";

/** Options of {@linkcode VideoRtpReceiveActor}. */
export interface VideoRtpReceiveOptions extends RtpReceiveOptions {
  /**
   * What comes, where there is no `sdp`: pixel format (by which the groups on the wire are told), size, rate, scan. With
   * `sdp`: what that leaves open, as descriptions of FFmpeg lack rate and colours.
   */
  format?: Partial<VideoFormatInit> | undefined;
  /** Pixel format of the frames that come out: one with the samples of the stream. Default: what suits them. */
  pixelFormat?: PixelFormat | undefined;
  /**
   * What is done with a frame of which rows have not come: dropped; given with these rows as they were in the frame
   * before; or given as it is, its metadata naming the rows. All are counted. Default `conceal`.
   */
  missing?: MissingPolicy;
}

/** Ports and options of {@linkcode VideoRtpReceiveActor}. */
export interface VideoRtpReceiveTypes {
  /** `video`: the pictures, with the instants that their time stamps mean. */
  outputs: { video: Output<VideoFrame> };
  /** As given by the user. */
  options: VideoRtpReceiveOptions;
}

const RECEIVE_BUFFER_BYTES = 32 << 20;

/**
 * Receives pictures by SMPTE ST 2110-20 on a native thread, which writes their packets straight into the slots of the
 * output: the event loop learns of whole frames only.
 *
 * A frame's `timestampNs` is the instant that its RTP time stamp means on this machine's TAI; `metadata` has
 * `rtpTimestamp`, and where rows are missing `missingRowCount` and `missingRows` (first and count of each run).
 * `stats.counters` has every packet and frame that was not used, by its reason: see `rtp/receive_stream.ts`.
 */
@registerActor({ name: "VideoRtpReceive", module: import.meta.url })
export class VideoRtpReceiveActor extends RtpReceiveActor<VideoRtpReceiveTypes, VideoFrame> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<VideoRtpReceiveTypes> = {
    description: "Receives pictures by SMPTE ST 2110-20",
    outputs: { video: output(VideoFrame, { slots: 4, description: "the pictures" }) },
    positional: "sdp",
    options: optionsFrom(z.strictObject({
      ...receiveFields,
      format: (z.looseObject({}) as unknown as z.ZodType<Partial<VideoFormatInit>>).optional()
        .describe("pixelFormat, width, height, rate and scan of what comes, where sdp does not say"),
      pixelFormat: (z.string().refine((name) =>
        Object.hasOwn(PIXEL_FORMATS, name), "the name of a pixel format is right") as
          & z.ZodString
          & z.ZodType<PixelFormat>).optional().describe("pixel format of the frames that come out"),
      missing: z.enum(["drop", "conceal", "deliver"]).default("conceal")
        .describe("what is done with a frame of which rows have not come"),
    })),
  };

  /** @internal */
  protected override receiving(): Receiving<VideoFrame> {
    const { options } = this;
    const plan = planReceiving(options, ["raw"], this.label);
    const wire = this.#wireFormat(plan);
    const { sampling, depth } = wireOf(wire.pixelFormat);
    const format = this.#outputFormat(wire);
    const planes = planesOf(format);
    const essence = plan.medium?.essence;
    return {
      output: this.outputs.video,
      plan,
      essence: {
        kind: "video",
        sampling,
        depth,
        width: wire.width,
        height: wire.height,
        rate: wire.rate,
        scan: SCANS[wire.scan],
        packing: PACKINGS[essence?.PM === "2110BPM" ? "2110BPM" : "2110GPM"],
        udpBytesMax: essence?.MAXUDP ?? STANDARD_UDP_BYTES,
        reorderNs: 1e6 * (options.reorderMs ?? 0),
        itemBytes: frameBytes(format),
        missing: options.missing,
        planeOffsets: planes.map(({ offsetBytes }) => offsetBytes),
        strides: format.strides,
        ...(isWire(format.pixelFormat) ? {} : { pixelFormat: format.pixelFormat }),
      },
      format,
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    };
  }

  /** The format of the frames on the wire. */
  #wireFormat(plan: ReceivePlan<RawVideo>): VideoFormat {
    const { format = {} } = this.options;
    if (plan.medium) {
      const missing: MissingFormat = { colorSpace: "bt709", isLenient: true, ...given(format) };
      return formatOf(plan.medium.media, missing) as VideoFormat;
    }
    const lacking = (["pixelFormat", "width", "height", "rate"] as const).filter((name) => format[name] === undefined);
    if (lacking.length > 0) {
      throw new StreamError(
        "option-invalid",
        `Cannot start ${this.label}: RTP does not say what comes; give the option sdp, or in the option format also ` +
          lacking.join(", "),
      );
    }
    return videoFormat({ alpha: "opaque", ...format as VideoFormatInit });
  }

  /** The format of the frames that come out. */
  #outputFormat(wire: VideoFormat): VideoFormat {
    const { pixelFormat = wire.pixelFormat } = this.options;
    const [got, wanted] = [wireOf(wire.pixelFormat), wireOf(pixelFormat)];
    if (got.sampling !== wanted.sampling || got.depth !== wanted.depth) {
      throw new StreamError(
        "option-invalid",
        `Cannot start ${this.label}: option pixelFormat is ${pixelFormat} (${wanted.sampling}, ${wanted.depth} bits), the ` +
          `stream has ${got.sampling} with ${got.depth} bits; receivers do not convert samples: link an actor that does`,
      );
    }
    const { width, height, rate, scan, colorSpace, range } = wire;
    return videoFormat({ pixelFormat, width, height, rate, scan, colorSpace, range, alpha: "opaque" });
  }
}
