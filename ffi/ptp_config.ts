/**
 * What PTP clients are made from, and how the library is told. See zig/src/ptp_client/config.zig.
 *
 * @module
 */

import { netEndpointLayout, ptpConfigLayout as layout } from "./abi.gen.ts";
import { parseAddress, putEndpoint } from "./endpoint.ts";
import { StructWriter } from "./stream_format.ts";

/** `default` is that of IEEE 1588 annex J.3; the others are the editions of SMPTE ST 2059-2. */
export type NativePtpProfile = "default" | "st2059-2:2015" | "st2059-2:2021";

/** Delay_Req to the master and back, or Pdelay_Req to the neighbour and back. */
export type NativePtpDelayMechanism = "end-to-end" | "peer-to-peer";

/** How to be the master when no better one is heard. Its time is this machine's TAI; it is traceable to nothing. */
export interface NativePtpGrandmaster {
  /** 0 to 255, smaller is better. Default: 128. */
  readonly priority1?: number;
  /** 0 to 255, smaller is better. Default: 128. */
  readonly priority2?: number;
  /** Clock class, 0 to 255; below 128 it never follows another. Default: 248. */
  readonly clockClass?: number;
  /** Clock accuracy of IEEE 1588 table 6, 0 to 255. Default: 254, unknown. */
  readonly clockAccuracy?: number;
  /** offsetScaledLogVariance, 0 to 65535. Default: 65535. */
  readonly clockVariance?: number;
  /** Time source of IEEE 1588 table 7, 0 to 255. Default: 160, an oscillator of its own. */
  readonly timeSource?: number;
  /** Sync in two steps, or the time in the Sync itself, which is less exact here. Default: true. */
  readonly twoStep?: boolean;
  /** Sends to all, or only to those who ask. Default: true. */
  readonly multicast?: boolean;
  /** Announces that its time is TAI; else an arbitrary timescale. Default: true. */
  readonly isTai?: boolean;
}

/** A wrong clock of this machine, put in by arithmetic, for measuring how well a master is followed. */
export interface NativePtpClockError {
  /** How much too fast, -500000 to 500000 ppb. Default: 0. */
  readonly ppb?: number;
  /** A step forward of at most an hour, in ns. Default: 0. */
  readonly stepNs?: number;
  /** When, in seconds after opening. Default: 0. */
  readonly stepAtS?: number;
  /** The rate swings by so much in `wanderPeriodS`. Default: 0. */
  readonly wanderPpb?: number;
  /** Default: 0, no swing. */
  readonly wanderPeriodS?: number;
}

