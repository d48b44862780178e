/**
 * Equality of plain values.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";

/** Whether two values are equal in all their parts; options that are `undefined` count as left out. */
export function deepEqual(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(withoutUndefined(one), withoutUndefined(other));
}

function withoutUndefined(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));
}
