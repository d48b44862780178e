/**
 * What an actor has done over several lives.
 *
 * @module
 */
import type { ActorStats } from "../actor/state.ts";
import type { InputStats } from "../port/input.ts";
import { addedLatency } from "../port/read_latency.ts";

type Counts = Readonly<Record<string, unknown>>;

/** Counters that go on over all lives; everything else is that of the last one. */
const COUNTED = new Set([
  "ticks",
  "missedTicks",
  "freewheelTicks",
  "read",
  "missed",
  "repeated",
  "unaligned",
  "bytesCopied",
  "committed",
  "dropped",
]);

/** The counters of the earlier lives and of the present one together. */
export function totalStats(earlier: ActorStats | undefined, present: ActorStats): ActorStats {
  if (!earlier) return present;
  return {
    ...added(earlier, present),
    counters: merged(earlier.counters, present.counters, (a, b) => a + b),
    inputs: merged(earlier.inputs, present.inputs, addedInput),
    outputs: merged(earlier.outputs, present.outputs, added),
  };
}

function addedInput(earlier: InputStats, present: InputStats): InputStats {
  const both = added(earlier, present);
  if (!earlier.latency) return both;
  return { ...both, latency: present.latency ? addedLatency(earlier.latency, present.latency) : earlier.latency };
}

function added<T extends object>(earlier: T, present: T): T {
  const entries = Object.entries(present).map(([name, value]) => [
    name,
    COUNTED.has(name) ? Number((earlier as Counts)[name] ?? 0) + value : value,
  ]);
  return Object.fromEntries(entries);
}

function merged<T>(
  earlier: Readonly<Record<string, T>>,
  present: Readonly<Record<string, T>>,
  add: (earlier: T, present: T) => T,
): Record<string, T> {
  const names = new Set([...Object.keys(earlier), ...Object.keys(present)]);
  return Object.fromEntries([...names].map((name) => {
    const [before, now] = [earlier[name], present[name]];
    return [name, before === undefined ? now : now === undefined ? before : add(before, now)];
  }));
}
