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
import { slotTimeOf } from "./rtp/media_clock.ts";
import { fpsField } from "./rtp/option_fields.ts";
import { RtpSendActor } from "./rtp/rtp_send_actor.ts";
import { planSending, type RtpSendOptions, sendFields, type SendPlan } from "./rtp/send_options.ts";
import { SCANS } from "./rtp/video_sender_options.ts";
import type { Ancillary, DataIdentifier } from "./sdp/essence.ts";

/** Options of {@linkcode AncillaryRtpSendActor}. */
export interface AncillaryRtpSendOptions extends RtpSendOptions {
  /** Frames per second of the pictures that the data goes with. Default: what `sdp` says, else what the items say. */
  fps?: number | Rate | undefined;
  /** Scan of these pictures; the two fields of interlaced ones have packets of their own. Default `progressive`. */
  scan?: Scan;
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
    inputs: { ancillary: input(AncillaryData, { description: "an item for each frame or field" }) },
    options: optionsFrom(z.strictObject({
      ...sendFields,
      fps: fpsField.describe("frames per second of the pictures"),
      scan: z.enum(["progressive", "interlaced", "psf"]).default("progressive").describe("scan of the pictures"),
      identifiers: z.array(z.strictObject({ did: z.int().min(0).max(255), sdid: z.int().min(0).max(255) })).optional()
        .describe("kinds of packets that may come, for the description"),
      delayFrames: z.int().min(0).max(8).default(1).describe("frame periods from an item's instant to its packets"),
    })),
  };

  #rate: Rate | undefined;

  /** @internal */
  protected override send(): void {
    for (const item of this.inputs.ancillary) {
      if (!this.stream.isOpen) this.#open(item.format.rate);
      this.#send(item);
    }
  }

  /** @internal */
  protected override plan(): SendPlan<Ancillary> {
    return planSending(this.options, ["smpte291"], PAYLOAD_TYPE, this.label);
  }

  /** @internal */
  protected override described(): Described | undefined {
    const rate = this.#rate ?? this.#rateOf(undefined);
    if (!rate) return undefined;
    const { identifiers } = this.options;
    return {
      type: "video",
      essence: {
        kind: "smpte291",
        exactframerate: rate,
        ...(identifiers === undefined ? {} : { DID_SDID: identifiers }),
        SSN: "ST2110-40:2018",
      },
    };
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
    this.stream.open({ kind: "ancillary", rate, scan: SCANS[this.options.scan] });
    this.#rate = rate;
  }

  #send(item: AncillaryData): void {
    const { scan, delayFrames } = this.options;
    const stream = { rate: this.#rate!, isInterlaced: scan === "interlaced", delayFrames };
    const { startNs, ...clocks } = slotTimeOf(this.stream.native, item.timestampNs, stream);
    const isTaken = this.stream.submit(item.data, { ...clocks, startNs: monotonicOf(startNs) });
    if (isTaken) this.count("itemsSent");
  }
}
