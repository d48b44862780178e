/**
 * What can be seen of a supervisor from outside.
 *
 * @module
 */
import type { SupervisorStrategy } from "./supervisor_options.ts";

/** A step of a supervisor. */
export interface SupervisorEvent {
  /** The supervisor: `Supervisor "supervisor-1"`. */
  readonly supervisor: string;
  /** Its strategy. */
  readonly strategy: SupervisorStrategy;
  /** The actor that has failed: `Invert "invert-1"`; of several the last one. */
  readonly child: string;
  /** Why it has failed; in `gave-up` and `escalated` a `StreamError` with code `supervisor-gave-up`. */
  readonly error: Error;
  /** Number of the restart since all was last well, from 1; 0 if there was none. */
  readonly attempt: number;
  /** Time until the restart, ms; 0 unless it is `restarting`. */
  readonly delayMs: number;
}

/** What is told to who listens to a supervisor. */
export interface SupervisorEvents {
  /** An actor has failed, or could not start again. */
  failed: SupervisorEvent;
  /** A failed actor, and with it whom the strategy names, will be restarted. */
  restarting: SupervisorEvent;
  /** A failed actor runs again, and so does whom the strategy names. */
  restarted: SupervisorEvent;
  /** There were too many restarts: there will be no more. */
  "gave-up": SupervisorEvent;
  /** Who is above decides now: the parent supervisor or the parent actor. */
  escalated: SupervisorEvent;
}
