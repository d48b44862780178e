/**
 * The actor that sends ancillary data as SMPTE ST 2110-40.
 *
 * @module
 */
import {
  type ActorSpec,
  AncillaryData,
  type Input,
  input,
  monotonicOf,
  optionsFrom,
  type Rate,
  registerActor,
  type Scan,
  StreamError,
  toRate,
} from "@streamlib/core";
import { z } from "zod";
import type { Described } from "./rtp/describe.ts";
import { FieldClock, slotTimeOf } from "./rtp/media_clock.ts";
import { fpsField } from "./rtp/option_fields.ts";
import { RtpSendActor } from "./rtp/rtp_send_actor.ts";
import { planSending, type RtpSendOptions, sendFields, type SendPlan } from "./rtp/send_options.ts";
import { SCANS } from "./rtp/video_sender_options.ts";
import { type Ancillary, type DataIdentifier, TRANSMISSION_MODELS, type TransmissionModel } from "./sdp/essence.ts";

/** Options of {@linkcode AncillaryRtpSendActor}. */
export interface AncillaryRtpSendOptions extends RtpSendOptions {
  /** Frames per second of the pictures that the data goes with. Default: what `sdp` says, else what the items say. */
  fps?: number | Rate | undefined;
  /** Scan of these pictures; the two fields of interlaced ones have packets of their own. Default `progressive`. */
  scan?: Scan;
  /**
   * What an item has the packets of: a whole frame, or one field, as {@linkcode AncillaryRtpReceiveActor} gives them of
   * interlaced streams. Default `frame`.
   */
  itemOf?: "frame" | "field";
  /**
   * Transmission model (ST 2110-40 §6): compatible, or with low latency, in which packets leave 1 ms before their frame
   * period begins, so that none is late by more than 8 lines. Default: what `sdp` says, else `CTM`.
   */
  model?: TransmissionModel | undefined;
  /** Kinds of packets that may come, for the description. Default: any. */
  identifiers?: readonly DataIdentifier[] | undefined;
  /** Frame periods between an item's instant and its packets, 0–8. Default 1, as for pictures. */
  delayFrames?: number;
}

/** Ports and options of {@linkcode AncillaryRtpSendActor}. */
export interface AncillaryRtpSendTypes {
  /** `ancillary`: what is sent, an item for each frame or field. */
  inputs: { ancillary: Input<AncillaryData> };
  /** As given by the user. */
  options: AncillaryRtpSendOptions;
}

const PAYLOAD_TYPE = 100;
/** How much earlier packets of low latency are planned: a thread may wake so late. They may come a frame early (§6.3). */
const LEAD_NS = 1_000_000;

/**
 * Sends ancillary data as SMPTE ST 2110-40 (RFC 8331) from a native thread. Parity and checksum are made; an item
 * without packets is sent as well, as the standard wants it for every frame and field.
 *
 * `stats.counters` has `itemsSent` and those of every sender: see `VideoRtpSendActor`.
 */
@registerActor({ name: "AncillaryRtpSend", module: import.meta.url })
export class AncillaryRtpSendActor extends RtpSendActor<AncillaryRtpSendTypes, Ancillary> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<AncillaryRtpSendTypes> = {
    description: "Sends ancillary data as SMPTE ST 2110-40",
    losses: ["itemsRefused", "itemsTooEarly"],
    inputs: { ancillary: input(AncillaryData, { description: "an item for each frame or field" }) },
    options: optionsFrom(z.strictObject({
      ...sendFields,
      fps: fpsField.describe("frames per second of the pictures"),
      scan: z.enum(["progressive", "interlaced", "psf"]).default("progressive").describe("scan of the pictures"),
      itemOf: z.enum(["frame", "field"]).default("frame").describe("what an item has the packets of"),
      model: z.enum(TRANSMISSION_MODELS).optional().describe("transmission model of ST 2110-40"),
      identifiers: z.array(z.strictObject({ did: z.int().min(0).max(255), sdid: z.int().min(0).max(255) })).optional()
        .describe("kinds of packets that may come, for the description"),
      delayFrames: z.int().min(0).max(8).default(1).describe("frame periods from an item's instant to its packets"),
    })),
  };

  readonly #fields = new FieldClock();
  #rate: Rate | undefined;
  #leadNs = 0n;

  /** @internal */
  protected override send(): void {
    for (const item of this.inputs.ancillary) {
      if (!this.stream.isOpen) this.#open(item.format.rate);
      this.#send(item);
    }
  }

  /** @internal */
  protected override plan(): SendPlan<Ancillary> {
    const { itemOf, scan } = this.options;
    if (itemOf === "field" && scan === "progressive") {
      throw new StreamError(
        "option-invalid",
        `Cannot start ${this.label}: option itemOf is field, and progressive pictures have none; ` +
          "give the option scan, interlaced or psf",
      );
    }
    return planSending(this.options, ["smpte291"], PAYLOAD_TYPE, this.label);
  }

  /** @internal */
  protected override described(): Described | undefined {
    if (!this.#rate) return undefined;
    const { identifiers } = this.options;
    const model = this.#givenModel;
    return {
      type: "video",
      essence: {
        kind: "smpte291",
        exactframerate: this.#rate,
        ...(identifiers === undefined ? {} : { DID_SDID: identifiers }),
        ...(model === undefined ? { SSN: "ST2110-40:2018" } : { SSN: "ST2110-40:2023", TM: model }),
      },
    };
  }

  get #givenModel(): TransmissionModel | undefined {
    return this.options.model ?? TRANSMISSION_MODELS.find((one) => one === this.stream.plan.medium?.essence.TM);
  }

  #rateOf(ofItems: Rate | undefined): Rate | undefined {
    const { fps } = this.options;
    return fps === undefined ? this.stream.plan.medium?.essence.exactframerate ?? ofItems : toRate(fps);
  }

  #open(ofItems: Rate | undefined): void {
    const rate = this.#rateOf(ofItems);
    if (!rate) {
      throw new StreamError(
        "option-invalid",
        `Cannot send from ${this.label}: neither sdp nor the items say the rate of the pictures; give the option fps`,
      );
    }
    const isLowLatency = this.#givenModel === "LLTM";
    // 8 lines of 1125 (§6.5). The size of the pictures is not known, and of the common rasters with fewer it is more.
    const lateNsMax = isLowLatency ? LEAD_NS + Math.floor((8e9 * rate.den) / (rate.num * 1125)) : 1_000_000;
    this.#leadNs = isLowLatency ? BigInt(LEAD_NS) : 0n;
    this.stream.open({ kind: "ancillary", rate, scan: SCANS[this.options.scan], lateNsMax });
    this.#rate = rate;
  }

  #send(item: AncillaryData): void {
    const { scan, itemOf, delayFrames } = this.options;
    const { native } = this.stream;
    const stream = { rate: this.#rate!, isInterlaced: scan === "interlaced", delayFrames };
    const time = itemOf === "field"
      ? this.#fields.timeOf(native, item.timestampNs, stream)
      : slotTimeOf(native, item.timestampNs, stream);
    const isTaken = this.stream.submit(item.data, { ...time, startNs: monotonicOf(time.startNs - this.#leadNs) });
    if (isTaken) this.count("itemsSent");
  }
}
