/**
 * The reference clock of what is sent while this machine's TAI is from PTP.
 *
 * @module
 */
import { clockIdentityText } from "@streamlib/core";
import type { PtpClock } from "../sdp/clock.ts";
import type { Native } from "./native.ts";

/**
 * The grandmaster whose time this machine's time stamps are (ST 2110-10 §8.2); `undefined` while that is not known: TAI
 * is from something else, is not locked yet, or its master has fallen silent.
 */
export function ptpReferenceClock(native: Pick<Native, "tai" | "publishedPtp">): PtpClock | undefined {
  const { source, state } = native.tai.told();
  if (source !== "ptp" || (state !== "locked" && state !== "holdover")) return undefined;
  const { parent, domain } = native.publishedPtp() ?? {};
  if (!parent || domain === undefined) return undefined;
  return { kind: "ptp", version: "IEEE1588-2008", gmid: clockIdentityText(parent.grandmasterIdentity), domain };
}
