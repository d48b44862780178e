/**
 * Reads what PTP clients tell from the structs of zig/src/ptp_client/statistics.zig.
 *
 * @module
 */

import { ptpMasterLayout as masterLayout, ptpStatisticsLayout as statisticsLayout } from "./abi.gen.ts";
import {
  type NativePtpClockState,
  type NativePtpFault,
  type NativePtpFlag,
  type NativePtpMaster,
  type NativePtpMessageType,
  type NativePtpMetadata,
  type NativePtpParent,
  type NativePtpPortState,
  type NativePtpStatistics,
  type NativePtpTimescale,
  ptpCounterNames,
} from "./ptp_statistics.ts";

/** In the order of their numbers, all three. */
const portStates: readonly NativePtpPortState[] = [
  "initializing",
  "faulty",
  "listening",
  "master",
  "passive",
  "uncalibrated",
  "slave",
];
const clockStates: readonly NativePtpClockState[] = ["free", "acquiring", "locked", "holdover"];
const timescales: readonly (NativePtpTimescale | undefined)[] = [
  undefined,
  "tai",
  "utc-as-tai",
  "arbitrary-utc",
  "arbitrary-tai",
  "arbitrary",
  "wrong-utc-offset",
  "far-away",
];
const faults: readonly (NativePtpFault | undefined)[] = [
  undefined,
  "interface-gone",
  "interface-down",
  "no-address",
  "sockets",
];

/** In the order of their bits. */
const flagNames: readonly NativePtpFlag[] = [
  "leap61",
  "leap59",
  "utc-offset-valid",
  "ptp-timescale",
  "time-traceable",
  "frequency-traceable",
  "synchronization-uncertain",
];

const messageTypes: Readonly<Record<NativePtpMessageType, number>> = {
  sync: 0,
  delayReq: 1,
  pdelayReq: 2,
  pdelayResp: 3,
  followUp: 8,
  delayResp: 9,
  pdelayRespFollowUp: 10,
  announce: 11,
  signaling: 12,
  management: 13,
};

const logIntervalUnknown = 127;

/** The largest size in a class, as zig/src/ptp/offset_statistics.zig has them: four classes per octave. */
export function classMaxNs(index: number): number {
  if (index < 4) return index;
  const octave = Math.floor((index - 4) / 4) + 2;
  return (5 + (index - 4) % 4) * 2 ** (octave - 2) - 1;
}

/** Reads statistics as the library writes them (layout PtpStatistics). */
export function decodePtpStatistics(view: DataView): NativePtpStatistics {
  const at = statisticsLayout;
  const word = (offset: number): number => view.getUint32(offset, true);
  const count = (offset: number): number => Number(view.getBigUint64(offset, true));
  const whole = (offset: number): number => Number(view.getBigInt64(offset, true));
  const instant = (offset: number): bigint | undefined => view.getBigUint64(offset, true) || undefined;
  const messages = (offset: number): Record<NativePtpMessageType, number> =>
    recordOf(Object.keys(messageTypes) as NativePtpMessageType[], (type) => count(offset + 8 * messageTypes[type]));
  return {
    portState: portStates[word(at.portState)],
    clockState: clockStates[word(at.clockState)],
    fault: faults[word(at.fault)],
    isPublisher: word(at.isPublisher) === 1,
    publisherPid: word(at.publisherPid),
    stamps: word(at.stamps) === 2 ? "hardware" : "software",
    interfaceIndex: word(at.interface),
    isRealTime: word(at.isRealTime) === 1,
    domain: word(at.domain),
    delayMechanism: word(at.delayMechanism) === 2 ? "peer-to-peer" : "end-to-end",
    identity: view.getBigUint64(at.ownIdentity, true),
    portNumber: word(at.ownPort),
    parent: word(at.hasMaster) === 1 ? decodeParent(view) : undefined,
    addedS: view.getInt32(at.addedS, true),
    offsets: word(at.hasOffset) === 0 ? undefined : {
      count: count(at.offsetCount),
      lastNs: whole(at.offsetLastNs),
      meanNs: view.getFloat64(at.offsetMeanNs, true),
      rmsNs: view.getFloat64(at.offsetRmsNs, true),
      deviationNs: view.getFloat64(at.offsetDeviationNs, true),
      p99Ns: count(at.offsetP99Ns),
      maxNs: count(at.offsetMaxNs),
    },
    pathDelayNs: word(at.hasPathDelay) === 0 ? undefined : whole(at.pathDelayNs),
    severalPeers: word(at.severalPeers) === 1,
    leadsUntraceable: word(at.leadsUntraceable) === 1,
    foreignMasterCount: word(at.foreignMasterCount),
    metadata: word(at.hasMetadata) === 1 ? decodeMetadata(view) : undefined,
    frequencyPpb: view.getFloat64(at.frequencyPpb, true),
    errorNs: count(at.errorNs),
    steps: count(at.steps),
    lastStepNs: whole(at.lastStepNs),
    moves: count(at.moves),
    portStateChanges: count(at.portStateChanges),
    clockStateChanges: count(at.clockStateChanges),
    masterChanges: count(at.masterChanges),
    monotonicNs: view.getBigUint64(at.nowNs, true),
    openedNs: view.getBigUint64(at.openedNs, true),
    holdoverSinceNs: instant(at.holdoverSinceNs),
    masterSinceNs: instant(at.masterSinceNs),
    announceHeardNs: instant(at.announceHeardNs),
    syncHeardNs: instant(at.syncHeardNs),
    messagesIn: messages(at.messagesIn),
    messagesOut: messages(at.messagesOut),
    counters: recordOf(ptpCounterNames, (name) => count(at[name])),
    turns: count(at.turns),
    cpuNs: count(at.cpuNs),
  };
}

