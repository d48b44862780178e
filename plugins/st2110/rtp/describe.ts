/**
 * Session descriptions of what is sent.
 *
 * @module
 */
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { isMulticast } from "../sdp/address.ts";
import type { ReferenceClock } from "../sdp/clock.ts";
import type { MediaDescription, SessionDescription } from "../sdp/description.ts";
import type { Essence } from "../sdp/essence.ts";
import { writeSdp } from "../sdp/write.ts";

/** What a description says of one stream. */
export interface StreamDescription {
  /** Name for people. */
  readonly name: string;
  /** `video`, `audio`; ancillary data is `video` too (RFC 8331 §3.1). */
  readonly type: "video" | "audio";
  /** What is sent. */
  readonly essence: Essence;
  /** Where to. */
  readonly to: { readonly address: string; readonly port: number };
  /** RTP payload type. */
  readonly payloadType: number;
  /** Routers that a packet may pass. */
  readonly hops: number;
  /** Address that it is sent from. */
  readonly from: string;
  /** Clock that time stamps follow; default the sender's own, named by its interface. */
  readonly referenceClock: ReferenceClock | undefined;
  /** Milliseconds of sound in a packet. */
  readonly ptimeMs?: number;
  /** Kilobits per second of what is coded (ST 2110-22 §7). */
  readonly kilobitsPerSecond?: number;
}

/** The part of a description that is the essence's own; the rest is where it goes. */
export type Described = Pick<StreamDescription, "type" | "essence" | "ptimeMs" | "kilobitsPerSecond">;

/** Seconds from 1900, where NTP counts from, to 1970. */
const NTP_EPOCH_S = 2_208_988_800;

/** The text that a receiver is given. Time stamps count from the epoch: `mediaclk:direct=0` (ST 2110-10 §8.3). */
export function describeStream(stream: StreamDescription): string {
  const { address, port } = stream.to;
  const addressType = isIPv6(address) ? "IP6" : "IP4";
  const isGroup = isMulticast(address);
  const media: MediaDescription = {
    type: stream.type,
    port,
    protocol: "RTP/AVP",
    payloadType: stream.payloadType,
    essence: stream.essence,
    connections: [{ addressType, address, ...(isGroup && addressType === "IP4" ? { ttl: stream.hops } : {}) }],
    ...(stream.kilobitsPerSecond === undefined
      ? {}
      : { bandwidths: [{ type: "AS", value: Math.ceil(stream.kilobitsPerSecond) }] }),
    ...(isGroup
      ? { sourceFilters: [{ mode: "incl", addressType, destination: address, sources: [stream.from] }] }
      : {}),
    ...(stream.ptimeMs === undefined ? {} : { ptimeMs: stream.ptimeMs }),
    referenceClocks: [stream.referenceClock ?? { kind: "localmac", mac: macOf(stream.from) }],
    mediaClock: { kind: "direct", offset: 0 },
  };
  const now = String(Math.floor(Date.now() / 1000) + NTP_EPOCH_S);
  const session: SessionDescription = {
    origin: { username: "-", sessionId: now, sessionVersion: now, addressType, address: stream.from },
    name: stream.name,
    timings: [{ start: 0, stop: 0 }],
    media: [media],
  };
  return writeSdp(session);
}

/**
 * The hardware address of the interface that has an address, as ST 2110-10 §8.2 writes it: with dashes and capitals. Of
 * loopback, which has more addresses than are listed, it is zeros.
 */
function macOf(address: string): string {
  const own = Object.values(networkInterfaces()).flat().find((one) => one?.address === address);
  return (own?.mac ?? "00:00:00:00:00:00").toUpperCase().replaceAll(":", "-");
}
