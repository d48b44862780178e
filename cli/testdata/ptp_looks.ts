/**
 * Looks at PTP with fixed numbers, for tests of what is shown.
 *
 * @module
 */
import type { PtpHistogram, PtpLook, PtpMaster, PtpParent, PtpStatistics } from "../ptp/ptp_look.ts";

const SECOND_NS = 1_000_000_000n;
const GRANDMASTER = 0x001B21FFFE5A0C77n;

/** A grandmaster with a GNSS receiver. */
export const MASTER: PtpMaster = {
  identity: GRANDMASTER,
  port: 1,
  address: "10.0.0.1",
  grandmasterIdentity: GRANDMASTER,
  priority1: 100,
  clockClass: 6,
  clockAccuracy: 0x21,
  clockVariance: 20061,
  priority2: 128,
  stepsRemoved: 0,
  timeSource: 0x20,
  utcOffsetS: 37,
  flags: ["utc-offset-valid", "ptp-timescale", "time-traceable", "frequency-traceable"],
  domain: 127,
  isQualified: true,
  isParent: true,
  announceIntervalNs: 250_000_000,
  silentNs: 100_000_000,
};

/** One that is worse. */
export const SPARE: PtpMaster = {
  ...MASTER,
  identity: GRANDMASTER + 1n,
  grandmasterIdentity: GRANDMASTER + 1n,
  address: "10.0.0.2",
  priority1: 128,
  clockClass: 248,
  clockAccuracy: 0xfe,
  timeSource: 0xa0,
  isParent: false,
};

/** The master as it is followed. */
export const PARENT: PtpParent = {
  identity: MASTER.identity,
  port: 1,
  grandmasterIdentity: MASTER.grandmasterIdentity,
  clockClass: MASTER.clockClass,
  clockAccuracy: MASTER.clockAccuracy,
  clockVariance: MASTER.clockVariance,
  priority1: MASTER.priority1,
  priority2: MASTER.priority2,
  timeSource: MASTER.timeSource,
  stepsRemoved: 0,
  utcOffsetS: 37,
  flags: MASTER.flags,
  timescale: "tai",
  syncLogInterval: -3,
};

const MESSAGES: PtpStatistics["messagesIn"] = {
  sync: 960,
  delayReq: 0,
  pdelayReq: 0,
  pdelayResp: 0,
  followUp: 960,
  delayResp: 480,
  pdelayRespFollowUp: 0,
  announce: 482,
  signaling: 0,
  management: 0,
};

/** Counters, all 0 but those given. */
export function countersWith(given: Partial<PtpStatistics["counters"]>): PtpStatistics["counters"] {
  const zero = { otherDomain: 0, delayLost: 0, ...given };
  return zero as PtpStatistics["counters"];
}

/** A client that is locked. */
export const LOCKED: PtpStatistics = {
  portState: "slave",
  clockState: "locked",
  fault: undefined,
  isPublisher: true,
  publisherPid: 4711,
  stamps: "software",
  interfaceIndex: 2,
  isRealTime: false,
  domain: 127,
  delayMechanism: "end-to-end",
  identity: 0x02420AFFFE000002n,
  portNumber: 1,
  parent: PARENT,
  addedS: 0,
  offsets: { count: 960, lastNs: 120, meanNs: -3.2, rmsNs: 210.4, deviationNs: 210.1, p99Ns: 639, maxNs: 1700 },
  pathDelayNs: 12_345,
  severalPeers: false,
  leadsUntraceable: false,
  foreignMasterCount: 2,
  metadata: undefined,
  frequencyPpb: 12_345.6,
  errorNs: 1420,
  steps: 1,
  lastStepNs: -1_200_000_000,
  moves: 0,
  portStateChanges: 3,
  clockStateChanges: 2,
  masterChanges: 1,
  monotonicNs: 1000n * SECOND_NS,
  openedNs: 870n * SECOND_NS,
  holdoverSinceNs: undefined,
  masterSinceNs: 876n * SECOND_NS,
  announceHeardNs: 1000n * SECOND_NS - 100_000_000n,
  syncHeardNs: 1000n * SECOND_NS - 80_000_000n,
  messagesIn: MESSAGES,
  messagesOut: { ...MESSAGES, sync: 0, delayReq: 480 },
  counters: countersWith({}),
  turns: 5000,
  cpuNs: 40_000_000,
};

/** One that hears nobody. */
export const FREE: PtpStatistics = {
  ...LOCKED,
  portState: "listening",
  clockState: "free",
  parent: undefined,
  offsets: undefined,
  pathDelayNs: undefined,
  foreignMasterCount: 0,
  steps: 0,
  lastStepNs: 0,
  frequencyPpb: 0,
  errorNs: 0,
  openedNs: 988n * SECOND_NS,
  masterSinceNs: undefined,
  announceHeardNs: undefined,
  syncHeardNs: undefined,
};

/** Offsets of some sizes, in classes as the library has them. */
export function histogramOf(offsetsNs: readonly (readonly [offsetNs: number, count: number])[]): PtpHistogram {
  const limitsNs = Array.from({ length: 132 }, (_, index) => {
    if (index < 4) return index;
    return (5 + (index - 4) % 4) * 2 ** Math.floor((index - 4) / 4) - 1;
  });
  const behind = limitsNs.map(() => 0);
  const ahead = limitsNs.map(() => 0);
  for (const [offsetNs, count] of offsetsNs) {
    const index = limitsNs.findIndex((limit) => Math.abs(offsetNs) <= limit);
    (offsetNs < 0 ? behind : ahead)[index] += count;
  }
  return { limitsNs, behind, ahead };
}

/** Two masters, locked, told by this process. */
export const LOOK: PtpLook = {
  mode: "follow",
  pid: 4711,
  place: "on eth0: domain 127, ST 2059-2:2015, UDP over IPv4, end-to-end delay",
  tai: {
    taiNs: 1_795_000_000_000_000_000n,
    source: "ptp",
    state: "locked",
    errorNs: 1420,
    publisherPid: 4711,
    isShared: true,
    refusal: null,
  },
  statistics: LOCKED,
  masters: [SPARE, MASTER],
  histogram: histogramOf([[-700, 3], [-300, 60], [-150, 150], [-40, 260], [40, 280], [150, 140], [300, 62], [1700, 5]]),
};

/** `LOOK` with other statistics. */
export function lookWith(statistics: Partial<PtpStatistics>, rest: Partial<PtpLook> = {}): PtpLook {
  return { ...LOOK, statistics: { ...LOCKED, ...statistics }, ...rest };
}
