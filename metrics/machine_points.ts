/**
 * The points of clocks, of this machine's TAI and of the process.
 *
 * @module
 */
import process from "node:process";
import { type Actor, type ClockStats, nativeLibrary, type PTPClockStats } from "@streamlib/core";
import { cut } from "./actor_points.ts";
import type { Points } from "./reading.ts";

/** What is told of a PTP client. */
export type PtpFacts = Pick<
  NonNullable<PTPClockStats["ptp"]>,
  "domain" | "offsets" | "pathDelayNs" | "errorNs" | "masterChanges"
>;

const TAI_STATES = ["free", "acquiring", "locked", "holdover"] as const;

/** The clocks of these actors; those of one id together. */
export function addClocks(points: Points, actors: readonly Actor[]): void {
  const byId = new Map<string, ClockStats>();
  const clocks = new Set(actors.flatMap(({ clock }) => clock ?? []));
  for (const clock of clocks) {
    const stats = clock.stats();
    const id = cut(stats.clockId);
    const known = byId.get(id);
    byId.set(
      id,
      known
        ? {
          ...stats,
          locked: stats.locked && known.locked,
          ticks: stats.ticks + known.ticks,
          missed: stats.missed + known.missed,
        }
        : stats,
    );
  }
  for (const [clock, { locked, ticks, missed }] of byId) {
    points.add("clockLocked", { clock }, locked ? 1 : 0);
    points.add("clockTicks", { clock }, ticks);
    points.add("clockMissed", { clock }, missed);
  }
}

/** TAI as it is told on this machine, and the PTP client that tells it, if one does; nothing without the library. */
export function addTai(points: Points): void {
  const native = nativeLibrary()?.native;
  if (!native) return;
  const { state, source, errorNs, steps } = native.tai.told();
  for (const one of TAI_STATES) points.add("taiState", { source, state: one }, one === state ? 1 : 0);
  points.add("taiError", { source }, errorNs / 1e9);
  points.add("taiSteps", {}, steps);
  const ptp = native.publishedPtp();
  if (ptp) addPtp(points, ptp);
}

/** A PTP client. */
export function addPtp(points: Points, ptp: PtpFacts): void {
  const labels = { domain: String(ptp.domain) };
  points.add("ptpOffset", labels, ptp.offsets && ptp.offsets.lastNs / 1e9);
  points.add("ptpPathDelay", labels, ptp.pathDelayNs === undefined ? undefined : ptp.pathDelayNs / 1e9);
  points.add("ptpError", labels, ptp.errorNs / 1e9);
  points.add("ptpMasterChanges", labels, ptp.masterChanges);
}

/** This process, under the names that all programs have for it. */
export function addProcess(points: Points): void {
  const { user, system } = process.cpuUsage();
  points.add("residentMemory", {}, process.memoryUsage().rss);
  points.add("cpu", {}, (user + system) / 1e6);
  points.add("startTime", {}, performance.timeOrigin / 1000);
}
