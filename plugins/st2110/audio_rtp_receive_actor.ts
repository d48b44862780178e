/**
 * The actor that receives sound by SMPTE ST 2110-30.
 *
 * @module
 */
import {
  type ActorSpec,
  AudioBuffer,
  audioFormat,
  optionsFrom,
  type Output,
  output,
  registerActor,
  StreamError,
} from "@streamlib/core";
import { z } from "zod";
import { planReceiving, receiveFields, type RtpReceiveOptions } from "./rtp/receive_options.ts";
import { type Receiving, RtpReceiveActor } from "./rtp/rtp_receive_actor.ts";
import { samplesPerPacket } from "./sdp/format.ts";

/** What sound comes, where there is no `sdp`. */
export interface AudioRtpFormat {
  /** 44100, 48000 or 96000. Default 48000. */
  readonly sampleRateHz?: number;
  /** 1–64. */
  readonly channels: number;
  /** Bits per sample. Default `L24`. */
  readonly encoding?: "L16" | "L24";
  /** Time of a packet, ms; others are taken too. Default 1. */
  readonly packetTimeMs?: number;
}

/** Options of {@linkcode AudioRtpReceiveActor}. */
export interface AudioRtpReceiveOptions extends RtpReceiveOptions {
  /** What comes, where there is no `sdp`. */
  format?: AudioRtpFormat | undefined;
  /** Time of the blocks that come out, ms, 0.125–1000. Default 10. */
  blockMs?: number;
}

/** Ports and options of {@linkcode AudioRtpReceiveActor}. */
export interface AudioRtpReceiveTypes {
  /** `audio`: the sound, in blocks of equal length. */
  outputs: { audio: Output<AudioBuffer> };
  /** As given by the user. */
  options: AudioRtpReceiveOptions;
}

const REORDER_MS = 2;
const RECEIVE_BUFFER_BYTES = 1 << 20;

/**
 * Receives sound by SMPTE ST 2110-30 on a native thread. Packets that overtook others are put into order for `reorderMs`
 * (default 2); what does not come is silence, counted as `samplesSilent`. A block's `timestampNs` is the instant of its
 * first sample. `stats.counters`: see `rtp/receive_stream.ts`.
 */
@registerActor({ name: "AudioRtpReceive", module: import.meta.url })
export class AudioRtpReceiveActor extends RtpReceiveActor<AudioRtpReceiveTypes, AudioBuffer> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<AudioRtpReceiveTypes> = {
    description: "Receives sound by SMPTE ST 2110-30",
    outputs: { audio: output(AudioBuffer, { slots: 8, description: "the sound" }) },
    positional: "sdp",
    options: optionsFrom(z.strictObject({
      ...receiveFields,
      format: z.strictObject({
        sampleRateHz: z.union([z.literal(44_100), z.literal(48_000), z.literal(96_000)]).default(48_000),
        channels: z.int().min(1).max(64),
        encoding: z.enum(["L16", "L24"]).default("L24"),
        packetTimeMs: z.number().positive().max(4).default(1),
      }).optional().describe("what comes, where sdp does not say"),
      blockMs: z.number().min(0.125).max(1000).default(10).describe("time of the blocks that come out, ms"),
    })),
  };

  /** @internal */
  protected override receiving(): Receiving<AudioBuffer> {
    const { options } = this;
    const plan = planReceiving(options, ["pcm"], this.label);
    const comes = plan.medium?.essence ?? options.format;
    if (!comes) {
      throw new StreamError(
        "option-invalid",
        `Cannot start ${this.label}: RTP does not say what comes; give the option sdp, or the option format with channels`,
      );
    }
    const { sampleRateHz = 48_000, channels, encoding = "L24" } = comes;
    const packetTimeMs = plan.medium?.media.ptimeMs ?? options.format?.packetTimeMs ?? 1;
    const blockSamples = Math.max(1, Math.round(options.blockMs * sampleRateHz / 1000));
    return {
      output: this.outputs.audio,
      plan,
      essence: {
        kind: "audio",
        rateHz: sampleRateHz,
        channels,
        encoding,
        packetSamples: samplesPerPacket(packetTimeMs, sampleRateHz),
        blockSamples,
        reorderNs: 1e6 * (options.reorderMs ?? REORDER_MS),
      },
      format: audioFormat({ sampleRateHz, channels, framesMax: blockSamples }),
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    };
  }
}
