/**
 * The two times of a machine: monotonic, for ages and deadlines, and TAI, for stamps.
 *
 * With the native library both come from the kernel to the nanosecond; without it from `performance`, to about a
 * microsecond. TAI is monotonic time plus one offset that is fixed when the process starts, so stamps never jump when
 * somebody sets the wall clock (`docs/internals/time.md`).
 *
 * @module
 */
import { nativeLibrary } from "../native.ts";

/** TAI − UTC since 2017-01-01, seconds (IERS Bulletin C 52 and later: no leap second since). */
export const TAI_MINUS_UTC_S = 37;

const ORIGIN_TAI_NS = BigInt(Math.round(performance.timeOrigin * 1e6)) + BigInt(TAI_MINUS_UTC_S) * 1_000_000_000n;

let givenOffsetNs: bigint | undefined;

/** Takes over the TAI minus monotonic time of the process that this one works for, so that both have the same beats. */
export function useTaiOffset(offsetNs: bigint): void {
  givenOffsetNs = offsetNs;
}

/** Monotonic nanoseconds of this machine; the zero is arbitrary. */
export function monotonicNowNs(): bigint {
  return nativeLibrary()?.native.time.monotonicNs() ?? BigInt(Math.round(performance.now() * 1e6));
}

/** TAI nanoseconds since 1970-01-01 00:00:00 TAI. */
export function taiNowNs(): bigint {
  if (givenOffsetNs !== undefined) return monotonicNowNs() + givenOffsetNs;
  return nativeLibrary()?.native.time.taiNs() ?? ORIGIN_TAI_NS + BigInt(Math.round(performance.now() * 1e6));
}

/** The monotonic time of a TAI instant. */
export function monotonicOf(taiNs: bigint): bigint {
  return taiNs - taiMinusMonotonicNs();
}

/** The TAI instant of a monotonic time. */
export function taiOf(monotonicNs: bigint): bigint {
  return monotonicNs + taiMinusMonotonicNs();
}

/** TAI minus monotonic time, ns. */
export function taiMinusMonotonicNs(): bigint {
  return givenOffsetNs ?? nativeLibrary()?.taiMinusMonotonicNs ?? ORIGIN_TAI_NS;
}
