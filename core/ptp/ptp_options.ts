/**
 * How a user says which PTP to follow, and the one error for what cannot be.
 *
 * @module
 */
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { NativePtpConfig, NativePtpGrandmaster, NativePtpProfile } from "@streamlib/ffi";
import { StreamError } from "../errors.ts";
import { parseClockIdentity } from "./clock_identity.ts";

/**
 * Profile of PTP: intervals and domain. `st2059-2` is that of SMPTE ST 2059-2 as most devices have it, of the edition of
 * 2015; `default` is that of IEEE 1588 annex J.3.
 */
export type PtpProfile = "st2059-2" | NativePtpProfile;

/** What a PTP client can be told. Nothing of it is needed on a machine with one network. */
export interface PtpOptions extends Partial<Omit<NativePtpConfig, "profile" | "identity">> {
  /** A network interface by name or address. Default: the only one that is not the loopback. */
  readonly interface?: string;
  /** Default: `st2059-2`. */
  readonly profile?: PtpProfile;
  /** Clock identity, `00-1B-21-FF-FE-5A-0C-77`. Default: from the address of the network card. */
  readonly identity?: string;
}

/** A config in which everything is said on which the id of a clock depends. */
export interface CompletePtpOptions extends NativePtpConfig {
  /** PTP domain, 0 to 255. */
  readonly domain: number;
  /** Profile, with its edition. */
  readonly profile: NativePtpProfile;
}

type Range = readonly [least: number, most: number];

const SAFE = Number.MAX_SAFE_INTEGER;

const INTEGERS: Readonly<Record<string, Range>> = {
  multicastScope: [1, 15],
  domain: [0, 255],
  announceLogInterval: [-4, 4],
  syncLogInterval: [-7, 4],
  delayLogInterval: [-7, 6],
  peerDelayLogInterval: [-7, 6],
  announceReceiptTimeout: [2, 10],
  syncTimeout: [1, 255],
  minorVersion: [0, 1],
  dscp: [0, 63],
  ttl: [1, 255],
  eventPort: [1, 65_535],
  generalPort: [1, 65_535],
  unicastDurationS: [10, 86_400],
  taiUtcS: [-32_768, 32_767],
  realTimePriority: [0, 99],
  asymmetryNs: [-1_000_000_000, 1_000_000_000],
  firstStepNs: [1, SAFE],
  stepNs: [1, SAFE],
};

const GRANDMASTER_INTEGERS: Readonly<Record<string, Range>> = {
  priority1: [0, 255],
  priority2: [0, 255],
  clockClass: [0, 255],
  clockAccuracy: [0, 255],
  clockVariance: [0, 65_535],
  timeSource: [0, 255],
};

const CLOCK_ERROR_INTEGERS: Readonly<Record<string, Range>> = {
  ppb: [-500_000, 500_000],
  stepNs: [0, 3_600_000_000_000],
  stepAtS: [0, 1e9],
  wanderPpb: [0, 500_000],
  wanderPeriodS: [0, 86_400],
};

const WORDS: Readonly<Record<string, readonly string[]>> = {
  transport: ["udp4", "udp6"],
  profile: ["st2059-2", "st2059-2:2015", "st2059-2:2021", "default"],
  delayMechanism: ["end-to-end", "peer-to-peer"],
  timescale: ["as-is", "utc"],
  servo: ["regression", "proportional-integral"],
  stamps: ["auto", "software", "hardware"],
};

const FLAGS: readonly string[] = ["unicastDelay", "freeRunning", "disciplines"];
const GRANDMASTER_FLAGS: readonly string[] = ["twoStep", "multicast", "isTai"];
const OTHERS: readonly string[] = ["interface", "identity", "unicastMasters", "grandmaster", "clockError", "seed"];
const NAMES: readonly string[] = [...Object.keys(INTEGERS), ...Object.keys(WORDS), ...FLAGS, ...OTHERS];

const MASTERS_MAX = 8;
const EVENT_PORT = 319;
const GENERAL_PORT = 320;

/** Addresses of several machines, or of none: multicast, broadcast, unspecified. */
const NOBODY = /^(0\.0\.0\.0|2(2[4-9]|[345]\d)\..*|[0:]+|ff.*)$/i;

const DOMAIN_ST2059 = 127;

/**
 * Checks options and completes them.
 *
 * @param given What the user said; a key with the value `undefined` counts as not said.
 * @throws {StreamError} `option-invalid`, with the first option that cannot be and what would be right.
 */
