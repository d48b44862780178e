/**
 * Reference clocks and media clocks (RFC 7273, ST 2110-10 §8.2 and §8.3).
 *
 * @module
 */
import { type Rate, toRate } from "@streamlib/core";
import type { Codec } from "./codec.ts";

/** The clock that a sender's time comes from: one `a=ts-refclk`. */
export type ReferenceClock =
  | PtpClock
  | TraceablePtpClock
  | LocalMacClock
  | NtpClock
  | TraceableNtpClock
  | PlainReferenceClock
  | PrivateClock
  | OtherReferenceClock;

/** A PTP grandmaster: `ptp=IEEE1588-2008:39-A7-94-FF-FE-07-CB-D0:127`. */
export interface PtpClock {
  /** Tells it from the others. */
  readonly kind: "ptp";
  /** Edition of PTP; ST 2110 uses `IEEE1588-2008`. */
  readonly version: string;
  /** Identity of the grandmaster: EUI-64, eight pairs of capital hexadecimal digits joined by dashes. */
  readonly gmid: string;
  /** Domain number, 0–255 in the text; ST 2059-2 has 0–127. */
  readonly domain?: number;
}

/** A PTP grandmaster that is traceable to TAI, whichever it is: `ptp=IEEE1588-2008:traceable`. */
export interface TraceablePtpClock {
  /** Tells it from the others. */
  readonly kind: "ptp-traceable";
  /** Edition of PTP. */
  readonly version: string;
}

/** The sender's own clock, named by its interface: `localmac=7C-E9-D3-1B-9A-AF` (ST 2110-10 §8.2). */
export interface LocalMacClock {
  /** Tells it from the others. */
  readonly kind: "localmac";
  /** Six pairs of capital hexadecimal digits joined by dashes. */
  readonly mac: string;
}

/** An NTP server: `ntp=203.0.113.10` or `ntp=time.example.com:123`. */
export interface NtpClock {
  /** Tells it from the others. */
  readonly kind: "ntp";
  /** Host, with its port after a colon where one is given. */
  readonly server: string;
}

/** NTP time that is traceable, whichever the server is: `ntp=/traceable/`. */
export interface TraceableNtpClock {
  /** Tells it from the others. */
  readonly kind: "ntp-traceable";
}

/** GPS, Galileo, GLONASS, or a clock of the sender without a name. */
export interface PlainReferenceClock {
  /** Tells it from the others. */
  readonly kind: "gps" | "gal" | "glonass" | "local";
}

/** A clock that only a group of devices knows: `private` or `private:traceable`. */
export interface PrivateClock {
  /** Tells it from the others. */
  readonly kind: "private";
  /** Whether it is traceable to TAI. */
  readonly traceable: boolean;
}

/** A clock source of another standard, as it stands. */
export interface OtherReferenceClock {
  /** Tells it from the others. */
  readonly kind: "other";
  /** What follows `ts-refclk:`. */
  readonly text: string;
}

/** How RTP time stamps follow the reference clock: `a=mediaclk`. */
export type MediaClock = DirectMediaClock | SenderMediaClock | OtherMediaClock;

/** Time stamps count from the epoch of the reference clock: `direct=0`. */
export interface DirectMediaClock {
  /** Tells it from the others. */
  readonly kind: "direct";
  /** Time stamp at the epoch, 0 to 2^32 - 1; ST 2110 has 0. */
  readonly offset?: number;
  /** Factor of the clock rate, where it is not 1: `rate=1000/1001`. */
  readonly rate?: Rate;
}

/** Time stamps count by a clock of the sender: `sender`. */
export interface SenderMediaClock {
  /** Tells it from the others. */
  readonly kind: "sender";
}

/** A media clock of another standard, as it stands. */
export interface OtherMediaClock {
  /** Tells it from the others. */
  readonly kind: "other";
  /** What follows `mediaclk:`. */
  readonly text: string;
}

const PLAIN = ["gps", "gal", "glonass", "local"] as const;