/** What a PTP client is made from. */
export interface NativePtpConfig {
  /** The name of a network interface, or one of its addresses. */
  readonly interface: string;
  /** Default: udp4. */
  readonly transport?: "udp4" | "udp6";
  /** Scope of IPv6 multicast, 1 to 15. Default: 14, global. */
  readonly multicastScope?: number;
  /** Default: default. */
  readonly profile?: NativePtpProfile;
  /** 0 to 255. Default: of the profile, 0 or 127. */
  readonly domain?: number;
  /** Default: end-to-end. */
  readonly delayMechanism?: NativePtpDelayMechanism;
  /** Logarithm to base 2 of seconds, -4 to 4. Default: of the profile. */
  readonly announceLogInterval?: number;
  /** -7 to 4. Of a master or unicast; a slave in multicast hears what its master does. Default: of the profile. */
  readonly syncLogInterval?: number;
  /** -7 to 6. Default: of the profile. */
  readonly delayLogInterval?: number;
  /** -7 to 6. Default: of the profile. */
  readonly peerDelayLogInterval?: number;
  /** In announce intervals, 2 to 10. Default: 3. */
  readonly announceReceiptTimeout?: number;
  /** Sync intervals without a Sync until a master counts as silent, 1 to 255. Default: 10. */
  readonly syncTimeout?: number;
  /** 1 sends as IEEE 1588-2019, 0 as 2008. Default: 1. */
  readonly minorVersion?: 0 | 1;
  /** 0 to 63. Default: 46, expedited forwarding. */
  readonly dscp?: number;
  /** TTL or hop limit, 1 to 255. Default: 1 with multicast, 64 with unicast. Peer delay always has 1. */
  readonly ttl?: number;
  /** UDP ports. Others than 319 and 320 are for tests: no other clock speaks there. */
  readonly eventPort?: number;
  /** See `eventPort`. */
  readonly generalPort?: number;
  /** Addresses of at most 8 masters to ask for unicast. Default: none, multicast. */
  readonly unicastMasters?: readonly string[];
  /** How long a grant is asked for, 10 to 86400 s. Default: 300. */
  readonly unicastDurationS?: number;
  /** Delay_Req to the master alone although it sends to all. Default: false. */
  readonly unicastDelay?: boolean;
  /** `utc`: the master's time is UTC, and `taiUtcS` is added. Default: as-is, it is TAI. */
  readonly timescale?: "as-is" | "utc";
  /** TAI less UTC in seconds. Default: 37. */
  readonly taiUtcS?: number;
  /** Default: regression. */
  readonly servo?: "regression" | "proportional-integral";
  /** Takes the first time and does not steer after that. Default: false. */
  readonly freeRunning?: boolean;
  /** Tells this machine its TAI, or measures only. Default: true. */
  readonly disciplines?: boolean;
  /** `auto`: of the network card if all of it works, else of the kernel. Default: auto. */
  readonly stamps?: "auto" | "software" | "hardware";
  /** Has the thread run before all normal ones, 1 to 99; the statistics say if the system let it. Default: 0, no. */
  readonly realTimePriority?: number;
  /** Default: none, it never becomes master. */
  readonly grandmaster?: NativePtpGrandmaster;
  /** The clock identity. Default: from the address of the network card. */
  readonly identity?: bigint;
  /** How much longer the way from the master is than the mean of both ways, in ns. Default: 0. */
  readonly asymmetryNs?: number;
  /** The first time is stepped to if it is further away, from 1 ns. Default: 20 000. */
  readonly firstStepNs?: number;
  /** Later ones. Default: 1 000 000. */
  readonly stepNs?: number;
  /** For random waits. Default: by chance. */
  readonly seed?: bigint;
  /** For measuring. */
  readonly clockError?: NativePtpClockError;
}

const transportCodes: Readonly<Record<"udp4" | "udp6", number>> = { udp4: 4, udp6: 6 };
const profileCodes: Readonly<Record<NativePtpProfile, number>> = {
  default: 1,
  "st2059-2:2015": 2,
  "st2059-2:2021": 3,
};
const delayCodes: Readonly<Record<NativePtpDelayMechanism, number>> = { "end-to-end": 1, "peer-to-peer": 2 };
const timescaleCodes: Readonly<Record<"as-is" | "utc", number>> = { "as-is": 0, utc: 1 };
const servoCodes: Readonly<Record<"regression" | "proportional-integral", number>> = {
  "proportional-integral": 1,
  regression: 2,
};
const stampCodes: Readonly<Record<"auto" | "software" | "hardware", number>> = { auto: 0, software: 1, hardware: 2 };

const domainOfProfile = 256;
const logIntervalOfProfile = 127;
const unicastMastersMax = 8;
const nsMax = 2 ** 53 - 1;

/**
 * Writes a config as the library takes it.
 *
 * @throws {RangeError | TypeError} For an option that cannot be; it is named.
 */
