/**
 * The actor that sends ancillary data as SMPTE ST 2110-40.
 *
 * @module
 */
import {
  Actor,
  type ActorSpec,
  AncillaryData,
  control,
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
import { describeStream } from "./rtp/describe.ts";
import { whenDescribed } from "./rtp/described.ts";
import { frameTimeOf } from "./rtp/media_clock.ts";
import { type Native, nativeFor } from "./rtp/native.ts";
import { planSending, type RtpSendOptions, sendFields, type SendPlan } from "./rtp/send_options.ts";
import { type Destination, SendStream } from "./rtp/send_stream.ts";
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
export class AncillaryRtpSendActor extends Actor<AncillaryRtpSendTypes> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<AncillaryRtpSendTypes> = {
    description: "Sends ancillary data as SMPTE ST 2110-40",
    inputs: { ancillary: input(AncillaryData, { description: "an item for each frame or field" }) },
    options: optionsFrom(z.strictObject({
      ...sendFields,
      fps: z.union([z.number().positive(), z.strictObject({ num: z.int().positive(), den: z.int().positive() })])
        .optional().describe("frames per second of the pictures"),
      scan: z.enum(["progressive", "interlaced", "psf"]).default("progressive").describe("scan of the pictures"),
      identifiers: z.array(z.strictObject({ did: z.int().min(0).max(255), sdid: z.int().min(0).max(255) })).optional()
        .describe("kinds of packets that may come, for the description"),
      delayFrames: z.int().min(0).max(8).default(1).describe("frame periods from an item's instant to its packets"),
    })),
  };

  #native: Native | undefined;
  #plan: SendPlan<Ancillary> | undefined;
  #stream: SendStream | undefined;
  #rate: Rate | undefined;

  /** Takes a port. */
  override async onStart(): Promise<void> {
    this.#native = nativeFor(this.label);
    this.#plan = planSending(this.options, ["smpte291"], PAYLOAD_TYPE, this.label);
    const count = (name: string, by: number): void => this.count(name, by);
    this.#stream = await SendStream.make(this.#native, this.options, this.#plan, this.label, count);
  }

  /** Hands what is unread to the thread. */
  override process(): void {
    for (const item of this.inputs.ancillary) {
      if (!this.#stream!.isOpen) this.#open(item.format.rate);
      this.#send(item);
    }
  }

  /** Stops the thread and gives the port back. */
  override async onStop(): Promise<void> {
    await this.#stream?.close();
  }

  /** Where packets go. */
  @control()
  destination(): Promise<Destination> {
    return Promise.resolve(this.#stream!.to);
  }

  /** The description (SDP) of the stream; `undefined` as long as the rate of the pictures is not known. */
  @control()
  describe(): Promise<string | undefined> {
    return Promise.resolve(this.#describe());
  }

  /**
   * The description (SDP) of the stream, for receivers, as soon as the first item has come. For handles: it asks
   * {@linkcode AncillaryRtpSendActor.describe}.
   *
   * @throws {StreamError} `actor-stopped` if the actor ends before that.
   */
  sdp(): Promise<string> {
    return whenDescribed(() => this.describe());
  }

  #describe(): string | undefined {
    const rate = this.#rate ?? this.#rateOf(undefined);
    if (!rate) return undefined;
    const { payloadType, hops } = this.#plan!;
    const { to } = this.#stream!;
    const { localAddress, interface: name, referenceClock, identifiers } = this.options;
    return describeStream({
      name: this.id,
      type: "video",
      essence: {
        kind: "smpte291",
        exactframerate: rate,
        ...(identifiers === undefined ? {} : { DID_SDID: identifiers }),
        SSN: "ST2110-40:2018",
      },
      to,
      payloadType,
      hops,
      localAddress,
      interface: name,
      referenceClock,
    });
  }

  #rateOf(ofItems: Rate | undefined): Rate | undefined {
    const { fps } = this.options;
    return fps === undefined ? this.#plan?.medium?.essence.exactframerate ?? ofItems : toRate(fps);
  }

  #open(ofItems: Rate | undefined): void {
    const rate = this.#rateOf(ofItems);
    if (!rate) {
      throw new StreamError(
        "option-invalid",
        `Cannot send from ${this.label}: neither sdp nor the items say the rate of the pictures; give the option fps`,
      );
    }
    this.#stream!.open({ kind: "ancillary", rate, scan: SCANS[this.options.scan ?? "progressive"] });
    this.#rate = rate;
  }

  #send(item: AncillaryData): void {
    const rate = this.#rate!;
    const isInterlaced = this.options.scan === "interlaced";
    const { frame, ticks, secondTicks } = frameTimeOf(this.#native!, item.timestampNs, rate, isInterlaced);
    const slot = frame + BigInt(this.options.delayFrames ?? 1);
    const isTaken = this.#stream!.submit(item.data, {
      startNs: monotonicOf(this.#native!.timestamp.frameStart(slot, rate)),
      mediaClock: ticks,
      secondMediaClock: secondTicks,
    });
    if (isTaken) this.count("itemsSent");
  }
}
