/**
 * The actor that sends pictures as SMPTE ST 2110-20.
 *
 * @module
 */
import {
  type ActorSpec,
  type Input,
  input,
  monotonicOf,
  optionsFrom,
  planesOf,
  registerActor,
  type VideoFormat,
  VideoFrame,
} from "@streamlib/core";
import { z } from "zod";
import type { Described } from "./rtp/describe.ts";
import { slotTimeOf } from "./rtp/media_clock.ts";
import { RtpSendActor } from "./rtp/rtp_send_actor.ts";
import { given } from "./rtp/option_fields.ts";
import { planSending, type RtpSendOptions, sendFields, type SendPlan } from "./rtp/send_options.ts";
import { PINNED_MAX } from "./rtp/send_stream.ts";
import { type Pacing, PACKINGS, SCANS, SENDERS } from "./rtp/video_sender_options.ts";
import { checkAgainst, essenceOf, isWire, STANDARD_UDP_BYTES, wireOf } from "./rtp/video_wire.ts";
import { PACKING_MODES, type PackingMode, type RawVideo, SENDER_TYPES, type SenderType } from "./sdp/essence.ts";

/** Options of {@linkcode VideoRtpSendActor}. */
export interface VideoRtpSendOptions extends RtpSendOptions {
  /** When packets leave (ST 2110-21). Default `batched`. */
  pacing?: Pacing;
  /**
   * Sender type that the pacing follows and the description announces. Default: what `sdp` says, else `2110TPNL`;
   * announced is then `2110TPW`, unless the pacing is strict, because batches are no narrow sender's.
   */
  sender?: SenderType | undefined;
  /** Packing mode (ST 2110-20 §6.3). Default: what `sdp` says, else `2110GPM`. */
  packing?: PackingMode | undefined;
  /** Longest UDP datagram with its header, 1460–8960. Default: what `sdp` says, else 1460. */
  udpBytesMax?: number | undefined;
  /** Frame periods between a frame's instant and its slot on the wire, 0–8. Default 1. */
  delayFrames?: number;
}

/** Ports and options of {@linkcode VideoRtpSendActor}. */
export interface VideoRtpSendTypes {
  /** `video`: what is sent, each frame once. */
  inputs: { video: Input<VideoFrame> };
  /** As given by the user. */
  options: VideoRtpSendOptions;
}

const PAYLOAD_TYPE = 96;

/**
 * Sends pictures as SMPTE ST 2110-20 from a native thread: the event loop carries frames, never packets.
 *
 * Frames are sent from their slots, without a copy; pixels are brought into the order of the wire row by row just before
 * they leave. The time stamp is that of the frame's instant; the packets leave in the slot `delayFrames` later (with
 * `pacing: "none"` at once). Each output of samples has one way on the wire: `uyvy8`, `v210` and `yuv422p10le` go as
 * 4:2:2, `i420` and `nv12` as 4:2:0, `rgba8` and `bgra8` as RGB without their alpha, `pgroup/…` as they are.
 *
 * `stats.counters` has `framesSent`, `itemsRefused` (the thread was behind), `itemsLate`, `batches` (of packets, that had
 * an instant), `batchesLate` (that left after it), `packets`, `octets`, `packetsRefused` (by the system),
 * `packetsUnheard` (the other end has no socket there), `itemsGivenUp`.
 */
