/**
 * A session description (RFC 8866) as a plain object.
 *
 * Fields that a text lacks are absent, never undefined; what streamlib has no field for is kept as it stands.
 *
 * @module
 */
import type { Address, Connection, RtcpAddress, SourceFilter } from "./address.ts";
import type { MediaClock, ReferenceClock } from "./clock.ts";
import type { Essence } from "./essence.ts";

/** Who made the session: `o=` (RFC 8866 §5.2). */
export interface Origin extends Address {
  /** Name of the user, or `-`. No spaces. */
  readonly username: string;
  /** Decimal digits. */
  readonly sessionId: string;
  /** Decimal digits; grows when the description changes. */
  readonly sessionVersion: string;
}

/** How much is sent: `b=` (RFC 8866 §5.8). */
export interface Bandwidth {
  /** `AS`, `CT`, `TIAS`, `RS`, `RR` … */
  readonly type: string;
  /** `AS` and `CT`: kilobits per second; `TIAS`, `RS`, `RR`: bits per second. */
  readonly value: number;
}

/** When the session is: `t=` with its `r=` lines (RFC 8866 §5.9). */
export interface Timing {
  /** Seconds since 1900, 0 for always. */
  readonly start: number;
  /** Seconds since 1900, 0 for no end. */
  readonly stop: number;
  /** Values of `r=` lines, as they stand. */
  readonly repeats?: readonly string[];
}

/** Media that belong together: `a=group` (RFC 5888 §5; `DUP`: RFC 7104). */
export interface Group {
  /** `DUP` for copies of one stream (ST 2022-7). */
  readonly semantics: string;
  /** The `mid` of each. */
  readonly mids: readonly string[];
}

/** A header extension: `a=extmap` (RFC 8285 §8). */
export interface HeaderExtension {
  /** 1–65535. */
  readonly id: number;
  /** Who sends it; absent for both. */
  readonly direction?: "sendonly" | "recvonly" | "sendrecv" | "inactive";
  /** What it is. */
  readonly uri: string;
  /** What follows the URI. */
  readonly attributes?: string;
}

/** An attribute that streamlib has no field for: `a=name` or `a=name:value`. */
export interface Attribute {
  /** What stands before the first colon. */
  readonly name: string;
  /** What stands after it; absent for a bare name. */
  readonly value?: string;
}

/** A line that streamlib has no use for: address of a person, obsolete key, zone. */
export interface OtherLine {
  /** Letter before the equals sign. */
  readonly type: "u" | "e" | "p" | "z" | "k";
  /** What follows the equals sign. */
  readonly value: string;
}

/** What both the session and a medium can say. For a medium its own word goes before that of the session. */
export interface CommonDescription {
  /** `i=`: words for people. */
  readonly information?: string;
  /** `b=`. */
  readonly bandwidths?: readonly Bandwidth[];
  /** `u=`, `e=`, `p=`, `z=`, `k=`, in this order, as they stand; of a medium only `k=`. */
  readonly otherLines?: readonly OtherLine[];
  /** `a=source-filter`. */
  readonly sourceFilters?: readonly SourceFilter[];
  /** `a=ts-refclk`: one, or several that are equally good. */
  readonly referenceClocks?: readonly ReferenceClock[];
  /** `a=mediaclk`. */
  readonly mediaClock?: MediaClock;
  /** `a=extmap`. */
  readonly headerExtensions?: readonly HeaderExtension[];
  /** All other `a=` lines, in their order. */
  readonly attributes?: readonly Attribute[];
}

/** A whole description. */
export interface SessionDescription extends CommonDescription {
  /** `o=`. */
  readonly origin: Origin;
  /** `s=`: at least one character; one space or `-` if there is no name. */
  readonly name: string;
  /** `c=`, for the media that have none. */
  readonly connection?: Connection;
  /** `t=`. */
  readonly timings?: readonly Timing[];
  /** `a=group`. */
  readonly groups?: readonly Group[];
  /** The media; in ST 2110 one stream, or the copies of one (ST 2110-10 §8.1). */
  readonly media: readonly MediaDescription[];
}

/** One medium: an `m=` line and what follows it. */
export interface MediaDescription extends CommonDescription {
  /** `video`, `audio`, `application` … */
  readonly type: string;
  /** UDP port of RTP, 0–65535; 0 means that it is not sent. */
  readonly port: number;
  /** How many ports, two apart, where it is more than one. */
  readonly portCount?: number;
  /** `RTP/AVP` in ST 2110. */
  readonly protocol: string;
  /** RTP payload type, 0–127. */
  readonly payloadType: number;
  /** Further payload types of the `m=` line; what describes them stands in `attributes`. */
  readonly otherPayloadTypes?: readonly number[];
  /** What is sent: `a=rtpmap` and `a=fmtp` of `payloadType`. */
  readonly essence: Essence;
  /** `c=`. */
  readonly connections?: readonly Connection[];
  /** `a=ptime`: milliseconds of sound in a packet; 0.125 may be written 0.12 (AES67-2013 §8.1). */
  readonly ptimeMs?: number;
  /** `a=maxptime`: most milliseconds of sound in a packet. */
  readonly maxptimeMs?: number;
  /** `a=framerate`: pictures per second, as near as a decimal number comes. */
  readonly framerate?: number;
  /** `a=mid`: name of this medium in groups. */
  readonly mid?: string;
  /** `a=rtcp`. */
  readonly rtcp?: RtcpAddress;
}

/** Addresses that a medium is sent to: its own, else that of the session. */
export function connectionsOf(session: SessionDescription, media: MediaDescription): readonly Connection[] {
  return media.connections ?? (session.connection ? [session.connection] : []);
}

/** Reference clocks of a medium: its own, else those of the session (RFC 7273 §4.8). */
export function referenceClocksOf(session: SessionDescription, media: MediaDescription): readonly ReferenceClock[] {
  return media.referenceClocks ?? session.referenceClocks ?? [];
}

/** Source filters that hold for a medium: its own, else those of the session (RFC 4570 §3). */
export function sourceFiltersOf(session: SessionDescription, media: MediaDescription): readonly SourceFilter[] {
  return media.sourceFilters ?? session.sourceFilters ?? [];
}
