/**
 * The two times of a machine: monotonic, for ages and deadlines, and TAI, for stamps.
 *
 * With the native library both come from the machine to the nanosecond, and TAI is the same in all its processes;
 * without it they come from `performance`, to about a microsecond, and TAI is monotonic time plus one offset that is
 * fixed when the process starts. Either way stamps never go back when somebody sets the wall clock
 * (`docs/internals/time.md`).
 *
 * @module
 */
import { nativeLibrary } from "../native.ts";

/** TAI − UTC since 2017-01-01, seconds (IERS Bulletin C 52 and later: no leap second since). */
export const TAI_MINUS_UTC_S = 37;

const ORIGIN_TAI_NS = BigInt(Math.round(performance.timeOrigin * 1e6)) + BigInt(TAI_MINUS_UTC_S) * 1_000_000_000n;

/** Monotonic nanoseconds of this machine; the zero is arbitrary. */
export function monotonicNowNs(): bigint {
  return nativeLibrary()?.native.time.monotonicNs() ?? BigInt(Math.round(performance.now() * 1e6));
}

/** TAI nanoseconds since 1970-01-01 00:00:00 TAI. It jumps where it is stepped; back only by more than a second. */
export function taiNowNs(): bigint {
  return nativeLibrary()?.native.tai.nowNs() ?? ORIGIN_TAI_NS + BigInt(Math.round(performance.now() * 1e6));
}

/** The first monotonic time at which TAI has reached an instant; of one to come as it looks now. */
export function monotonicOf(taiNs: bigint): bigint {
  return nativeLibrary()?.native.tai.monotonicOf(taiNs) ?? taiNs - ORIGIN_TAI_NS;
}

/** The TAI instant of a monotonic time. */
export function taiOf(monotonicNs: bigint): bigint {
  return nativeLibrary()?.native.tai.of(monotonicNs) ?? monotonicNs + ORIGIN_TAI_NS;
}

/** TAI minus monotonic time as this process tells it while nobody publishes TAI on this machine, ns. */
export function fixedTaiOffsetNs(): bigint {
  return nativeLibrary()?.native.tai.told().fixedOffsetNs ?? ORIGIN_TAI_NS;
}

/**
 * Takes over the fixed offset of the process that this one works for, before anything here asks for TAI.
 *
 * @throws {NativeError} `already_set` if another one was in use.
 */
export function adoptFixedTai(offsetNs: bigint): void {
  nativeLibrary()?.native.tai.adoptFixed(offsetNs);
}
