/**
 * Instants: TAI nanoseconds since 1970-01-01 00:00:00 TAI, as bigint.
 *
 * @module
 */

const NS_PER_MS = 1_000_000n;

/** An instant as ISO 8601 text with nanoseconds, in TAI (not UTC): `2026-11-20T12:00:37.000000001`. */
export function isoOf(instantNs: bigint): string {
  const restNs = ((instantNs % NS_PER_MS) + NS_PER_MS) % NS_PER_MS;
  const iso = new Date(Number((instantNs - restNs) / NS_PER_MS)).toISOString();
  return `${iso.slice(0, -1)}${String(restNs).padStart(6, "0")}`;
}
