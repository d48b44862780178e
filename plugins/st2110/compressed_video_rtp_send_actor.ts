/**
 * The actor that sends coded pictures as SMPTE ST 2110-22.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  type ActorSpec,
  type EncodedFormat,
  EncodedPacket,
  type Input,
  input,
  monotonicOf,
  optionsFrom,
  type Rate,
  registerActor,
  StreamError,
  toRate,
} from "@streamlib/core";
import { z } from "zod";
import type { Described } from "./rtp/describe.ts";
import { lengthBytesOf, type ParameterSets, parametersOf, setsOfAccessUnit, setsOfRecord } from "./rtp/h264.ts";
import { slotTimeOf } from "./rtp/media_clock.ts";
import { fpsField } from "./rtp/option_fields.ts";
import { RtpSendActor } from "./rtp/rtp_send_actor.ts";
import { planSending, type RtpSendOptions, sendFields, type SendPlan } from "./rtp/send_options.ts";
import { PINNED_MAX, type SenderEssence } from "./rtp/send_stream.ts";
import { STANDARD_UDP_BYTES } from "./rtp/video_wire.ts";
import type { Essence, H264Video, JpegXsVideo } from "./sdp/essence.ts";

/** Options of {@linkcode CompressedVideoRtpSendActor}. */
export interface CompressedVideoRtpSendOptions extends RtpSendOptions {
  /** Frames per second. Default: what `sdp` says, else what the packets' format says. */
  fps?: number | Rate | undefined;
  /**
   * Of H.264: 0 for one NAL unit in a packet, 1 also for parts and several (RFC 6184 §6.2, §6.3). Default: what `sdp`
   * says, where none is 0; else 1.
   */
  packetizationMode?: 0 | 1 | undefined;
  /** Part of the frame period that a picture's packets are spread over, percent; 0 sends them at once. Default 90. */
  spreadPercent?: number;
  /** Bits per second, for the description: ST 2110-22 wants `b=AS` there. Default: not said. */
  bitrate?: number | undefined;
  /** Longest UDP datagram with its header, 1460–8960. Default: what `sdp` says, else 1460. */
  udpBytesMax?: number | undefined;
  /** Frame periods between a picture's instant and its first packet, 0–8. Default 1. */
  delayFrames?: number;
}

/** Ports and options of {@linkcode CompressedVideoRtpSendActor}. */
export interface CompressedVideoRtpSendTypes {
  /** `packets`: coded pictures, each an access unit or a codestream. */
  inputs: { packets: Input<EncodedPacket> };
  /** As given by the user. */
  options: CompressedVideoRtpSendOptions;
}

const PAYLOAD_TYPE = 96;

/** Codec string of JPEG XS pictures: its sample entry (ISO/IEC 21122-3). */
export const JPEG_XS_CODEC = "jxsm";

/**
 * Sends coded pictures as SMPTE ST 2110-22 from a native thread: H.264 (codec `avc1…`, Annex B or with lengths as its
 * description says; RFC 6184) or JPEG XS codestreams (codec `jxsm`; RFC 9134).
 *
 * `stats.counters` has `picturesSent`, `itemsMalformed` (no access unit) and those of every sender: see
 * `VideoRtpSendActor`.
 */
