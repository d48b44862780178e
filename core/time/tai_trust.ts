/**
 * Whether TAI is the time that a clock is to follow, and how far it can be trusted.
 *
 * @module
 */
import type { TaiState } from "@streamlib/ffi";
import type { TaiTold } from "./tai_told.ts";

/** Whose time a clock wants to follow. Plain data: places get it by message. */
export interface TaiReference {
  /** Who has to tell TAI. */
  readonly source: "ptp" | "kernel-followed";
  /** Of PTP: the domain; else 0. */
  readonly domain: number;
  /** Largest error with which a holdover still counts as locked, ns. */
  readonly holdoverErrorNs: number;
}

/** What a clock may say of TAI. */
export interface TaiTrust {
  /** How far TAI can be trusted. */
  readonly state: TaiState;
  /** Whether the clock follows its reference. */
  readonly locked: boolean;
  /** How far TAI may be off, ns. */
  readonly errorNs: number;
  /** Whether it is this reference that TAI comes from. */
  readonly isFollowed: boolean;
}

/**
 * What a clock may say of TAI as it is told now.
 *
 * @param isSought Whether the reference is being looked for: TAI that is not from it is then still to come, and not free.
 * Only asked if it is not.
 */
export function trustOf(reference: TaiReference, told: TaiTold, isSought: () => boolean): TaiTrust {
  const { errorNs } = told;
  const isFollowed = told.source === reference.source && (told.source !== "ptp" || told.domain === reference.domain);
  if (!isFollowed) return { state: isSought() ? "acquiring" : "free", locked: false, errorNs, isFollowed };
  const { state } = told;
  const locked = state === "locked" || (state === "holdover" && errorNs <= reference.holdoverErrorNs);
  return { state, locked, errorNs, isFollowed };
}
