/**
 * What can be sent to another process.
 *
 * @module
 */
import { serialize } from "node:v8";

/**
 * Throws if a value cannot be sent to another process. The runtimes' own checks are not enough: a channel may break by
 * what cannot be serialized, or send a copy of memory that was to be shared.
 */
export function checkForProcess(value: unknown): void {
  if (sharesMemory(value, new Set())) {
    throw new TypeError("a SharedArrayBuffer is shared by threads alone, not by processes");
  }
  serialize(value);
}

function sharesMemory(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  seen.add(value);
  if (value instanceof SharedArrayBuffer) return true;
  if (ArrayBuffer.isView(value)) return value.buffer instanceof SharedArrayBuffer;
  const parts = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
  return parts.some((part) => sharesMemory(part, seen));
}
