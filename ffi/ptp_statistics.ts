/**
 * What PTP clients tell. See zig/src/ptp_client/statistics.zig; ptp_decoder.ts reads it.
 *
 * @module
 */

import type { NativePtpDelayMechanism } from "./ptp_config.ts";

/** States of a PTP port; there is no PRE_MASTER and no DISABLED. */
export type NativePtpPortState =
  | "initializing"
  | "faulty"
  | "listening"
  | "master"
  | "passive"
  | "uncalibrated"
  | "slave";

/** How far the time that is told can be trusted. */
export type NativePtpClockState = "free" | "acquiring" | "locked" | "holdover";

/**
 * What a master's time stamps are, judged by this machine's own UTC. `tai` is right; `utc-as-tai` is a master that says
 * TAI and sends UTC; `arbitrary-…` say themselves that they are not TAI; `wrong-utc-offset` announces a wrong
 * difference to UTC; `far-away` is near neither.
 */
export type NativePtpTimescale =
  | "tai"
  | "utc-as-tai"
  | "arbitrary-utc"
  | "arbitrary-tai"
  | "arbitrary"
  | "wrong-utc-offset"
  | "far-away";

/** Why a port is faulty. It tries again every second. */
export type NativePtpFault = "interface-gone" | "interface-down" | "no-address" | "sockets";

/** Types of PTP messages. */
export type NativePtpMessageType =
  | "sync"
  | "delayReq"
  | "pdelayReq"
  | "pdelayResp"
  | "followUp"
  | "delayResp"
  | "pdelayRespFollowUp"
  | "announce"
  | "signaling"
  | "management";

/** Flags of an Announce. */
export type NativePtpFlag =
  | "leap61"
  | "leap59"
  | "utc-offset-valid"
  | "ptp-timescale"
  | "time-traceable"
  | "frequency-traceable"
  | "synchronization-uncertain";

/** The master that is followed, as it announces itself. */
export interface NativePtpParent {
  /** Its clock identity and port. */
  readonly identity: bigint;
  /** From 1. */
  readonly port: number;
  /** Of the grandmaster behind it, or itself. */
  readonly grandmasterIdentity: bigint;
  /** clockClass. */
  readonly clockClass: number;
  /** clockAccuracy, IEEE 1588 table 6. */
  readonly clockAccuracy: number;
  /** offsetScaledLogVariance. */
  readonly clockVariance: number;
  /** Smaller is better. */
  readonly priority1: number;
  /** Smaller is better. */
  readonly priority2: number;
  /** IEEE 1588 table 7. */
  readonly timeSource: number;
  /** Boundary clocks between. */
  readonly stepsRemoved: number;
  /** TAI less UTC as announced; holds with the flag `utc-offset-valid`. */
  readonly utcOffsetS: number;
  /** Those that are set. */
  readonly flags: readonly NativePtpFlag[];
  /** Undefined until a Sync was compared. */
  readonly timescale: NativePtpTimescale | undefined;
  /** Logarithm to base 2 of seconds, as its Sync says; undefined in unicast and before the first. */
  readonly syncLogInterval: number | undefined;
}

/** Offsets of the last one to two minutes: the time that is told less the master's, in ns. */
export interface NativePtpOffsets {
  /** How many. */
  readonly count: number;
  /** The newest. */
  readonly lastNs: number;
  /** Mean. */
  readonly meanNs: number;
  /** Root mean square. */
  readonly rmsNs: number;
  /** Standard deviation. */
  readonly deviationNs: number;
  /** The size that 99 of 100 do not exceed, up to a fifth too large. */
  readonly p99Ns: number;
  /** The largest size. */
  readonly maxNs: number;
}