export function encodePtpConfig(config: NativePtpConfig): DataView<ArrayBuffer> {
  const writer = new PtpWriter(layout.structBytes, "open a PTP client");
  putInterface(writer, config.interface);
  writer.word(layout.transport, "transport", config.transport ?? "udp4", transportCodes);
  writer.number(layout.multicastScope, "multicastScope", config.multicastScope ?? 14, 1, 15);
  writer.word(layout.profile, "profile", config.profile ?? "default", profileCodes);
  if (config.domain === undefined) writer.number(layout.domain, "domain", domainOfProfile);
  else writer.number(layout.domain, "domain", config.domain, 0, 255);
  writer.word(layout.delayMechanism, "delayMechanism", config.delayMechanism ?? "end-to-end", delayCodes);
  writer.log(layout.announceLogInterval, "announceLogInterval", config.announceLogInterval, -4, 4);
  writer.log(layout.syncLogInterval, "syncLogInterval", config.syncLogInterval, -7, 4);
  writer.log(layout.delayLogInterval, "delayLogInterval", config.delayLogInterval, -7, 6);
  writer.log(layout.peerDelayLogInterval, "peerDelayLogInterval", config.peerDelayLogInterval, -7, 6);
  writer.optional(layout.announceReceiptTimeout, "announceReceiptTimeout", config.announceReceiptTimeout, 2, 10);
  writer.optional(layout.syncTimeout, "syncTimeout", config.syncTimeout, 1, 255);
  writer.number(layout.minorVersion, "minorVersion", config.minorVersion ?? 1, 0, 1);
  writer.number(layout.dscp, "dscp", config.dscp ?? 46, 0, 63);
  writer.optional(layout.ttl, "ttl", config.ttl, 1, 255);
  writer.number(layout.eventPort, "eventPort", config.eventPort ?? 319, 1, 65535);
  writer.number(layout.generalPort, "generalPort", config.generalPort ?? 320, 1, 65535);
  putUnicast(writer, config);
  writer.word(layout.timescaleHandling, "timescale", config.timescale ?? "as-is", timescaleCodes);
  writer.signed(layout.taiUtcS, "taiUtcS", config.taiUtcS ?? 37, -32768, 32767);
  writer.word(layout.servo, "servo", config.servo ?? "regression", servoCodes);
  writer.flag(layout.freeRunning, "freeRunning", config.freeRunning, false);
  writer.flag(layout.disciplines, "disciplines", config.disciplines, true);
  writer.word(layout.stamps, "stamps", config.stamps ?? "auto", stampCodes);
  writer.number(layout.realTimePriority, "realTimePriority", config.realTimePriority ?? 0, 0, 99);
  putGrandmaster(writer, config.grandmaster);
  writer.number64(layout.identity, "identity", config.identity ?? 0n);
  writer.wide(layout.asymmetryNs, "asymmetryNs", config.asymmetryNs ?? 0, -1_000_000_000, 1_000_000_000);
  if (config.firstStepNs !== undefined) writer.wide(layout.firstStepNs, "firstStepNs", config.firstStepNs, 1, nsMax);
  if (config.stepNs !== undefined) writer.wide(layout.stepNs, "stepNs", config.stepNs, 1, nsMax);
  writer.number64(layout.seed, "seed", config.seed ?? 0n);
  putClockError(writer, config.clockError ?? {});
  return writer.view;
}

/** With numbers that streams do not have: signed ones, ones of 64 bits, absent ones. */
class PtpWriter extends StructWriter {
  /** A number that may be negative, in 32 bits. */
  signed(offset: number, name: string, value: number, least: number, most: number): void {
    this.number(offset, name, value, least, most);
    this.view.setInt32(offset, value, true);
  }

  /** A log interval, of the profile without one. */
  log(offset: number, name: string, value: number | undefined, least: number, most: number): void {
    if (value === undefined) this.view.setInt32(offset, logIntervalOfProfile, true);
    else this.signed(offset, name, value, least, most);
  }

  /** A number, 0 without one. */
  optional(offset: number, name: string, value: number | undefined, least: number, most: number): void {
    if (value !== undefined) this.number(offset, name, value, least, most);
  }

  /** An integer in 64 bits. */
  wide(offset: number, name: string, value: number, least: number, most: number): void {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(
        `Cannot open a PTP client: ${name} is ${String(value)}, it must be an integer from ${least} to ${most}`,
      );
    }
    this.view.setBigInt64(offset, BigInt(value), true);
  }

  /** A number of 64 bits as it is. */
  number64(offset: number, name: string, value: bigint): void {
    if (typeof value !== "bigint" || BigInt.asUintN(64, value) !== value) {
      throw new RangeError(`Cannot open a PTP client: ${name} is ${String(value)}, it must be a bigint of 64 bits`);
    }
    this.view.setBigUint64(offset, value, true);
  }

  /** 0 or 1. */
  flag(offset: number, name: string, value: boolean | undefined, without: boolean): void {
    const given = value ?? without;
    if (typeof given !== "boolean") {
      throw new TypeError(`Cannot open a PTP client: ${name} is ${String(given)}, it must be true or false`);
    }
    this.view.setUint32(offset, given ? 1 : 0, true);
  }
}