/** `a=ts-refclk` (RFC 7273 §4.8). */
export const REFERENCE_CLOCK: Codec<ReferenceClock> = {
  expected: "ptp=IEEE1588-2008:<grandmaster as 39-A7-94-FF-FE-07-CB-D0>:<domain>, ptp=IEEE1588-2008:traceable, " +
    "localmac=<7C-E9-D3-1B-9A-AF>, ntp=<server> or another source of RFC 7273",
  read(text) {
    const [, source, rest] = /^([^=:\s]+)([=:][^]*)?$/.exec(text) ?? [];
    if (source === undefined) return undefined;
    const name = source.toLowerCase();
    const plain = PLAIN.find((kind) => kind === name);
    if (plain) return rest === undefined ? { kind: plain } : undefined;
    if (name === "private") return readPrivate(rest);
    if (name === "ptp") return readPtp(rest);
    if (name === "ntp") return readNtp(rest);
    if (name === "localmac") return readMac(rest);
    return { kind: "other", text };
  },
  write(clock) {
    switch (clock.kind) {
      case "ptp":
        return `ptp=${clock.version}:${clock.gmid}${clock.domain === undefined ? "" : `:${clock.domain}`}`;
      case "ptp-traceable":
        return `ptp=${clock.version}:traceable`;
      case "localmac":
        return `localmac=${clock.mac}`;
      case "ntp":
        return `ntp=${clock.server}`;
      case "ntp-traceable":
        return "ntp=/traceable/";
      case "private":
        return clock.traceable ? "private:traceable" : "private";
      case "other":
        return clock.text;
      default:
        return clock.kind;
    }
  },
};

/** `a=mediaclk` (RFC 7273 §5.4). */
export const MEDIA_CLOCK: Codec<MediaClock> = {
  expected: "direct=0, sender or another form of RFC 7273",
  read(text) {
    if (text.toLowerCase() === "sender") return { kind: "sender" };
    if (!/^direct\b/i.test(text)) return /^\S/.test(text) ? { kind: "other", text } : undefined;
    const match = /^direct(?:\s*=\s*(\d{1,10}))?(?:\s+rate=(\d{1,9})\/(\d{1,9}))?$/i.exec(text);
    if (!match) return undefined;
    const [offset, num, den] = match.slice(1);
    if (Number(offset ?? 0) > 0xffff_ffff || Number(num ?? 1) === 0 || Number(den ?? 1) === 0) return undefined;
    return {
      kind: "direct",
      ...offset === undefined ? {} : { offset: Number(offset) },
      ...num === undefined ? {} : { rate: toRate({ num: Number(num), den: Number(den) }) },
    };
  },
  write(clock) {
    if (clock.kind === "sender") return "sender";
    if (clock.kind === "other") return clock.text;
    const offset = clock.offset === undefined ? "" : `=${clock.offset}`;
    return `direct${offset}${clock.rate === undefined ? "" : ` rate=${clock.rate.num}/${clock.rate.den}`}`;
  },
};

function readPtp(rest: string | undefined): ReferenceClock | undefined {
  const [, edition, server] = /^=([A-Za-z0-9.-]+):([^]+)$/.exec(rest ?? "") ?? [];
  if (edition === undefined) return undefined;
  const version = edition.replace(/^ieee/i, "IEEE").replace(/as(?=-)/i, "AS");
  if (server.toLowerCase() === "traceable") return { kind: "ptp-traceable", version };
  // RFC 7273 names the number domain-nmbr=; its own examples and all equipment write the number alone.
  const [, gmid, number] = /^((?:[0-9a-f]{2}-){7}[0-9a-f]{2})(?::(?:domain-nmbr=)?(\d{1,3}))?$/i.exec(server) ?? [];
  if (gmid !== undefined && Number(number ?? 0) <= 255) {
    return {
      kind: "ptp",
      version,
      gmid: gmid.toUpperCase(),
      ...number === undefined ? {} : { domain: Number(number) },
    };
  }
  return /:domain-name=\S{1,16}$/.test(server) ? { kind: "other", text: `ptp${rest}` } : undefined;
}

function readNtp(rest: string | undefined): ReferenceClock | undefined {
  const [, server] = /^=(\S+)$/.exec(rest ?? "") ?? [];
  if (server === undefined) return undefined;
  return /^\/?traceable\/?$/i.test(server) ? { kind: "ntp-traceable" } : { kind: "ntp", server };
}

function readMac(rest: string | undefined): ReferenceClock | undefined {
  const [, mac] = /^=((?:[0-9a-f]{2}-){5}[0-9a-f]{2})$/i.exec(rest ?? "") ?? [];
  return mac === undefined ? undefined : { kind: "localmac", mac: mac.toUpperCase() };
}

function readPrivate(rest: string | undefined): ReferenceClock | undefined {
  if (rest === undefined) return { kind: "private", traceable: false };
  return rest.toLowerCase() === ":traceable" ? { kind: "private", traceable: true } : undefined;
}
