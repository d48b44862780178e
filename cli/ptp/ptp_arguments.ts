/**
 * The options of `streamlib ptp`, as the client wants them.
 *
 * @module
 */
import type { PtpOptions } from "@streamlib/core";
import { isIP } from "node:net";
import type { networkInterfaces } from "node:os";
import type { CommandOption, GivenOptions } from "../command.ts";

/** What the user wants. */
export interface PtpArguments {
  /** For the client; the interface may be missing. */
  readonly client: PtpOptions;
  /** Whether anything says what to follow, so that a client of another process is not enough. */
  readonly isOwn: boolean;
  /** One JSON object a second. */
  readonly json: boolean;
  /** How long to look; `undefined` until somebody ends it. */
  readonly durationS: number | undefined;
}

const DELAYS = { e2e: "end-to-end", p2p: "peer-to-peer" } as const;
const PROFILES = ["st2059-2", "st2059-2:2015", "st2059-2:2021", "default"] as const;
const TRANSPORTS = ["udp4", "udp6"] as const;
const TIMESCALES = ["as-is", "utc"] as const;

/** Options in the order of the help. */
export const PTP_OPTIONS: Readonly<Record<string, CommandOption>> = {
  interface: { kind: "text", value: "IF", description: "Network interface, by name or address; needed with several" },
  domain: { kind: "text", value: "N", description: "PTP domain, 0 to 255; that of the profile unless said (127 or 0)" },
  profile: {
    kind: "text",
    value: "NAME",
    choices: PROFILES,
    description: "st2059-2 (unless said), st2059-2:2015, st2059-2:2021 or default (IEEE 1588 annex J.3)",
  },
  transport: {
    kind: "text",
    value: "NAME",
    choices: TRANSPORTS,
    description: "udp4 (unless said) or udp6",
  },
  unicast: { kind: "text", value: "ADDR,…", description: "Ask these masters for unicast, at most 8" },
  delay: {
    kind: "text",
    value: "NAME",
    choices: Object.keys(DELAYS),
    description: "Path delay: e2e, of the master (unless said), or p2p, of neighbours",
  },
  timescale: {
    kind: "text",
    value: "NAME",
    choices: TIMESCALES,
    description: "as-is (unless said), or utc: the master sends UTC, add 37 s",
  },
  grandmaster: { kind: "flag", description: "Lead if no better master is heard; traceable to nothing" },
  observe: { kind: "flag", description: "Measure only: tell this machine no TAI" },
  duration: { kind: "text", value: "S", description: "End after so many seconds" },
  json: { kind: "flag", description: "Write a JSON object per line, one a second" },
};

const DURATION_MAX_S = 1e6;
const UNICAST_MAX = 8;

/** The arguments, or what is wrong with them as it stands after "Cannot run ptp:". */
export function ptpArguments(given: GivenOptions): PtpArguments | string {
  const domain = numberOf(given.domain, 0, 255);
  if (domain === null || domain !== undefined && !Number.isInteger(domain)) {
    return wrong("domain", given, "an integer from 0 to 255");
  }
  const durationS = numberOf(given.duration, 0, DURATION_MAX_S);
  if (durationS === null || durationS === 0) {
    return wrong("duration", given, `seconds above 0, at most ${DURATION_MAX_S}`);
  }
  const profile = PROFILES.find((name) => name === given.profile);
  if (given.profile !== undefined && !profile) return wrong("profile", given, PROFILES.join(", "));
  const transport = TRANSPORTS.find((name) => name === given.transport);
  if (given.transport !== undefined && !transport) return wrong("transport", given, TRANSPORTS.join(" or "));
  const timescale = TIMESCALES.find((name) => name === given.timescale);
  if (given.timescale !== undefined && !timescale) return wrong("timescale", given, TIMESCALES.join(" or "));
  const delay = Object.keys(DELAYS).find((name) => name === given.delay) as keyof typeof DELAYS | undefined;
  if (given.delay !== undefined && !delay) return wrong("delay", given, Object.keys(DELAYS).join(" or "));
  const family = transport === "udp6" ? 6 : 4;
  const unicastMasters = typeof given.unicast === "string" ? given.unicast.split(",") : undefined;
  const strange = unicastMasters?.find((address) => isIP(address) !== family);
  if (strange !== undefined) return `--unicast has "${strange}", it must be IPv${family} addresses with commas between`;
  if (unicastMasters && unicastMasters.length > UNICAST_MAX) {
    return `--unicast has ${unicastMasters.length} addresses, it must have at most ${UNICAST_MAX}`;
  }
  const client: PtpOptions = {
    ...(typeof given.interface === "string" ? { interface: given.interface } : {}),
    ...(domain === undefined ? {} : { domain }),
    ...(profile ? { profile } : {}),
    ...(transport ? { transport } : {}),
    ...(unicastMasters ? { unicastMasters } : {}),
    ...(delay ? { delayMechanism: DELAYS[delay] } : {}),
    ...(timescale ? { timescale } : {}),
    ...(given.grandmaster === true ? { grandmaster: {} } : {}),
    ...(given.observe === true ? { disciplines: false } : {}),
  };
  return { client, isOwn: Object.keys(client).length > 0, json: given.json === true, durationS };
}

/**
 * The interface to use if none was named: the only one that leads out of this machine.
 *
 * @param all As the system tells them.
 * @returns Its name, or what is wrong as it stands after "Cannot run ptp:".
 */
export function chooseInterface(
  all: ReturnType<typeof networkInterfaces>,
): { readonly name: string } | { readonly problem: string } {
  const outward = Object.entries(all).filter(([, addresses]) => addresses?.some(({ internal }) => !internal));
  if (outward.length === 1) return { name: outward[0][0] };
  if (outward.length === 0) return { problem: "no interface of this machine has an address but the loopback" };
  const listed = outward.map(([name, addresses]) => `${name} (${addresses?.map(({ address }) => address).join(", ")})`);
  return { problem: `say which interface leads to the master with --interface IF; there are ${listed.join(", ")}` };
}

/** `undefined` if not given, `null` if it is no such number. */
function numberOf(given: GivenOptions[string], least: number, most: number): number | undefined | null {
  if (given === undefined) return undefined;
  const value = typeof given === "string" && /^\d+(\.\d+)?$/.test(given) ? Number(given) : NaN;
  return value >= least && value <= most ? value : null;
}

function wrong(name: string, given: GivenOptions, right: string): string {
  return `--${name} is "${String(given[name])}", it must be ${right}`;
}
