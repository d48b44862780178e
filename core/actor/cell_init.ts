/**
 * What a cell is made with.
 *
 * @module
 */
import type { Clock } from "../time/clock.ts";
import type { Cell } from "./cell.ts";
import type { Body, Dispatcher } from "./dispatcher.ts";
import type { AnyActorSpec } from "./spec.ts";
import type { Supervisor } from "../supervision/supervisor.ts";

/** This copy of the package: two in one program have two. */
export const COPY: object = Object.freeze({ module: import.meta.url });

/** What a cell is made with. */
export interface CellInit {
  /** The copy of this package that the actor's class was made with. */
  readonly copy: object;
  readonly className: string;
  readonly module: string;
  readonly id: string;
  readonly spec: AnyActorSpec;
  readonly options: Readonly<Record<string, unknown>>;
  /** The actor's own options as the user gave them. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly clock: Clock | undefined;
  readonly dispatcher: Dispatcher;
  readonly supervisor: Supervisor | undefined;
  readonly parent: Cell | undefined;
  /** Least time between two snapshots, ms; 0: none. */
  readonly snapshotMs: number;
  /** Builds a body of this cell in this thread. */
  readonly build: () => Body;
  /** The cell has ended. */
  readonly onEnd: () => void;
}
