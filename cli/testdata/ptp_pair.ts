/**
 * A master and a client of it on the loopback, with ports that need no rights.
 *
 * As a program: `ptp_pair.ts PORT` has the client tell TAI, writes a line when it is locked, and ends when its input
 * does.
 *
 * @module
 */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import type { PtpOptions } from "@streamlib/core";
import { openSession, type PtpSession } from "../ptp/ptp_session.ts";

/** Both. */
export interface PtpPair {
  readonly master: PtpSession;
  readonly client: PtpSession;
}

/**
 * Opens both.
 *
 * @param port UDP port of event messages; the next one is that of general messages.
 */
export async function openPair(port: number, disciplines: boolean): Promise<PtpPair> {
  const common: PtpOptions = {
    interface: "lo",
    domain: 99,
    eventPort: port,
    generalPort: port + 1,
    announceLogInterval: -4,
    syncLogInterval: -5,
    delayLogInterval: -5,
  };
  const master = await openSession({
    ...common,
    identity: "02-00-00-FF-FE-00-00-01",
    disciplines: false,
    grandmaster: {},
  });
  const client = await openSession({ ...common, identity: "02-00-00-FF-FE-00-00-02", disciplines });
  return { master, client };
}

/** Waits until the client is locked. */
export async function untilLocked({ client }: PtpPair): Promise<void> {
  while (client.look().statistics?.clockState !== "locked") await setTimeout(20);
}

if (import.meta.main) {
  const pair = await openPair(Number(process.argv[2]), true);
  await untilLocked(pair);
  console.log("locked");
  process.stdin.resume().on("end", () => process.exit(0));
}
