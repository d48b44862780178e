/**
 * Where two plain objects differ.
 *
 * @module
 */
import { quoted } from "./finding.ts";

/**
 * Words for the first difference between what was given and what was read back; undefined if there is none. Absent,
 * undefined, `false` and an empty list are the same.
 */
export function differenceOf(given: unknown, back: unknown, path: string): string | undefined {
  if (isNothing(given) && isNothing(back) || Object.is(given, back)) return undefined;
  if (!isObject(given) || !isObject(back) || Array.isArray(given) !== Array.isArray(back)) {
    return `${path} is ${shown(given)}, which would be read as ${shown(back)}`;
  }
  for (const key of new Set([...Object.keys(given), ...Object.keys(back)])) {
    const where = Array.isArray(given) ? `${path}[${key}]` : `${path}.${key}`;
    const found = differenceOf(given[key], back[key], where);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === false || Array.isArray(value) && value.length === 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function shown(value: unknown): string {
  if (isNothing(value)) return "absent";
  if (typeof value === "string") return quoted(value);
  return isObject(value) ? quoted(JSON.stringify(value)) : String(value);
}
