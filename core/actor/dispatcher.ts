/**
 * Where actors live.
 *
 * @module
 */
import type { TimedTick } from "../time/clock.ts";

/** What a dispatcher gets to place: how to build the body, here or elsewhere. */
export interface BodyPlan {
  /** For messages: `Invert "invert-1"`. */
  readonly label: string;
  /** URL of the module that registers the class, and its name there: enough to build the body in another place. */
  readonly module: string;
  readonly className: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Builds the body in this thread. */
  build(): Body;
}

/** The side of an actor that works. */
export interface Body {
  onStart?(): void | Promise<void>;
  process(tick: TimedTick): void | Promise<void>;
  onStop?(): void | Promise<void>;
  /** Runs a method marked `@control()`. */
  control(action: string, argument: unknown): unknown;
}

/** Places bodies somewhere. */
export interface Dispatcher {
  /** For people: `event-loop`. */
  readonly kind: string;
  /** Builds the body where this dispatcher keeps its actors. */
  place(plan: BodyPlan): Promise<Body>;
}

/** Keeps actors on the event loop of the thread that makes them. The default. */
export class EventLoopDispatcher implements Dispatcher {
  readonly kind = "event-loop" as const;

  place(plan: BodyPlan): Promise<Body> {
    return Promise.resolve(plan.build());
  }
}
