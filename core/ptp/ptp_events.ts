/**
 * What happens to a PTP client, told from two looks at its statistics.
 *
 * @module
 */
import type { NativePtpClockState, NativePtpParent, NativePtpStatistics, NativePtpTimescale } from "@streamlib/ffi";

/** What is told to who listens to a PTP client or clock. Of several changes within 100 ms the sum is told. */
export interface PtpEvents {
  /** The clock has another state. */
  state: PtpStateChange;
  /** Another master is followed, or none any more. */
  master: PtpMasterChange;
  /** TAI has jumped. */
  step: PtpStep;
  /** What the master's time is was found out, or is something else now. */
  timescale: PtpTimescaleChange;
  /** A master has fallen silent. */
  timeout: PtpTimeout;
}

/** A change of state. */
export interface PtpStateChange {
  /** State before. */
  readonly from: NativePtpClockState;
  /** State from now on. */
  readonly to: NativePtpClockState;
  /** How far TAI may be off the master's, ns. */
  readonly errorNs: number;
}

/** A change of master. */
export interface PtpMasterChange {
  /** The one before; `undefined` for none. */
  readonly from: NativePtpParent | undefined;
  /** The one that is followed now; `undefined` for none. */
  readonly to: NativePtpParent | undefined;
}

/** A jump of TAI. */
export interface PtpStep {
  /** By how much the last one was, ns; negative is back. */
  readonly stepNs: number;
  /** How many there were since the last event. */
  readonly count: number;
}

/** A finding about the master's time. */
export interface PtpTimescaleChange {
  /** What it is, judged by this machine's own UTC. */
  readonly timescale: NativePtpTimescale;
  /** What that means and what mends it, for people; `undefined` if all is well. */
  readonly warning: string | undefined;
}

/** A silence of a master. */
export interface PtpTimeout {
  /** What did not come: its Announce, and it is given up; or its Sync. */
  readonly message: "announce" | "sync";
  /** How many there were since the last event. */
  readonly count: number;
}

/** One event with its name. */
export type PtpEvent = { readonly [K in keyof PtpEvents]: { readonly name: K; readonly event: PtpEvents[K] } }[
  keyof PtpEvents
];

const REMEDY = `; mend the master, or give the option timescale: "utc"`;

const WARNINGS: Readonly<Record<NativePtpTimescale, string | undefined>> = {
  tai: undefined,
  "arbitrary-tai": undefined,
  "utc-as-tai": `the master calls its time TAI, but it is UTC: time is 37 s behind${REMEDY}`,
  "arbitrary-utc": `the master sends UTC and not TAI: time is 37 s behind${REMEDY}`,
  arbitrary: "the master counts a time of its own, near neither TAI nor UTC",
  "wrong-utc-offset": "the master sends TAI, but announces a wrong difference to UTC; mend the master",
  "far-away": "the master's time is near neither TAI nor UTC of this machine: one of the two is wrong",
};

/**
 * What the finding about a master's time means and what mends it; `undefined` if all is well.
 *
 * @param addedS Seconds that are added to the master's time, because the user has said that it is UTC.
 */
export function timescaleWarning(timescale: NativePtpTimescale, addedS = 0): string | undefined {
  const isUtc = timescale === "utc-as-tai" || timescale === "arbitrary-utc";
  return isUtc && addedS !== 0 ? undefined : WARNINGS[timescale];
}

/**
 * What has happened between two looks, in the order in which it is told.
 *
 * @param before `undefined` if there was no client yet: what was counted before it is no news.
 */
export function ptpEventsBetween(
  before: NativePtpStatistics | undefined,
  after: NativePtpStatistics,
): readonly PtpEvent[] {
  const events: PtpEvent[] = [];
  for (const message of ["announce", "sync"] as const) {
    const count = after.counters[`${message}Timeouts`] - (before ?? after).counters[`${message}Timeouts`];
    if (count > 0) events.push({ name: "timeout", event: { message, count } });
  }
  const from = before?.parent;
  const to = after.parent;
  if (!isSameMaster(from, to)) events.push({ name: "master", event: { from, to } });
  const timescale = to?.timescale;
  if (timescale !== undefined && timescale !== from?.timescale) {
    events.push({ name: "timescale", event: { timescale, warning: timescaleWarning(timescale, after.addedS) } });
  }
  const count = after.steps - (before ?? after).steps;
  if (count > 0) events.push({ name: "step", event: { stepNs: after.lastStepNs, count } });
  const state = before?.clockState ?? "free";
  if (state !== after.clockState) {
    events.push({ name: "state", event: { from: state, to: after.clockState, errorNs: after.errorNs } });
  }
  return events;
}

function isSameMaster(a: NativePtpParent | undefined, b: NativePtpParent | undefined): boolean {
  return a?.identity === b?.identity && a?.port === b?.port && a?.grandmasterIdentity === b?.grandmasterIdentity;
}