/** Synchronization metadata of SMPTE ST 2059-2. Seconds of PTP; 0 where none is known. */
export interface NativePtpMetadata {
  /** System frame rate. */
  readonly frameRate: { readonly num: number; readonly den: number };
  /** 0 not used, 1 free run, 2 cold locking, 3 warm locking, 4 locked. */
  readonly lockingStatus: number;
  /** Of time code. */
  readonly dropFrame: boolean;
  /** Of time code. */
  readonly colorFrame: boolean;
  /** Local time less PTP time. */
  readonly localOffsetS: number;
  /** By how much local time jumps next. */
  readonly jumpS: number;
  /** When. */
  readonly nextJumpS: number;
  /** When time code is set to local time next. */
  readonly nextJamS: number;
  /** And when it was last. */
  readonly previousJamS: number;
  /** `localOffsetS` at that time. */
  readonly previousJamLocalOffsetS: number;
  /** Now. */
  readonly daylightSaving: boolean;
  /** After the next jump. */
  readonly daylightSavingAfterJump: boolean;
  /** At the previous jam. */
  readonly daylightSavingAtPreviousJam: boolean;
  /** The next jump is a leap second. */
  readonly leapSecondJump: boolean;
}

/** Counters of a client; names as in `PtpStatistics` of zig/src/ptp_client/statistics.zig, where each is explained. */
export type NativePtpCounter =
  | "received"
  | "malformed"
  | "wrongVersion"
  | "otherDomain"
  | "own"
  | "notRunning"
  | "notParent"
  | "forOthers"
  | "unstamped"
  | "implausible"
  | "dismissed"
  | "repeated"
  | "turnedAway"
  | "management"
  | "signaling"
  | "announceTimeouts"
  | "syncTimeouts"
  | "parentChanges"
  | "syncDuplicates"
  | "syncLate"
  | "syncUnmatched"
  | "delaySent"
  | "delayAnswered"
  | "delayLost"
  | "delayStrays"
  | "severalPeersCount"
  | "followUpsLost"
  | "unicastRequests"
  | "unicastGrants"
  | "unicastRefusals"
  | "unicastCancellations"
  | "unicastExpiries"
  | "unicastStrays"
  | "actionsLost"
  | "offsetsUsed"
  | "offsetsGathered"
  | "offsetsRefused"
  | "offsetsWithoutDelay"
  | "offsetsOutOfOrder"
  | "offsetsOutOfRange"
  | "mappingsDeferred"
  | "sendStamps"
  | "sendStampsLost"
  | "sendStampsStray"
  | "stampsVoid"
  | "sendErrors"
  | "receiveErrors"
  | "tooLong"
  | "addressesFull"
  | "kernelDropped"
  | "faults";

/** What a client knows and has seen since it was opened. */
export interface NativePtpStatistics {
  /** Of the port. */
  readonly portState: NativePtpPortState;
  /** Of the clock. */
  readonly clockState: NativePtpClockState;
  /** Why the port is faulty; undefined if it is not. */
  readonly fault: NativePtpFault | undefined;
  /** Whether this client tells the machine its TAI. */
  readonly isPublisher: boolean;
  /** The process that does; 0 if none. */
  readonly publisherPid: number;
  /** Who stamps messages: the kernel or the network card. */
  readonly stamps: "software" | "hardware";
  /** Index of the interface; 0 while there is none. */
  readonly interfaceIndex: number;
  /** Whether the thread has the real-time priority that was asked for. */
  readonly isRealTime: boolean;
  /** PTP domain. */
  readonly domain: number;
  /** See the config. */
  readonly delayMechanism: NativePtpDelayMechanism;
  /** Our own clock identity. */
  readonly identity: bigint;
  /** Our port of it: 1, or more where several clients of one interface are open. */
  readonly portNumber: number;
  /** Undefined while none is followed. */
  readonly parent: NativePtpParent | undefined;
  /** Seconds that are added to the master's time, with `timescale: "utc"`. */
  readonly addedS: number;
  /** Undefined before the first. */
  readonly offsets: NativePtpOffsets | undefined;
  /** Mean path delay; undefined before the first exchange. */
  readonly pathDelayNs: number | undefined;
  /** Several neighbours answer: there is a switch without PTP in the path, and peer delay is not used. */
  readonly severalPeers: boolean;
  /** While this port is master: its time is traceable to nothing, and slaves should know. */
  readonly leadsUntraceable: boolean;
  /** Masters heard, see `masters()`. */
  readonly foreignMasterCount: number;
  /** Undefined while the grandmaster sent none. */
  readonly metadata: NativePtpMetadata | undefined;
  /** Rate of TAI against the machine's clock. */
  readonly frequencyPpb: number;
  /** How far TAI may be off the master's now, without asymmetry. */
  readonly errorNs: number;
  /** Jumps of TAI so far. */
  readonly steps: number;
  /** The newest. */
  readonly lastStepNs: number;
  /** How often the master's time was found to have moved. */
  readonly moves: number;
  /** Since opening. */
  readonly portStateChanges: number;
  /** Since opening. */
  readonly clockStateChanges: number;
  /** Since opening. */
  readonly masterChanges: number;
  /** Monotonic time of these statistics; of the instants below, undefined for never. */
  readonly monotonicNs: bigint;
  /** When it was opened. */
  readonly openedNs: bigint;
  /** When holdover began, while it lasts. */
  readonly holdoverSinceNs: bigint | undefined;
  /** When the master was chosen. */
  readonly masterSinceNs: bigint | undefined;
  /** The last Announce of any master. */
  readonly announceHeardNs: bigint | undefined;
  /** The last Sync of the master that was used. */
  readonly syncHeardNs: bigint | undefined;
  /** Messages of our domain that came, by type. */
  readonly messagesIn: Readonly<Record<NativePtpMessageType, number>>;
  /** Messages sent, by type. */
  readonly messagesOut: Readonly<Record<NativePtpMessageType, number>>;
  /** Everything that is counted. */
  readonly counters: Readonly<Record<NativePtpCounter, number>>;
  /** Times that the thread woke. */
  readonly turns: number;
  /** CPU time of the thread, renewed once a second. */
  readonly cpuNs: number;
}