@registerActor({ name: "CompressedVideoRtpSend", module: import.meta.url })
export class CompressedVideoRtpSendActor extends RtpSendActor<CompressedVideoRtpSendTypes, H264Video | JpegXsVideo> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<CompressedVideoRtpSendTypes> = {
    description: "Sends coded pictures as SMPTE ST 2110-22",
    losses: ["itemsRefused", "itemsTooEarly"],
    inputs: {
      packets: input(EncodedPacket, {
        depth: 8,
        pins: PINNED_MAX + 1,
        description: "coded pictures, H.264 or JPEG XS",
      }),
    },
    options: optionsFrom(z.strictObject({
      ...sendFields,
      fps: fpsField.describe("frames per second"),
      packetizationMode: z.union([z.literal(0), z.literal(1)]).optional().describe("of H.264"),
      spreadPercent: z.int().min(0).max(100).default(90).describe(
        "part of the frame period that packets are spread over",
      ),
      bitrate: z.int().positive().optional().describe("bits per second, for the description"),
      udpBytesMax: z.int().min(STANDARD_UDP_BYTES).max(8960).optional()
        .describe("longest UDP datagram, header included"),
      delayFrames: z.int().min(0).max(8).default(1).describe("frame periods from a picture's instant to its packets"),
    })),
  };

  #format: EncodedFormat | undefined;
  /** Of the codec and its framing, without what changes by itself. */
  #streamed = "";
  #rate: Rate | undefined;
  #sets: ParameterSets = { sps: [], pps: [] };

  /** @internal */
  protected override send(): void {
    for (const packet of this.inputs.packets) {
      if (packet.format !== this.#format) this.#follow(packet.format);
      if (this.#sets.sps.length === 0 && packet.keyframe && isH264(packet.format)) {
        this.#sets = setsOfAccessUnit(packet.data);
      }
      this.#send(packet);
    }
  }

  /** @internal */
  protected override plan(): SendPlan<H264Video | JpegXsVideo> {
    return planSending(this.options, ["H264", "jxsv"], PAYLOAD_TYPE, this.label);
  }

  /** @internal */
  protected override described(): Described | undefined {
    const format = this.#format;
    if (!format) return undefined;
    const { bitrate } = this.options;
    return {
      type: "video",
      essence: this.#essence(format),
      ...(bitrate === undefined ? {} : { kilobitsPerSecond: bitrate / 1000 }),
    };
  }

  #essence(format: EncodedFormat): Essence {
    const size = {
      ...(format.width === undefined ? {} : { width: format.width }),
      ...(format.height === undefined ? {} : { height: format.height }),
      ...(this.#rate ? { exactframerate: this.#rate } : {}),
      TP: "2110TPNL",
      ...(this.#udpBytesMax > STANDARD_UDP_BYTES ? { MAXUDP: this.#udpBytesMax } : {}),
    };
    if (!isH264(format)) return { kind: "jxsv", packetmode: 0, SSN: "ST2110-22:2019", ...size };
    return {
      kind: "H264",
      packetizationMode: this.#packetizationMode,
      ...parametersOf(this.#sets),
      ...size,
    };
  }

  get #packetizationMode(): 0 | 1 {
    const { packetizationMode } = this.options;
    if (packetizationMode !== undefined) return packetizationMode;
    const essence = this.stream.plan.medium?.essence;
    // Without the parameter it is 0 (RFC 6184 §8.1).
    return essence?.kind === "H264" && (essence.packetizationMode ?? 0) === 0 ? 0 : 1;
  }

  get #udpBytesMax(): number {
    return this.options.udpBytesMax ?? this.stream.plan.medium?.essence.MAXUDP ?? STANDARD_UDP_BYTES;
  }

  #follow(format: EncodedFormat): void {
    const { codec, description } = format;
    const { fps } = this.options;
    const rate = fps === undefined ? this.stream.plan.medium?.essence.exactframerate ?? format.rate : toRate(fps);
    if (!rate) {
      throw new StreamError(
        "option-invalid",
        `Cannot send from ${this.label}: neither sdp nor the packets say their rate; give the option fps`,
      );
    }
    const streamed = JSON.stringify({ codec, description, rate });
    this.#format = format;
    if (streamed === this.#streamed) return;
    this.#streamed = streamed;
    this.#rate = rate;
    const record = description === undefined ? undefined : Buffer.from(description, "base64");
    this.#sets = record ? setsOfRecord(record) : { sps: [], pps: [] };
    this.stream.open(this.#senderEssence(format, rate, record));
    if (record && isH264(format)) this.stream.setParameterSets(record);
  }

  #senderEssence(format: EncodedFormat, rate: Rate, record: Uint8Array | undefined): SenderEssence {
    const announced = this.stream.plan.medium?.essence.kind;
    if (announced !== undefined && announced !== (isH264(format) ? "H264" : "jxsv")) {
      throw new StreamError(
        "format-invalid",
        `Cannot send codec ${format.codec} from ${this.label}: option sdp announces ${announced}`,
      );
    }
    const { spreadPercent } = this.options;
    const packetizationMode = this.#packetizationMode;
    const common = { rate, spreadPercent, udpBytesMax: this.#udpBytesMax };
    if (format.codec === JPEG_XS_CODEC) return { kind: "jpeg-xs", ...common };
    const unitLengthBytes = record ? lengthBytesOf(record) : 0;
    if (isH264(format) && unitLengthBytes !== undefined) {
      return { kind: "h264", packetizationMode, unitLengthBytes, ...common };
    }
    throw new StreamError(
      "format-invalid",
      `Cannot send codec ${format.codec} from ${this.label}: avc1 (H.264) or ${JPEG_XS_CODEC} (JPEG XS) is right` +
        (isH264(format) ? ", with lengths of 1, 2 or 4 bytes" : ""),
    );
  }

  #send(packet: EncodedPacket): void {
    const rate = this.#rate!;
    const { delayFrames } = this.options;
    const { startNs, ...clocks } = slotTimeOf(this.stream.native, packet.timestampNs, { rate, delayFrames });
    const isTaken = this.stream.submitPinned(packet, { ...clocks, startNs: monotonicOf(startNs) });
    if (isTaken) this.count("picturesSent");
  }
}

function isH264({ codec }: EncodedFormat): boolean {
  return /^avc[13](\.|$)/.test(codec);
}
