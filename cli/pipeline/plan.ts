/**
 * A pipeline that was checked: what will be made and how it is linked. It is also what the JSON form holds.
 *
 * @module
 */
import type { ActorClass, Rate } from "@streamlib/core";
import type { Span } from "./problem.ts";

/** Kinds of places. */
export type PlaceKind = "loop" | "thread" | "process" | "gpu";

/** Where a stage lives. */
export interface PlannedPlace {
  /** Which kind of place. */
  readonly kind: PlaceKind;
  /**
   * Of threads and processes: stages with the same pool share one; without a pool there are as many as cores but one.
   * Of a GPU: a part of the device's name; without it the best one.
   */
  readonly pool: string | undefined;
}

/** What beats for a stage. */
export interface PlannedClock {
  /** Real time, or virtual time. */
  readonly kind: "software" | "lockstep";
  /** Beats per second; of a lockstep clock for sources that have no rate of their own. */
  readonly rate: number | Rate | undefined;
}

/** An actor that will be made. */
export interface PlannedStage {
  /** Its name in the pipeline, and its id. */
  readonly name: string;
  /** Registered name. */
  readonly actor: string;
  /** The class that is made. */
  readonly actorClass: ActorClass;
  /** Its own options as they are given. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Default: the event loop. */
  readonly place: PlannedPlace | undefined;
  /** Default: what the actor has by itself. */
  readonly clock: PlannedClock | undefined;
  /** How often it may be made anew within 5 s when it fails; absent: never. */
  readonly restarts?: number;
  /** Where it stands in the text. */
  readonly span: Span;
}

/** A link between two ports. */
export interface PlannedLink {
  /** Index of the stage that gives. */
  readonly from: number;
  /** Name of the output. */
  readonly output: string;
  /** Index of the stage that takes. */
  readonly to: number;
  /** `family.member` for a member of a family. */
  readonly input: string;
  /** Name of the message type. */
  readonly type: string;
  /** Whether what flows there sets no beat. */
  readonly isEvent: boolean;
  /** Where it stands in the text. */
  readonly span: Span;
}

/** A whole pipeline. */
export interface Plan {
  /** Actors to make. */
  readonly stages: readonly PlannedStage[];
  /** Links to make, in this order. */
  readonly links: readonly PlannedLink[];
  /** Plugins that it names itself, as they are written there; absent if none. */
  readonly plugins?: readonly string[];
}

/** Stages that nothing flows into: they begin the pipeline, and it ends when they have ended. */
export function sourcesOf({ stages, links }: Plan): PlannedStage[] {
  const fed = new Set(links.filter(({ isEvent }) => !isEvent).map(({ to }) => to));
  return stages.filter((_, index) => !fed.has(index));
}

/** A rate as it is written: `60`, `30000/1001`. */
export function rateText(rate: number | Rate): string {
  return typeof rate === "number" ? String(rate) : `${rate.num}/${rate.den}`;
}

/** A place as it is written behind the `@`: `thread`, `process=codecs`. */
export function placeText({ kind, pool }: PlannedPlace): string {
  return pool === undefined ? kind : `${kind}=${pool}`;
}

/** A clock as it is written behind `@clock=`: `60`, `lockstep`, `lockstep=25`. */
export function clockText({ kind, rate }: PlannedClock): string {
  if (kind === "software") return rateText(rate ?? 60);
  return rate === undefined ? "lockstep" : `lockstep=${rateText(rate)}`;
}
