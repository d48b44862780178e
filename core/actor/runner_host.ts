/**
 * What a runner needs of the actor that it drives.
 *
 * @module
 */
import type { SourceClock } from "../port/host.ts";
import type { PortSet } from "../port/port_set.ts";
import type { TimedTick } from "../time/clock.ts";

/** The actor whose body is driven. */
export interface RunnerHost {
  readonly ports: PortSet;
  sourceClock(): SourceClock | undefined;
  process(tick: TimedTick): void | Promise<void>;
  /** A call of `process` has returned. What this throws makes the actor fail as if the call had. */
  processed(): void;
  /** The last tick of an earlier life: the numbers go on. */
  readonly previousTick: TimedTick | undefined;
  /** Counted on over all lives of the actor. */
  readonly stats: RunnerStats;
  /** When the actor ends by itself; see `ActorSpec.ends`. */
  readonly ends: "driver" | "all" | "never";
  /** The inputs have finished and everything was read. */
  finished(): void;
  /** A call of `process` has thrown, also one that was in progress when the actor was stopped; or the clock has. */
  failed(thrown: unknown): void;
}

/** Counters of a runner. */
export interface RunnerStats {
  ticks: number;
  missedTicks: number;
  freewheelTicks: number;
  processMs: number;
}

/** What all lives of an actor have done together. */
export interface CellCounts extends RunnerStats {
  /** How often a supervisor has begun another life, failed attempts included. */
  restarts: number;
}
