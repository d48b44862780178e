/**
 * What every sending actor can be told.
 *
 * @module
 */
import { StreamError } from "@streamlib/core";
import { isIP } from "node:net";
import { z } from "zod";
import { isMulticast } from "../sdp/address.ts";
import type { ReferenceClock } from "../sdp/clock.ts";
import type { Essence } from "../sdp/essence.ts";
import { type Medium, mediumOf } from "./medium.ts";
import type { OptionFields } from "./option_fields.ts";

/** Options of every sending actor. `sdp`, or `address` and `port`, say where to. */
export interface RtpSendOptions {
  /**
   * Session description of the stream as it shall be sent, its text or the path of a file; its medium of the actor's
   * kind says where to and how.
   */
  sdp?: string | undefined;
  /** Which medium of `sdp`, from 0; needed if several are of the actor's kind. */
  medium?: number | undefined;
  /** IP address to send to: of a receiver, or a multicast group. */
  address?: string | undefined;
  /**
   * UDP port to send to, 1–65535; ST 2110 wants an even one. Default: what `sdp` says, else the first even one from 5004
   * up that is free here and that no other output of this thread has.
   */
  port?: number | undefined;
  /** RTP payload type, 0–127. Default: what `sdp` says, else 96 for pictures, 97 for sound, 100 for ancillary data. */
  payloadType?: number | undefined;
  /** Name of the network interface that multicast leaves by. Default: by route. */
  interface?: string | undefined;
  /** Address of this machine to send from. Default: by route. */
  localAddress?: string | undefined;
  /** UDP port of this machine to send from; RTCP has the next one. Default: any. */
  localPort?: number | undefined;
  /** Identifier of the stream, 0 to 2^32 - 1. Default: random. */
  ssrc?: number | undefined;
  /** Routers that a packet may pass, 1–255. Default: what `sdp` says, else 64. */
  hops?: number | undefined;
  /** DSCP of the packets, 0–63. Default 34 (AF41, ST 2110 media as AES67 §6.3 has them). */
  dscp?: number;
  /** Whether sender reports go to the next port every few seconds (RFC 3550 §6). Default true. */
  rtcp?: boolean;
  /** Whether the kernel cuts runs of packets (UDP GSO) where it can; one system call per packet else. Default true. */
  segmentOffload?: boolean;
  /** Room in the socket for what waits to leave, bytes. Default 4 MiB. */
  sendBufferBytes?: number;
  /**
   * Most bytes that the kernel lets out in a second, headers included (SO_MAX_PACING_RATE): it smooths bursts where the
   * interface has the queueing discipline fq, and does nothing elsewhere. Default: no limit.
   */
  maxBytesPerSecond?: number | undefined;
  /** Whose stream it is in `udpPorts.list()`. Default: the actor; `sendTo` gives the output. */
  owner?: string | undefined;
  /**
   * Clock that the time stamps follow, for the description: default the PTP grandmaster that this machine's TAI is from
   * when the description is asked for, else the sender's own, by the address of its interface.
   */
  referenceClock?: ReferenceClock | undefined;
  /**
   * File that the description of what is sent is written to when the first item has come, and within a second of a
   * change. It stays when the actor ends. What could not be written, as on a full disk, is counted (`sdpFileFailures`)
   * and tried again. Default: none.
   */
  sdpFile?: string | undefined;
}

const port = z.int().min(1).max(65_535);

/** The fields of {@linkcode RtpSendOptions}, to be spread into an actor's options. */
export const sendFields: OptionFields<RtpSendOptions> = {
  sdp: z.string().optional().describe("session description of the stream as it shall be sent, or the path of its file"),
  medium: z.int().min(0).optional().describe("which medium of sdp, from 0"),
  address: z.string().refine((text) => isIP(text) !== 0, "an IP address is right").optional()
    .describe("IP address to send to"),
  port: port.optional().describe("UDP port to send to; default a free one from 5004 up"),
  payloadType: z.int().min(0).max(127).optional().describe("RTP payload type"),
  interface: z.string().min(1).optional().describe("network interface that multicast leaves by"),
  localAddress: z.string().refine((text) => isIP(text) !== 0, "an IP address is right").optional()
    .describe("address of this machine to send from"),
  localPort: port.optional().describe("UDP port of this machine to send from"),
  ssrc: z.int().min(0).max(0xffff_ffff).optional().describe("identifier of the stream; default random"),
  hops: z.int().min(1).max(255).optional().describe("routers that a packet may pass; default 64"),
  dscp: z.int().min(0).max(63).default(34).describe("DSCP of the packets"),
  rtcp: z.boolean().default(true).describe("whether sender reports are sent"),
  segmentOffload: z.boolean().default(true).describe("whether the kernel cuts runs of packets"),
  sendBufferBytes: z.int().min(4096).max(1 << 29).default(4 << 20).describe("room in the socket, bytes"),
  maxBytesPerSecond: z.int().min(1).max(0xffff_ffff).optional().describe(
    "most bytes that the kernel lets out in a second",
  ),
  owner: z.string().min(1).optional().describe("whose stream it is in the list of ports"),
  referenceClock: (z.looseObject({ kind: z.string() }) as unknown as z.ZodType<ReferenceClock>).optional()
    .describe("clock that the time stamps follow, for the description"),
  sdpFile: z.string().min(1).optional().describe("file that the description of what is sent is written to"),
};

/** Where a sender sends to, and how. */
export interface SendPlan<E extends Essence> {
  /** Where to. */
  readonly to: { readonly address: string; readonly port: number | undefined };
  /** RTP payload type. */
  readonly payloadType: number;
  /** Routers that a packet may pass. */
  readonly hops: number;
  /** What the description wants to be sent; `undefined` if there is none. */
  readonly medium: Medium<E> | undefined;
}

const HOPS = 64;

/**
 * Where a sender sends to.
 *
 * @param options The actor's options.
 * @param kinds Kinds of essence that the actor sends.
 * @param payloadType What it is unless said.
 * @param who The actor's label.
 * @throws {StreamError} `option-invalid` if `sdp` and `address` are both given or both missing; `sdp-invalid` as
 * {@linkcode mediumOf}.
 */
export function planSending<K extends Essence["kind"]>(
  options: RtpSendOptions,
  kinds: readonly K[],
  payloadType: number,
  who: string,
): SendPlan<Extract<Essence, { kind: K }>> {
  const { sdp, address } = options;
  if ((sdp === undefined) === (address === undefined)) {
    const found = sdp === undefined ? "neither of the two is there" : "both are there";
    throw new StreamError("option-invalid", `Cannot start ${who}: give the option sdp or the option address, ${found}`);
  }
  if (address !== undefined) {
    return {
      to: { address, port: options.port },
      payloadType: options.payloadType ?? payloadType,
      hops: options.hops ?? HOPS,
      medium: undefined,
    };
  }
  const medium = mediumOf(sdp!, kinds, options.medium, who);
  return {
    to: { address: checkAddress(medium.address, who), port: options.port ?? medium.port },
    payloadType: options.payloadType ?? medium.media.payloadType,
    hops: options.hops ?? (isMulticast(medium.address) ? medium.hops : undefined) ?? HOPS,
    medium,
  };
}

/** Refuses host names: who resolves them decides when, and to which of several. */
export function checkAddress(address: string, who: string): string {
  if (isIP(address) !== 0) return address;
  throw new StreamError(
    "sdp-invalid",
    `Cannot use option sdp of ${who}: its c= line has the host name ${address}; put the IP address there`,
  );
}
