/**
 * What the tests of PTP with linuxptp have in common.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe } from "@std/testing/bdd";
import { hasProgram } from "../needs.ts";
import type { PlainConfig, PlainStatistics } from "./client_program.ts";
import { canMakeMachines } from "./machine.ts";
import { INTERFACE } from "./network.ts";
import type { Ptp4lOptions } from "./ptp4l.ts";

/** For a test. */
export const TIMEOUT = { timeout: 60_000 };

/** Stamps of the kernel scatter by a microsecond here, and on a busy machine now and then by hundreds. */
export const NEAR_NS = 50_000;

const canRun = hasProgram("ptp4l", "PTP with masters and slaves of others") &&
  canMakeMachines("PTP between machines");

/** `describe`, or what skips where linuxptp or the right to make machines is absent; that is said. */
export const describeInterop: typeof describe | typeof describe.skip = canRun ? describe : describe.skip;

/** Whether captures can be made. */
export const hasTshark: boolean = hasProgram("tshark", "PTP as it is on the wire");

/** A client of ours that follows: ptp4l with stamps of the kernel sends the time of day. */
export const OURS: PlainConfig = { interface: INTERFACE, timescale: "utc" };

/** Intervals that keep tests short. */
export const FAST = { announceLogInterval: -3, syncLogInterval: -4, delayLogInterval: -4, peerDelayLogInterval: -4 };

/** ptp4l as ST 2059-2 of 2015 has it. */
export const ST_2059 = { announceInterval: -2, syncInterval: -3 };

/** What both sides are set to, by the name of our client. */
export interface Case {
  readonly ours: PlainConfig;
  readonly theirs: Ptp4lOptions;
}

/** Whether it follows a master well. */
export function isLocked({ portState, clockState }: PlainStatistics): boolean {
  return portState === "slave" && clockState === "locked";
}

/** Nothing that came was unexpected. */
export function assertClean({ counters }: PlainStatistics): void {
  const { malformed, wrongVersion, implausible, actionsLost, sendErrors, receiveErrors, tooLong } = counters;
  assert.deepEqual(
    { malformed, wrongVersion, implausible, actionsLost, sendErrors, receiveErrors, tooLong },
    { malformed: 0, wrongVersion: 0, implausible: 0, actionsLost: 0, sendErrors: 0, receiveErrors: 0, tooLong: 0 },
  );
}
