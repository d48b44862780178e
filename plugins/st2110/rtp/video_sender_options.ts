/**
 * Words of ST 2110-20 and -21 that the sending actors take, and what the library calls them.
 *
 * @module
 */
import type { Scan } from "@streamlib/core";
import type { PackingMode, SenderType } from "../sdp/essence.ts";

/** When packets leave: each at its instant, what falls due within half a millisecond together, or all at once. */
export type Pacing = "strict" | "batched" | "none";

/** Packing modes by the library's names. */
export const PACKINGS: Readonly<Record<PackingMode, "gpm" | "bpm">> = { "2110GPM": "gpm", "2110BPM": "bpm" };

/** Sender types by the library's names. */
export const SENDERS: Readonly<Record<SenderType, "narrow" | "narrow-linear" | "wide">> = {
  "2110TPN": "narrow",
  "2110TPNL": "narrow-linear",
  "2110TPW": "wide",
};

/** Scans by the library's names. */
export const SCANS: Readonly<Record<Scan, "progressive" | "interlaced" | "segmented">> = {
  progressive: "progressive",
  interlaced: "interlaced",
  psf: "segmented",
};
