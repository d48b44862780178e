/**
 * What is known of TAI at this instant: who tells it, and how good it is.
 *
 * @module
 */
import type { TaiSource, TaiState } from "@streamlib/ffi";
import { nativeLibrary } from "../native.ts";

/** TAI as it is told. */
export interface TaiTold {
  /** Where it comes from. */
  readonly source: TaiSource;
  /** How far it can be trusted; `free` if nobody follows anything. */
  readonly state: TaiState;
  /** How far it may be off its source, ns. */
  readonly errorNs: number;
  /** Jumps so far, as this process has had them. */
  readonly steps: number;
  /** The process that tells it; 0 for none. */
  readonly publisherPid: number;
  /** Whether all processes of this machine have the same. */
  readonly isShared: boolean;
  /** Of PTP: the domain; else −1. */
  readonly domain: number;
}

/** Without the library nobody else is asked. */
const ALONE: TaiTold = {
  source: "system",
  state: "free",
  errorNs: 0,
  steps: 0,
  publisherPid: 0,
  isShared: false,
  domain: -1,
};

/** How long the domain of a publisher is believed before it is asked again, ns. */
const DOMAIN_NS = 1_000_000_000n;

let domain = -1;
let domainPid = 0;
let domainUntilNs = 0n;

/** What is known of TAI now. */
export function taiTold(): TaiTold {
  const native = nativeLibrary()?.native;
  if (!native) return ALONE;
  const { source, state, errorNs, steps, publisherPid, isShared } = native.tai.told();
  return {
    source,
    state,
    errorNs,
    steps,
    publisherPid,
    isShared,
    domain: source === "ptp" ? domainOf(publisherPid) : -1,
  };
}

/** The domain of the PTP that this process tells, or that a dead one has told. */
function domainOf(publisherPid: number): number {
  const { native } = nativeLibrary()!;
  const nowNs = native.time.monotonicNs();
  if (publisherPid !== domainPid || nowNs >= domainUntilNs) {
    domain = native.publishedPtp()?.domain ?? -1;
    domainPid = publisherPid;
    domainUntilNs = nowNs + DOMAIN_NS;
  }
  return domain;
}
