/**
 * What can be seen of an actor from outside.
 *
 * @module
 */
import type { InputStats } from "../port/input.ts";
import type { OutputStats } from "../port/output.ts";

/** Where an actor is in its life. `starting` and `running` last until its end is complete. */
export type ActorState = "starting" | "running" | "stopped" | "failed";

/** What is told to who listens to an actor. */
export interface ActorEvents {
  /** The actor has gone from one state to another; `error` says why it failed. */
  state: { readonly from: ActorState; readonly to: ActorState; readonly error: Error | undefined };
}

/** What an actor has done so far. */
export interface ActorStats {
  /** Where it is in its life. */
  readonly state: ActorState;
  /** Calls of `process` that returned without throwing. */
  readonly ticks: number;
  /** Beats that fell due while the actor was busy, and items of a driving `latest` input that newer ones replaced. */
  readonly missedTicks: number;
  /** Calls of `process` in place of a silent driving input. */
  readonly freewheelTicks: number;
  /** How often a supervisor has begun another life, failed attempts included. */
  readonly restarts: number;
  /** What the actor itself counts, by name: frames skipped, packets refused. Kept after its end. */
  readonly counters: Readonly<Record<string, number>>;
  /** Time that the last call of `process` took, ms, waiting included; 0 before the first. */
  readonly processMs: number;
  /** Its inputs by name; members of families as `family.member`. */
  readonly inputs: Readonly<Record<string, InputStats>>;
  /** Its outputs by name. */
  readonly outputs: Readonly<Record<string, OutputStats>>;
}
