/**
 * Session descriptions of what is sent.
 *
 * @module
 */
import { isIPv6 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
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
  /** Address that it is sent from, if it was said. */
  readonly localAddress: string | undefined;
  /** Interface that it leaves by, if it was said. */
  readonly interface: string | undefined;
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
  const own = ownInterface(stream);
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
      ? { sourceFilters: [{ mode: "incl", addressType, destination: address, sources: [own.address] }] }
      : {}),
    ...(stream.ptimeMs === undefined ? {} : { ptimeMs: stream.ptimeMs }),
    referenceClocks: [stream.referenceClock ?? { kind: "localmac", mac: macOf(own) }],
    mediaClock: { kind: "direct", offset: 0 },
  };
  const now = String(Math.floor(Date.now() / 1000) + NTP_EPOCH_S);
  const session: SessionDescription = {
    origin: { username: "-", sessionId: now, sessionVersion: now, addressType, address: own.address },
    name: stream.name,
    timings: [{ start: 0, stop: 0 }],
    media: [media],
  };
  return writeSdp(session);
}

/** ST 2110-10 §8.2 writes addresses of interfaces with dashes and capitals. */
function macOf({ mac }: NetworkInterfaceInfo): string {
  return mac.toUpperCase().replaceAll(":", "-");
}

/** The interface that a stream leaves by, as far as that can be told without a route: the first outward one else. */
function ownInterface({ to, localAddress, interface: name }: StreamDescription): NetworkInterfaceInfo {
  const family = isIPv6(to.address) ? "IPv6" : "IPv4";
  const all = networkInterfaces();
  const named = name === undefined ? Object.values(all).flat() : all[name] ?? [];
  const candidates = named.filter((one) => one !== undefined && one.family === family) as NetworkInterfaceInfo[];
  const isLocal = to.address.startsWith("127.") || to.address === "::1";
  return candidates.find(({ address }) => address === localAddress) ??
    candidates.find(({ internal }) => internal === isLocal) ?? candidates[0] ?? NOWHERE[family];
}

const NOWHERE: Readonly<Record<"IPv4" | "IPv6", NetworkInterfaceInfo>> = {
  IPv4: {
    address: "127.0.0.1",
    netmask: "255.0.0.0",
    family: "IPv4",
    mac: "00:00:00:00:00:00",
    internal: true,
    cidr: null,
  },
  IPv6: {
    address: "::1",
    netmask: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    family: "IPv6",
    mac: "00:00:00:00:00:00",
    internal: true,
    cidr: null,
    scopeid: 0,
  },
};
