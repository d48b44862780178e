/**
 * What every receiving actor can be told.
 *
 * @module
 */
import { StreamError } from "@streamlib/core";
import { isIP } from "node:net";
import { z } from "zod";
import { isMulticast } from "../sdp/address.ts";
import type { Essence } from "../sdp/essence.ts";
import { type Medium, mediumOf } from "./medium.ts";
import type { OptionFields } from "./option_fields.ts";
import { checkAddress } from "./send_options.ts";

/** Options of every receiving actor. `sdp`, or `port` and what the actor needs of a format, say what comes. */
export interface RtpReceiveOptions {
  /** Session description of the stream, as its sender gives it: the text, or the path of a file. */
  sdp?: string | undefined;
  /** Which medium of `sdp`, from 0; needed if several are of the actor's kind. */
  medium?: number | undefined;
  /** Multicast group to join, or address of this machine to listen on. Default: the group of `sdp`, else every address. */
  address?: string | undefined;
  /** UDP port, 1–65535. Default: what `sdp` says, else 5004. */
  port?: number | undefined;
  /** The one sender that is wanted: others are counted and dropped; of a group only its packets are asked for. */
  source?: string | undefined;
  /** Name of the network interface that a group is joined on. Default: by route. */
  interface?: string | undefined;
  /** RTP payload type, 0–127; others are counted and dropped. Default: what `sdp` says, else any. */
  payloadType?: number | undefined;
  /** How long a packet may be awaited that others have overtaken, ms: 1 to 10, or 0 for not at all. */
  reorderMs?: number | undefined;
  /** Room in the socket for what has not been read yet, bytes. */
  receiveBufferBytes?: number | undefined;
  /** Whether the kernel joins runs of packets (UDP GRO) where it can. Default true. */
  receiveOffload?: boolean;
  /** Whether receiver reports go back to the sender every few seconds (RFC 3550 §6). Default false. */
  rtcp?: boolean;
}

const address = z.string().refine((text) => isIP(text) !== 0, "an IP address is right").optional();

/** The fields of {@linkcode RtpReceiveOptions}, to be spread into an actor's options. */
export const receiveFields: OptionFields<RtpReceiveOptions> = {
  sdp: z.string().optional().describe("session description of the stream, or the path of its file"),
  medium: z.int().min(0).optional().describe("which medium of sdp, from 0"),
  address: address.describe("multicast group to join, or address of this machine to listen on"),
  port: z.int().min(1).max(65_535).optional().describe("UDP port"),
  source: address.describe("the one sender that is wanted"),
  interface: z.string().min(1).optional().describe("network interface that a group is joined on"),
  payloadType: z.int().min(0).max(127).optional().describe("RTP payload type; default any"),
  reorderMs: z.union([z.literal(0), z.number().min(1).max(10)]).optional()
    .describe("how long an overtaken packet is awaited, ms; 0 for not at all"),
  receiveBufferBytes: z.int().min(4096).max(1 << 29).optional().describe("room in the socket, bytes"),
  receiveOffload: z.boolean().default(true).describe("whether the kernel joins runs of packets"),
  rtcp: z.boolean().default(false).describe("whether receiver reports are sent"),
};

/** What a receiver listens to. */
export interface ReceivePlan<E extends Essence> {
  /** Group to join, or address to listen on. */
  readonly local: { readonly address: string; readonly port: number };
  /** The one sender that is wanted. */
  readonly source: string | undefined;
  /** `undefined` for any. */
  readonly payloadType: number | undefined;
  /** What the description says; `undefined` if there is none. */
  readonly medium: Medium<E> | undefined;
}

const PORT = 5004;

/**
 * What a receiver listens to.
 *
 * @param options The actor's options.
 * @param kinds Kinds of essence that the actor receives.
 * @param who The actor's label.
 * @throws {StreamError} `sdp-invalid` as {@linkcode mediumOf}.
 */
export function planReceiving<K extends Essence["kind"]>(
  options: RtpReceiveOptions,
  kinds: readonly K[],
  who: string,
): ReceivePlan<Extract<Essence, { kind: K }>> {
  const medium = options.sdp === undefined ? undefined : mediumOf(options.sdp, kinds, options.medium, who);
  const group = medium && isMulticast(medium.address) ? checkAddress(medium.address, who) : undefined;
  const address = options.address ?? group ?? (medium?.address.includes(":") ? "::" : "0.0.0.0");
  if (options.source !== undefined && isIP(options.source) !== isIP(address)) {
    throw new StreamError(
      "option-invalid",
      `Cannot start ${who}: option source is ${options.source} and the stream comes to ${address}: ` +
        "both must be of one IP version",
    );
  }
  return {
    local: { address, port: options.port ?? medium?.port ?? PORT },
    source: options.source ?? sourceOf(medium, who),
    payloadType: options.payloadType ?? medium?.media.payloadType,
    medium,
  };
}

/** A group is joined for one sender. */
function sourceOf(medium: Medium | undefined, who: string): string | undefined {
  const { address, sources = [] } = medium ?? {};
  if (sources.length <= 1) return sources[0];
  throw new StreamError(
    "sdp-invalid",
    `Cannot use option sdp of ${who}: its source-filter names ${sources.length} senders of ${address}; say which with ` +
      `option source: ${sources.join(" or ")}`,
  );
}
