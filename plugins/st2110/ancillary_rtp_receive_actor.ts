/**
 * The actor that receives ancillary data by SMPTE ST 2110-40.
 *
 * @module
 */
import {
  type ActorSpec,
  AncillaryData,
  ancillaryFormat,
  optionsFrom,
  type Output,
  output,
  type Rate,
  registerActor,
  StreamError,
  toRate,
} from "@streamlib/core";
import { z } from "zod";
import { fpsField } from "./rtp/option_fields.ts";
import { planReceiving, receiveFields, type RtpReceiveOptions } from "./rtp/receive_options.ts";
import { type Receiving, RtpReceiveActor } from "./rtp/rtp_receive_actor.ts";

/** Options of {@linkcode AncillaryRtpReceiveActor}. */
export interface AncillaryRtpReceiveOptions extends RtpReceiveOptions {
  /** Frames per second of the pictures that the data goes with, where `sdp` does not say. */
  fps?: number | Rate | undefined;
  /** Most bytes of an item, 8–1048576; see `AncillaryFormat`. Default 8192. */
  bytesMax?: number;
}

/** Ports and options of {@linkcode AncillaryRtpReceiveActor}. */
export interface AncillaryRtpReceiveTypes {
  /** `ancillary`: an item for each frame or field, also without packets. */
  outputs: { ancillary: Output<AncillaryData> };
  /** As given by the user. */
  options: AncillaryRtpReceiveOptions;
}

const REORDER_MS = 2;
const RECEIVE_BUFFER_BYTES = 1 << 20;

/**
 * Receives ancillary data by SMPTE ST 2110-40 (RFC 8331) on a native thread: all packets of one frame or field are one
 * item, whose `timestampNs` is that of their picture. Packets with a wrong parity or checksum are left out and counted
 * as `ancillaryFaulty`. `stats.counters`: see `rtp/receive_stream.ts`.
 */
@registerActor({ name: "AncillaryRtpReceive", module: import.meta.url })
export class AncillaryRtpReceiveActor extends RtpReceiveActor<AncillaryRtpReceiveTypes, AncillaryData> {
  /** Ports and options, readable without an instance. */
  static readonly spec: ActorSpec<AncillaryRtpReceiveTypes> = {
    description: "Receives ancillary data by SMPTE ST 2110-40",
    outputs: { ancillary: output(AncillaryData, { slots: 8, description: "an item for each frame or field" }) },
    positional: "sdp",
    options: optionsFrom(z.strictObject({
      ...receiveFields,
      fps: fpsField.describe("frames per second of the pictures"),
      bytesMax: z.int().min(8).max(1 << 20).default(8192).describe("most bytes of an item"),
    })),
  };

  /** @internal */
  protected override receiving(): Receiving<AncillaryData> {
    const { options } = this;
    const plan = planReceiving(options, ["smpte291"], this.label);
    const rate = options.fps === undefined ? plan.medium?.essence.exactframerate : toRate(options.fps);
    if (!rate) {
      throw new StreamError(
        "option-invalid",
        `Cannot start ${this.label}: RTP does not say the rate of the pictures; give the option sdp with exactframerate, ` +
          "or the option fps",
      );
    }
    const { bytesMax } = options;
    return {
      output: this.outputs.ancillary,
      plan,
      essence: {
        kind: "ancillary",
        rate,
        itemBytes: bytesMax,
        reorderNs: 1e6 * (options.reorderMs ?? REORDER_MS),
      },
      format: ancillaryFormat({ rate, bytesMax }),
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    };
  }
}
