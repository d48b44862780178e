/**
 * One instant in one line, for files and pipes.
 *
 * @module
 */
import { clockIdentityText } from "@streamlib/core";
import type { PtpLook } from "./ptp_look.ts";
import { taiText } from "./ptp_view.ts";
import { nsText, rateText, signedNsText } from "./quantity.ts";

/** The line. What is not known is left out. */
export function lineOf(look: PtpLook): string {
  const { statistics } = look;
  if (!statistics) return `TAI ${taiText(look)}`;
  const { clockState, portState, parent, offsets, pathDelayNs, frequencyPpb, errorNs, messagesOut } = statistics;
  const isKnown = clockState !== "free" && offsets !== undefined;
  return [
    `${clockState} ${portState}`,
    offsets && `offset ${signedNsText(offsets.lastNs)} rms ${nsText(offsets.rmsNs)} P99 ${nsText(offsets.p99Ns)}`,
    pathDelayNs === undefined ? undefined : `path ${nsText(pathDelayNs)}`,
    isKnown ? `rate ${rateText(frequencyPpb)}` : undefined,
    isKnown ? `error ${nsText(errorNs)}` : undefined,
    parent
      ? `master ${clockIdentityText(parent.identity)}`
      : portState === "master"
      ? `${messagesOut.sync} Sync sent`
      : "no master",
  ].filter((part) => part !== undefined).join(", ");
}