function recordOf<K extends string>(keys: readonly K[], valueOf: (key: K) => number): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, valueOf(key)])) as Record<K, number>;
}

function flagsOf(bits: number): readonly NativePtpFlag[] {
  return flagNames.filter((_, bit) => (bits >> bit & 1) !== 0);
}

function decodeParent(view: DataView): NativePtpParent {
  const at = statisticsLayout;
  const word = (offset: number): number => view.getUint32(offset, true);
  const syncLogInterval = view.getInt32(at.syncLogInterval, true);
  return {
    identity: view.getBigUint64(at.parentIdentity, true),
    port: word(at.parentPort),
    grandmasterIdentity: view.getBigUint64(at.grandmasterIdentity, true),
    clockClass: word(at.grandmasterClass),
    clockAccuracy: word(at.grandmasterAccuracy),
    clockVariance: word(at.grandmasterVariance),
    priority1: word(at.grandmasterPriority1),
    priority2: word(at.grandmasterPriority2),
    timeSource: word(at.timeSource),
    stepsRemoved: word(at.stepsRemoved),
    utcOffsetS: view.getInt32(at.utcOffsetS, true),
    flags: flagsOf(word(at.announcedFlags)),
    timescale: timescales[word(at.timescale)],
    syncLogInterval: syncLogInterval === logIntervalUnknown ? undefined : syncLogInterval,
  };
}

function decodeMetadata(view: DataView): NativePtpMetadata {
  const at = statisticsLayout;
  const word = (offset: number): number => view.getUint32(offset, true);
  const count = (offset: number): number => Number(view.getBigUint64(offset, true));
  const has = (bit: number): boolean => (word(at.metadataFlags) >> bit & 1) !== 0;
  return {
    frameRate: { num: word(at.defaultFrameRateNumerator), den: word(at.defaultFrameRateDenominator) },
    lockingStatus: word(at.lockingStatus),
    dropFrame: has(0),
    colorFrame: has(1),
    localOffsetS: view.getInt32(at.localOffsetS, true),
    jumpS: view.getInt32(at.jumpS, true),
    nextJumpS: count(at.nextJumpS),
    nextJamS: count(at.nextJamS),
    previousJamS: count(at.previousJamS),
    previousJamLocalOffsetS: view.getInt32(at.previousJamLocalOffsetS, true),
    daylightSaving: has(2),
    daylightSavingAfterJump: has(3),
    daylightSavingAtPreviousJam: has(4),
    leapSecondJump: has(5),
  };
}

/** Reads one master (layout PtpMaster) at `start`. */
export function decodePtpMaster(view: DataView, start: number): NativePtpMaster {
  const at = masterLayout;
  const word = (offset: number): number => view.getUint32(start + offset, true);
  const count = (offset: number): number => Number(view.getBigUint64(start + offset, true));
  const address = new Uint8Array(view.buffer, view.byteOffset + start + at.address, word(at.addressBytes));
  return {
    identity: view.getBigUint64(start + at.identity, true),
    port: word(at.port),
    address: new TextDecoder().decode(address),
    grandmasterIdentity: view.getBigUint64(start + at.grandmasterIdentity, true),
    priority1: word(at.priority1),
    clockClass: word(at.class),
    clockAccuracy: word(at.accuracy),
    clockVariance: word(at.variance),
    priority2: word(at.priority2),
    stepsRemoved: word(at.stepsRemoved),
    timeSource: word(at.timeSource),
    utcOffsetS: view.getInt32(start + at.utcOffsetS, true),
    flags: flagsOf(word(at.flags)),
    domain: word(at.domain),
    isQualified: word(at.isQualified) === 1,
    isParent: word(at.isParent) === 1,
    announceIntervalNs: count(at.announceIntervalNs),
    silentNs: count(at.silentNs),
  };
}