@registerActor({ name: "VideoRtpSend", module: import.meta.url })
export class VideoRtpSendActor extends RtpSendActor<VideoRtpSendTypes, RawVideo> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<VideoRtpSendTypes> = {
    description: "Sends pictures as SMPTE ST 2110-20",
    losses: ["itemsRefused", "itemsTooEarly"],
    inputs: {
      video: input(VideoFrame, {
        delivery: "ordered",
        depth: 2,
        pins: PINNED_MAX + 1,
        description: "pictures, each is sent once",
      }),
    },
    options: optionsFrom(z.strictObject({
      ...sendFields,
      pacing: z.enum(["strict", "batched", "none"]).default("batched").describe("when packets leave"),
      sender: z.enum(SENDER_TYPES).optional().describe("sender type of ST 2110-21"),
      packing: z.enum(PACKING_MODES).optional().describe("packing mode of ST 2110-20"),
      udpBytesMax: z.int().min(STANDARD_UDP_BYTES).max(8960).optional().describe(
        "longest UDP datagram, header included",
      ),
      delayFrames: z.int().min(0).max(8).default(1).describe("frame periods from a frame's instant to its slot"),
    })),
  };

  #format: VideoFormat | undefined;
  #offsets: readonly number[] = [];

  /** @internal */
  protected override send(): void {
    for (const frame of this.inputs.video) {
      if (frame.format !== this.#format) this.#open(frame.format);
      this.#send(frame);
    }
  }

  /** @internal */
  protected override plan(): SendPlan<RawVideo> {
    return planSending(this.options, ["raw"], PAYLOAD_TYPE, this.label);
  }

  /** @internal */
  protected override described(): Described | undefined {
    const format = this.#format;
    if (!format) return undefined;
    const { colorimetry, TCS, RANGE, PAR } = this.stream.plan.medium?.essence ?? {};
    // What formats have no words for is what the given description says.
    const announced = this.#givenSender ?? (this.options.pacing === "strict" ? "2110TPNL" : "2110TPW");
    const essence = {
      ...essenceOf(format, this.#packing, announced, this.#udpBytesMax),
      ...given({ colorimetry, TCS, RANGE, PAR }),
    } as RawVideo;
    return { type: "video", essence };
  }

  get #packing(): PackingMode {
    return this.options.packing ?? knownWord(PACKING_MODES, this.stream.plan.medium?.essence.PM) ?? "2110GPM";
  }

  get #sender(): SenderType {
    return this.#givenSender ?? "2110TPNL";
  }

  get #givenSender(): SenderType | undefined {
    return this.options.sender ?? knownWord(SENDER_TYPES, this.stream.plan.medium?.essence.TP);
  }

  get #udpBytesMax(): number {
    return this.options.udpBytesMax ?? this.stream.plan.medium?.essence.MAXUDP ?? STANDARD_UDP_BYTES;
  }

  #open(format: VideoFormat): void {
    const essence = this.stream.plan.medium?.essence;
    if (essence) checkAgainst(essence, format, this.label);
    const { pixelFormat, width, height, rate, scan } = format;
    this.stream.open({
      kind: "video",
      ...wireOf(pixelFormat),
      width,
      height,
      rate,
      scan: SCANS[scan],
      packing: PACKINGS[this.#packing],
      udpBytesMax: this.#udpBytesMax,
      senderType: SENDERS[this.#sender],
      pacing: this.options.pacing,
      ...(isWire(pixelFormat) ? {} : { pixelFormat }),
    });
    this.#format = format;
    this.#offsets = planesOf(format).map(({ offsetBytes }) => offsetBytes);
  }

  #send(frame: VideoFrame): void {
    const { rate, scan, strides } = frame.format;
    const { pacing, delayFrames } = this.options;
    const { native, trOffsetNs } = this.stream;
    const isInterlaced = scan === "interlaced";
    const { startNs, ...clocks } = slotTimeOf(native, frame.timestampNs, { rate, isInterlaced, delayFrames });
    const isTaken = this.stream.submitPinned(frame, {
      ...clocks,
      startNs: pacing === "none" ? 0n : monotonicOf(startNs + trOffsetNs),
      planeOffsets: this.#offsets,
      strides,
    });
    if (isTaken) this.count("framesSent");
  }
}

/** The word if it is one of those that are known: descriptions may hold any. */
function knownWord<W extends string>(words: readonly W[], word: string | undefined): W | undefined {
  return words.find((one) => one === word);
}
