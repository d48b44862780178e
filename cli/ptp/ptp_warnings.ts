/**
 * What a user should know and do, in plain sentences.
 *
 * @module
 */
import { ageText, countText } from "./quantity.ts";
import type { PtpLook, PtpParent, PtpStatistics } from "./ptp_look.ts";

/** One sentence, and what it is about. */
export interface PtpWarning {
  /** For programs; stays the same while the case lasts. */
  readonly about: string;
  /** For people: what is the case; what mends it. */
  readonly text: string;
}

type Fault = NonNullable<PtpStatistics["fault"]>;
type Timescale = NonNullable<PtpParent["timescale"]>;

const FAULTS: Readonly<Record<Fault, string>> = {
  "interface-gone": "the interface is gone; it is looked for every second",
  "interface-down": "the interface is down; bring it up (ip link set IF up), it is tried every second",
  "no-address": "the interface has no address of this transport; give it one, it is tried every second",
  sockets: "the sockets fail; they are opened again every second",
};

const MEND_UTC = "set the master to TAI, or say that it is UTC here on every machine that follows it: --timescale utc";

/** Findings about the master's time, if nothing is added to it. */
const TIMESCALES: Readonly<Record<Timescale, string | undefined>> = {
  tai: undefined,
  "arbitrary-tai": undefined,
  "utc-as-tai": `the 37-second trap: the master calls its time TAI and sends UTC, so TAI is 37 s behind; ${MEND_UTC}`,
  "arbitrary-utc":
    "the 37-second trap: the master sends UTC, as programs without a reference do, so TAI is 37 s behind; " +
    MEND_UTC,
  arbitrary: "the master counts a time of its own, near neither TAI nor UTC; machines that follow it agree with each " +
    "other and with nobody else",
  "wrong-utc-offset":
    "the master sends TAI and announces a wrong difference to UTC; correct its leap seconds, TAI here " +
    "is right",
  "far-away": "the master's time is near neither TAI nor UTC of this machine; one of the two is wrong",
};

/** Why other processes do not have the TAI that this one tells. */
const REFUSALS: Readonly<Record<string, string>> = {
  "bad-name": "STREAMLIB_TAI has other characters than letters, digits and .-_, or more than 64",
  "no-directory": "no file can be made in /dev/shm",
  permission: "this user may not open the file in /dev/shm",
  "wrong-owner": "the file in /dev/shm belongs to another user, or others may write into it; remove it",
  "not-a-file": "something else than a file has its name in /dev/shm; remove it",
  "wrong-size": "a file that is not streamlib's has its name in /dev/shm; remove it",
  "wrong-magic": "a file that is not streamlib's has its name in /dev/shm; remove it",
};

/** What is wrong or worth knowing, the worst first. */
export function warningsOf({ mode, pid, tai, statistics }: PtpLook): readonly PtpWarning[] {
  if (!statistics) return [];
  const { fault, parent } = statistics;
  return [
    ...warn(fault !== undefined, "fault", fault === undefined ? "" : FAULTS[fault]),
    ...warn(
      tai.publisherPid === pid && !tai.isShared,
      "not-shared",
      `other processes of this machine do not have this TAI: ${
        REFUSALS[tai.refusal ?? ""] ?? "/dev/shm cannot be used"
      }`,
    ),
    ...(parent ? ofParent(parent, statistics) : fault === undefined ? ofSilence(statistics, mode === "watch") : []),
    ...warn(
      statistics.portState === "master" && statistics.leadsUntraceable,
      "leads-untraceable",
      "this machine leads, and its time is traceable to nothing: those who follow it agree with each other and with " +
        "nobody else",
    ),
    ...warn(
      statistics.severalPeers,
      "several-peers",
      "several neighbours answer, so a switch without PTP is in the path, and there is no path delay; use --delay e2e",
    ),
  ];
}

/** Whether the finding is UTC where TAI should be. */
export function isUtc(timescale: Timescale | undefined): boolean {
  return timescale === "utc-as-tai" || timescale === "arbitrary-utc";
}

function ofParent(parent: PtpParent, statistics: PtpStatistics): readonly PtpWarning[] {
  const { timescale, flags } = parent;
  return [
    ...(timescale === undefined ? [] : ofTimescale(timescale, statistics.addedS)),
    ...ofDelay(statistics),
    ...warn(
      !flags.includes("time-traceable"),
      "not-traceable",
      "the master does not claim that its time is traceable: machines that follow it agree with each other, not surely " +
        "with the world",
    ),
    ...warn(
      flags.includes("leap61"),
      "leap-second",
      "a leap second is announced at the end of this UTC day; TAI has none",
    ),
    ...warn(flags.includes("leap59"), "leap-second", "the last minute of this UTC day has 59 s; TAI does not change"),
    ...warn(
      flags.includes("synchronization-uncertain"),
      "master-uncertain",
      "the master says that it is not sure of its own time",
    ),
  ];
}

function ofTimescale(timescale: Timescale, addedS: number): readonly PtpWarning[] {
  if (addedS === 0) return warn(TIMESCALES[timescale] !== undefined, "timescale", TIMESCALES[timescale] ?? "");
  if (isUtc(timescale)) return [];
  return warn(
    timescale === "tai" || timescale === "arbitrary-tai" || timescale === "wrong-utc-offset",
    "timescale",
    `the master sends TAI, and ${addedS} s are added all the same; leave --timescale utc out`,
  );
}

/** A master sends Sync and does not answer. */
function ofDelay({ pathDelayNs, severalPeers, delayMechanism, counters }: PtpStatistics): readonly PtpWarning[] {
  const isSilent = pathDelayNs === undefined && !severalPeers && counters.delayLost >= 3;
  const [who, other] = delayMechanism === "end-to-end" ? ["the master", "p2p"] : ["no neighbour", "e2e"];
  const answers = delayMechanism === "end-to-end" ? "does not answer" : "answers";
  return warn(
    isSilent,
    "no-path-delay",
    `${who} ${answers} requests for the path delay, so offsets cannot be measured; try --delay ${other}, and see that ` +
      "no firewall stops UDP ports 319 and 320",
  );
}

/** Nothing is followed. */
function ofSilence(statistics: PtpStatistics, isElsewhere: boolean): readonly PtpWarning[] {
  const { counters, domain, foreignMasterCount, announceHeardNs, openedNs, monotonicNs, portState } = statistics;
  if (portState === "master" || portState === "passive" || foreignMasterCount > 0) return [];
  const others = counters.otherDomain;
  if (others > 0) {
    const text = `no master is heard in domain ${domain}, but ${countText(others, "message")} of others; give --domain`;
    return [{ about: "other-domain", text }];
  }
  const sinceNs = monotonicNs - (announceHeardNs ?? openedNs);
  const where = isElsewhere ? "" : "--interface and --domain, ";
  return warn(
    sinceNs > 5_000_000_000n,
    "no-master",
    `no master is heard ${announceHeardNs === undefined ? "" : "any more "}for ${ageText(sinceNs)}; see ${where}the ` +
      "cable, and that no firewall stops UDP ports 319 and 320",
  );
}

function warn(isSo: boolean, about: string, text: string): readonly PtpWarning[] {
  return isSo ? [{ about, text }] : [];
}
