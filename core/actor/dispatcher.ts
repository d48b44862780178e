/**
 * Where actors live.
 *
 * @module
 */
import type { TimedTick } from "../time/clock.ts";
import type { Cell } from "./cell.ts";
import type { CellInit } from "./cell_init.ts";

/** What a dispatcher gets to place: how to build the body, here or elsewhere. */
export interface BodyPlan {
  /** For messages: `Invert "invert-1"`. */
  readonly label: string;
  /** URL of the module that registers the class; with `className` enough to build the body in another place. */
  readonly module: string;
  /** Name under which that module registers the class. */
  readonly className: string;
  /** The actor's own options, checked and complete. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Builds the body in this thread. Throws what its constructor throws. */
  build(): Body;
}

/** The side of an actor that works. */
export interface Body {
  /** Opens what the body needs; called once, before anything else. If it throws, the actor fails. */
  onStart?(): void | Promise<void>;
  /** Does one tick's work; never called while a call is under way. If it throws, the actor fails. */
  process(tick: TimedTick): void | Promise<void>;
  /** Closes what the body has opened; called once, last. If it throws, the actor fails. */
  onStop?(): void | Promise<void>;
  /** What a later life of the actor shall begin with: a value that can be cloned. */
  snapshot?(): unknown;
  /** Takes over the snapshot of an earlier life; called once, before `onStart`. */
  restore?(state: unknown): void | Promise<void>;
  /** Runs the method `action` that is marked `@control()`. What it throws goes to the caller; the actor goes on. */
  control(action: string, argument: unknown): unknown;
}

/** Decides where an actor lives. */
export interface Dispatcher {
  /** For people: `event-loop`. */
  readonly kind: string;
  /**
   * Builds the body; the event loop of the thread that made the actor drives it. If it rejects, the actor fails. Absent
   * if the whole actor lives elsewhere.
   */
  place?(plan: BodyPlan): Promise<Body>;
  /** @internal Makes the cell of an actor that lives elsewhere. Throws if that cannot be. */
  "~house"?(init: CellInit): Cell;
}

/** Keeps actors on the event loop of the thread that makes them. The default. */
export class EventLoopDispatcher implements Dispatcher {
  /** `event-loop`. */
  readonly kind = "event-loop" as const;

  /** Builds the body in this thread. */
  place(plan: BodyPlan): Promise<Body> {
    return Promise.resolve(plan.build());
  }
}