export function completePtpOptions(given: PtpOptions): CompletePtpOptions {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const unknown = Object.keys(said).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw invalid(`there is no option ${unknown}; there are ${NAMES.toSorted().join(", ")}`);
  checkIntegers(said, INTEGERS, "");
  checkFlags(said, FLAGS, "");
  for (const [name, words] of Object.entries(WORDS)) {
    const value = said[name];
    if (value !== undefined && !words.includes(value as string)) throw wrong(name, value, `one of ${words.join(", ")}`);
  }
  checkGroup(said.grandmaster, "grandmaster", GRANDMASTER_INTEGERS, GRANDMASTER_FLAGS);
  checkGroup(said.clockError, "clockError", CLOCK_ERROR_INTEGERS, []);
  if (said.seed !== undefined && typeof said.seed !== "bigint") throw wrong("seed", said.seed, "a bigint");
  checkMasters(said as PtpOptions);
  const { eventPort = EVENT_PORT, generalPort = GENERAL_PORT } = said as PtpOptions;
  if (eventPort === generalPort) throw wrong("generalPort", generalPort, "another port than eventPort");
  const { profile = "st2059-2", identity, interface: name, ...rest } = said as PtpOptions;
  return {
    ...rest,
    interface: checkInterface(name),
    profile: profile === "st2059-2" ? "st2059-2:2015" : profile,
    domain: rest.domain ?? (profile === "default" ? 0 : DOMAIN_ST2059),
    ...(identity === undefined ? {} : { identity: checkIdentity(identity) }),
  };
}

/** A text that two sets of options share if they mean the same. */
export function ptpOptionsKey(options: CompletePtpOptions): string {
  return JSON.stringify(sorted(options), (_, value) => typeof value === "bigint" ? `${value}n` : value);
}

function sorted(value: object): object {
  const entries = Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(
    entries.map(([key, one]) => [key, one && typeof one === "object" && !Array.isArray(one) ? sorted(one) : one]),
  );
}

function checkIntegers(said: Record<string, unknown>, ranges: Readonly<Record<string, Range>>, prefix: string): void {
  for (const [name, [least, most]] of Object.entries(ranges)) {
    const value = said[name];
    if (value === undefined || (Number.isInteger(value) && value as number >= least && value as number <= most)) {
      continue;
    }
    throw wrong(prefix + name, value, `an integer from ${least} to ${most}`);
  }
}

function checkFlags(said: Record<string, unknown>, names: readonly string[], prefix: string): void {
  for (const name of names) {
    const value = said[name];
    if (value !== undefined && typeof value !== "boolean") throw wrong(prefix + name, value, "true or false");
  }
}

function checkGroup(
  value: unknown,
  group: string,
  integers: Readonly<Record<string, Range>>,
  flags: readonly string[],
): void {
  if (value === undefined) return;
  if (typeof value !== "object" || value === null) throw wrong(group, value, "an object");
  const said = value as Record<string, unknown> & NativePtpGrandmaster;
  const names = [...Object.keys(integers), ...flags];
  const unknown = Object.keys(said).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalid(`there is no option ${group}.${unknown}; there are ${names.join(", ")}`);
  checkIntegers(said, integers, `${group}.`);
  checkFlags(said, flags, `${group}.`);
}

function checkMasters({ unicastMasters, transport = "udp4" }: PtpOptions): void {
  if (unicastMasters === undefined) return;
  const family = transport === "udp4" ? 4 : 6;
  if (!Array.isArray(unicastMasters) || unicastMasters.length > MASTERS_MAX) {
    throw wrong("unicastMasters", unicastMasters, `a list of at most ${MASTERS_MAX} IP addresses`);
  }
  unicastMasters.forEach((address, index) => {
    if (isIP(address) !== family) {
      throw wrong(`unicastMasters[${index}]`, address, `an IPv${family} address, as the transport is ${transport}`);
    }
    if (NOBODY.test(address)) throw wrong(`unicastMasters[${index}]`, address, "the address of one machine");
  });
}

function checkInterface(name: unknown): string {
  const all = networkInterfaces();
  const outward = Object.keys(all).filter((one) => all[one]?.some(({ internal }) => !internal));
  if (name === undefined) {
    if (outward.length === 1) return outward[0];
    const found = outward.length === 0 ? "this machine has none with an address" : `there are ${outward.join(", ")}`;
    throw invalid(`give the option interface, the network on which the master is; ${found}`);
  }
  if (typeof name === "string" && (isIP(name) !== 0 || /^[A-Za-z0-9_.:@-]{1,15}$/.test(name))) return name;
  throw wrong("interface", name, "the name of a network interface, such as eth0, or one of its addresses");
}

function checkIdentity(text: unknown): bigint {
  const identity = typeof text === "string" ? parseClockIdentity(text) : undefined;
  if (identity !== undefined) return identity;
  throw wrong("identity", text, "eight bytes in hexadecimal, such as 00-1B-21-FF-FE-5A-0C-77, and not all 0");
}

function wrong(name: string, value: unknown, right: string): StreamError {
  const shown = typeof value === "string" ? `"${value}"` : Array.isArray(value) ? `[${value}]` : String(value);
  return invalid(`option ${name} is ${shown}, it must be ${right}`);
}

function invalid(what: string): StreamError {
  return new StreamError("option-invalid", `Cannot follow PTP: ${what}`);
}
