/**
 * How many slots the ring of an output needs.
 *
 * @module
 */
import { SLOTS_MAX } from "../ring/layout.ts";
import type { ReaderNeeds } from "./source.ts";
import type { OutputSpec } from "./spec.ts";

/** One slot to write, the newest, and what the neediest reader keeps; never fewer than declared. */
export function slotsNeeded(spec: OutputSpec, readers: Iterable<{ readonly needs: ReaderNeeds }>): number {
  let kept = Math.max(1, spec.history);
  for (const { needs: { isOrdered, depth, pins } } of readers) kept = Math.max(kept, isOrdered ? depth + pins : pins);
  return Math.min(SLOTS_MAX, Math.max(spec.slots, kept + 2));
}
