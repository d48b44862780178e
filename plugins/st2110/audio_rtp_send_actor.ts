/**
 * The actor that sends sound as SMPTE ST 2110-30.
 *
 * @module
 */
import {
  type ActorSpec,
  AudioBuffer,
  type AudioFormat,
  type Input,
  input,
  monotonicOf,
  optionsFrom,
  registerActor,
  StreamError,
} from "@streamlib/core";
import { z } from "zod";
import type { Described } from "./rtp/describe.ts";
import { SampleClock } from "./rtp/media_clock.ts";
import { RtpSendActor } from "./rtp/rtp_send_actor.ts";
import { planSending, type RtpSendOptions, sendFields, type SendPlan } from "./rtp/send_options.ts";
import type { PcmAudio } from "./sdp/essence.ts";
import { samplesPerPacket } from "./sdp/format.ts";

/** Options of {@linkcode AudioRtpSendActor}. */
export interface AudioRtpSendOptions extends RtpSendOptions {
  /** Bits per sample. Default: what `sdp` says, else `L24`. */
  encoding?: "L16" | "L24" | undefined;
  /** Time of a packet, ms: 1, 0.125 or another that ST 2110-30 permits. Default: what `sdp` says, else 1. */
  packetTimeMs?: number | undefined;
  /**
   * From a sample's instant to its packet, ms, 0–1000: as long as the source takes to bring a block, or longer. Default:
   * the longest block, and 2 ms.
   */
  delayMs?: number | undefined;
  /** Whether packets leave one by one at their instants, what falls due in a millisecond together, or at once. */
  pacing?: "strict" | "batched" | "none";
  /** Groups of channels by the symbols of ST 2110-30 §6.2.2. Default: `M`, `ST`, or `U` and the number of channels. */
  channelOrder?: readonly string[] | undefined;
}

/** Ports and options of {@linkcode AudioRtpSendActor}. */
export interface AudioRtpSendTypes {
  /** `audio`: what is sent. */
  inputs: { audio: Input<AudioBuffer> };
  /** As given by the user. */
  options: AudioRtpSendOptions;
}

const PAYLOAD_TYPE = 97;
const PACKET_TIME_MS = 1;
const SPARE_MS = 2;

/**
 * Sends sound as SMPTE ST 2110-30 from a native thread. Blocks of any length become packets of `packetTimeMs`; the thread
 * counts samples, so that nothing drifts. The time stamp of a packet is the instant of its first sample.
 *
 * `stats.counters` has `blocksSent`, `blocksOutOfStep` (one that did not begin where the last ended), `samplesDiscarded`
 * (of a packet that was not full then), and those of every sender: see `VideoRtpSendActor`.
 */
@registerActor({ name: "AudioRtpSend", module: import.meta.url })
export class AudioRtpSendActor extends RtpSendActor<AudioRtpSendTypes, PcmAudio> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<AudioRtpSendTypes> = {
    description: "Sends sound as SMPTE ST 2110-30",
    losses: ["itemsRefused", "itemsTooEarly"],
    inputs: { audio: input(AudioBuffer, { description: "sound of 44.1, 48 or 96 kHz" }) },
    options: optionsFrom(z.strictObject({
      ...sendFields,
      encoding: z.enum(["L16", "L24"]).optional().describe("bits per sample"),
      packetTimeMs: z.number().positive().max(4).optional().describe("time of a packet, ms"),
      delayMs: z.number().min(0).max(1000).optional().describe("from a sample's instant to its packet, ms"),
      pacing: z.enum(["strict", "batched", "none"]).default("strict").describe("when packets leave"),
      channelOrder: z.array(z.string()).min(1).optional().describe("groups of channels, as M, ST or 51"),
    })),
  };

  #format: AudioFormat | undefined;
  #clock: SampleClock | undefined;
  #delayNs = 0n;

  /** @internal */
  protected override send(): void {
    for (const block of this.inputs.audio) {
      if (block.format !== this.#format) this.#open(block.format);
      this.#send(block);
    }
  }

  /** @internal */
  protected override plan(): SendPlan<PcmAudio> {
    return planSending(this.options, ["pcm"], PAYLOAD_TYPE, this.label);
  }

  /** @internal */
  protected override described(): Described | undefined {
    if (!this.#format) return undefined;
    const { sampleRateHz, channels } = this.#format;
    const { channelOrder } = this.options;
    return {
      type: "audio",
      essence: {
        kind: "pcm",
        encoding: this.#encoding,
        sampleRateHz,
        channels,
        channelOrder: channelOrder ?? [channels === 1 ? "M" : channels === 2 ? "ST" : symbolOf(channels)],
      },
      ptimeMs: this.#packetTimeMs,
    };
  }

  get #encoding(): "L16" | "L24" {
    return this.options.encoding ?? this.stream.plan.medium?.essence.encoding ?? "L24";
  }

  get #packetTimeMs(): number {
    return this.options.packetTimeMs ?? this.stream.plan.medium?.media.ptimeMs ?? PACKET_TIME_MS;
  }

  #open(format: AudioFormat): void {
    const { sampleRateHz, channels, framesMax } = format;
    const announced = this.stream.plan.medium?.essence;
    if (announced && (announced.sampleRateHz !== sampleRateHz || announced.channels !== channels)) {
      throw new StreamError(
        "format-invalid",
        `Cannot send sound from ${this.label}: option sdp announces ${announced.channels} channels at ` +
          `${announced.sampleRateHz} Hz, the blocks have ${channels} at ${sampleRateHz} Hz`,
      );
    }
    this.stream.open({
      kind: "audio",
      encoding: this.#encoding,
      rateHz: sampleRateHz,
      channels,
      packetSamples: samplesPerPacket(this.#packetTimeMs, sampleRateHz),
      pacing: this.options.pacing,
    });
    this.#format = format;
    this.#clock = new SampleClock(this.stream.native, sampleRateHz);
    const delayMs = this.options.delayMs ?? (framesMax * 1000) / sampleRateHz + SPARE_MS;
    this.#delayNs = BigInt(Math.round(delayMs * 1e6));
  }

  #send(block: AudioBuffer): void {
    const clock = this.#clock!;
    const { jumps } = clock;
    const mediaClock = clock.take(block.timestampNs, block.frames);
    if (clock.jumps > jumps) this.count("blocksOutOfStep");
    const instantNs = this.stream.native.timestamp.instantOf(mediaClock, block.format.sampleRateHz);
    const isTaken = this.stream.submit(block.data, {
      startNs: this.options.pacing === "none" ? 0n : monotonicOf(instantNs + this.#delayNs),
      mediaClock,
      samples: block.frames,
    });
    if (isTaken) this.count("blocksSent");
  }
}

/** Channels without an order: two digits (ST 2110-30 §6.2.2, `U01` to `U64`). */
function symbolOf(channels: number): string {
  return `U${String(channels).padStart(2, "0")}`;
}