/** How many offsets of the last one to two minutes had which size. */
export interface NativePtpHistogram {
  /** The largest size in ns of each class. */
  readonly limitsNs: readonly number[];
  /** Our clock was behind the master's. */
  readonly behind: readonly number[];
  /** Our clock was ahead. */
  readonly ahead: readonly number[];
}

/** A master that is heard, followed or not. */
export interface NativePtpMaster {
  /** Clock identity. */
  readonly identity: bigint;
  /** From 1. */
  readonly port: number;
  /** Numeric. */
  readonly address: string;
  /** Of the grandmaster behind it, or itself. */
  readonly grandmasterIdentity: bigint;
  /** Smaller is better. */
  readonly priority1: number;
  /** clockClass. */
  readonly clockClass: number;
  /** clockAccuracy. */
  readonly clockAccuracy: number;
  /** offsetScaledLogVariance. */
  readonly clockVariance: number;
  /** Smaller is better. */
  readonly priority2: number;
  /** Boundary clocks between. */
  readonly stepsRemoved: number;
  /** IEEE 1588 table 7. */
  readonly timeSource: number;
  /** As announced. */
  readonly utcOffsetS: number;
  /** Those that are set. */
  readonly flags: readonly NativePtpFlag[];
  /** PTP domain. */
  readonly domain: number;
  /** Two Announces came in time: it counts. */
  readonly isQualified: boolean;
  /** It is the one that is followed. */
  readonly isParent: boolean;
  /** Between its Announces. */
  readonly announceIntervalNs: number;
  /** Since the last of them. */
  readonly silentNs: number;
}

/** Names of what is counted. */
export const ptpCounterNames: readonly NativePtpCounter[] = [
  "received",
  "malformed",
  "wrongVersion",
  "otherDomain",
  "own",
  "notRunning",
  "notParent",
  "forOthers",
  "unstamped",
  "implausible",
  "dismissed",
  "repeated",
  "turnedAway",
  "management",
  "signaling",
  "announceTimeouts",
  "syncTimeouts",
  "parentChanges",
  "syncDuplicates",
  "syncLate",
  "syncUnmatched",
  "delaySent",
  "delayAnswered",
  "delayLost",
  "delayStrays",
  "severalPeersCount",
  "followUpsLost",
  "unicastRequests",
  "unicastGrants",
  "unicastRefusals",
  "unicastCancellations",
  "unicastExpiries",
  "unicastStrays",
  "actionsLost",
  "offsetsUsed",
  "offsetsGathered",
  "offsetsRefused",
  "offsetsWithoutDelay",
  "offsetsOutOfOrder",
  "offsetsOutOfRange",
  "mappingsDeferred",
  "sendStamps",
  "sendStampsLost",
  "sendStampsStray",
  "stampsVoid",
  "sendErrors",
  "receiveErrors",
  "tooLong",
  "addressesFull",
  "kernelDropped",
  "faults",
];
