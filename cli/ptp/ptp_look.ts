/**
 * What `streamlib ptp` sees at one instant, as plain data.
 *
 * @module
 */
import type { PtpClient } from "@streamlib/core";

/** What a PTP client knows. */
export type PtpStatistics = ReturnType<PtpClient["stats"]>;

/** A master that is heard. */
export type PtpMaster = ReturnType<PtpClient["masters"]>[number];

/** The master that is followed. */
export type PtpParent = NonNullable<PtpStatistics["parent"]>;

/** Offsets by size. */
export type PtpHistogram = ReturnType<PtpClient["histogram"]>;

/** TAI as this machine is told it. */
export interface TaiLook {
  /** Now, ns. */
  readonly taiNs: bigint;
  /** Where it comes from. */
  readonly source: "system" | "kernel" | "ptp" | "kernel-followed";
  /** How far it can be trusted. */
  readonly state: "free" | "acquiring" | "locked" | "holdover";
  /** How far it may be off its source, ns. */
  readonly errorNs: number;
  /** The process that tells it; 0 for none. */
  readonly publisherPid: number;
  /** Whether all processes of this machine have the same. */
  readonly isShared: boolean;
  /** Why not, in a word; null if there is nothing against it. */
  readonly refusal: string | null;
}

/** How this command has to do with PTP. */
export type PtpMode = "follow" | "observe" | "watch";

/** Everything at one instant. */
export interface PtpLook {
  /**
   * `follow`: a client of this process, which tells TAI if no other one does. `observe`: one that only measures. `watch`:
   * the client of another process, whose masters and histogram are not known here.
   */
  readonly mode: PtpMode;
  /** This process. */
  readonly pid: number;
  /** Where and how the client listens, for people; empty in `watch`. */
  readonly place: string;
  /** TAI of this machine. */
  readonly tai: TaiLook;
  /** What the client knows; `undefined` in `watch` if nobody publishes. */
  readonly statistics: PtpStatistics | undefined;
  /** Masters that are heard. */
  readonly masters: readonly PtpMaster[];
  /** Offsets by size. */
  readonly histogram: PtpHistogram | undefined;
}