function putInterface(writer: PtpWriter, name: string): void {
  const wrong = `Cannot open a PTP client: interface is "${String(name)}"`;
  if (isAddress(name)) return putEndpoint(writer.view, layout.local, { address: name, port: 0 }, "interface");
  if (typeof name !== "string" || !/^[A-Za-z0-9_.:@-]{1,15}$/.test(name)) {
    throw new TypeError(`${wrong}, it must be the name of a network interface, such as eth0, or one of its addresses`);
  }
  new Uint8Array(writer.view.buffer, layout.interface, 16).set(new TextEncoder().encode(name));
}

function isAddress(text: unknown): boolean {
  if (typeof text !== "string") return false;
  try {
    return parseAddress(text).bytes.length > 0;
  } catch {
    return false;
  }
}

function putUnicast(writer: PtpWriter, config: NativePtpConfig): void {
  const masters = config.unicastMasters ?? [];
  if (masters.length > unicastMastersMax) {
    throw new RangeError(
      `Cannot open a PTP client: unicastMasters has ${masters.length} addresses, it must have at most ` +
        `${unicastMastersMax}`,
    );
  }
  const family = (config.transport ?? "udp4") === "udp4" ? 4 : 6;
  masters.forEach((address, i) => {
    const name = `unicastMasters[${i}]`;
    const parsed = parseAddress(address);
    if (parsed.family !== family) {
      throw new TypeError(
        `Cannot open a PTP client: ${name} is "${address}", it must be of IPv${family} as the transport`,
      );
    }
    putEndpoint(writer.view, layout.unicastMasters + i * netEndpointLayout.structBytes, { address, port: 0 }, name);
  });
  writer.number(layout.unicastMasterCount, "unicastMasters", masters.length);
  writer.optional(layout.unicastDurationS, "unicastDurationS", config.unicastDurationS, 10, 86400);
  writer.flag(layout.unicastDelay, "unicastDelay", config.unicastDelay, false);
}

function putGrandmaster(writer: PtpWriter, grandmaster: NativePtpGrandmaster | undefined): void {
  writer.number(layout.grandmaster, "grandmaster", grandmaster === undefined ? 0 : 1);
  const given = grandmaster ?? {};
  const name = "grandmaster.";
  writer.number(layout.grandmasterPriority1, name + "priority1", given.priority1 ?? 128, 0, 255);
  writer.number(layout.grandmasterPriority2, name + "priority2", given.priority2 ?? 128, 0, 255);
  writer.number(layout.grandmasterClass, name + "clockClass", given.clockClass ?? 248, 0, 255);
  writer.number(layout.grandmasterAccuracy, name + "clockAccuracy", given.clockAccuracy ?? 0xfe, 0, 255);
  writer.number(layout.grandmasterVariance, name + "clockVariance", given.clockVariance ?? 0xffff, 0, 0xffff);
  writer.number(layout.grandmasterTimeSource, name + "timeSource", given.timeSource ?? 0xa0, 0, 255);
  writer.flag(layout.grandmasterTwoStep, name + "twoStep", given.twoStep, true);
  writer.flag(layout.grandmasterMulticast, name + "multicast", given.multicast, true);
  writer.flag(layout.grandmasterIsTai, name + "isTai", given.isTai, true);
}

function putClockError(writer: PtpWriter, error: NativePtpClockError): void {
  const name = "clockError.";
  writer.wide(layout.clockErrorPpb, name + "ppb", error.ppb ?? 0, -500_000, 500_000);
  writer.wide(layout.clockErrorStepNs, name + "stepNs", error.stepNs ?? 0, 0, 3_600_000_000_000);
  writer.wide(layout.clockErrorStepAtS, name + "stepAtS", error.stepAtS ?? 0, 0, 1e9);
  writer.wide(layout.clockErrorWanderPpb, name + "wanderPpb", error.wanderPpb ?? 0, 0, 500_000);
  writer.wide(layout.clockErrorWanderPeriodS, name + "wanderPeriodS", error.wanderPeriodS ?? 0, 0, 86_400);
}
