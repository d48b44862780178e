/**
 * Expectations about what was lost on the way.
 *
 * @module
 */
import type { Actor, Message } from "@streamlib/core";
import { AssertionError } from "node:assert";

/**
 * Expects that actors have lost nothing: no output dropped an item because readers held every slot, no input missed
 * one because it was slow, and no beat fell due while an actor was busy.
 *
 * @throws {AssertionError} Naming every port that lost items, and how many.
 */
export function assertNoDrops(...actors: readonly Actor[]): void {
  const losses = actors.flatMap((actor) => {
    const { inputs, outputs, missedTicks } = actor.stats;
    const found: string[] = [];
    for (const [name, { dropped }] of Object.entries(outputs)) {
      if (dropped > 0) found.push(`${actor.label} output ${name} dropped ${dropped}`);
    }
    for (const [name, { missed }] of Object.entries(inputs)) {
      if (missed > 0) found.push(`${actor.label} input ${name} missed ${missed}`);
    }
    if (missedTicks > 0) found.push(`${actor.label} missed ${missedTicks} ticks`);
    return found;
  });
  if (losses.length === 0) return;
  throw new AssertionError({ message: `Items were lost: ${losses.join("; ")}`, stackStartFn: assertNoDrops });
}

/**
 * Expects items of one output to follow each other: each sequence number is one more than the one before, and no
 * instant lies before the one before it.
 *
 * @throws {AssertionError} Naming the first pair that does not.
 */
export function assertContinuous(items: readonly Message[]): void {
  for (let index = 1; index < items.length; index++) {
    const [before, item] = [items[index - 1], items[index]];
    if (item.sequence !== before.sequence + 1) {
      throw new AssertionError({
        message: `Item ${index} has sequence ${item.sequence}, expected ${before.sequence + 1}`,
        stackStartFn: assertContinuous,
      });
    }
    if (item.timestampNs < before.timestampNs) {
      throw new AssertionError({
        message: `Item ${index} is of ${item.timestampNs} ns, before ${before.timestampNs} ns of the one before it`,
        stackStartFn: assertContinuous,
      });
    }
  }
}
