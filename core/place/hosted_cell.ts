/**
 * An actor as the place has it where it lives.
 *
 * @module
 */
import { bodyOf } from "../actor/actor.ts";
import { findActor } from "../actor/catalogue.ts";
import { Cell } from "../actor/cell.ts";
import { COPY } from "../actor/cell_init.ts";
import { EventLoopDispatcher } from "../actor/dispatcher.ts";
import { messageOf, StreamError } from "../errors.ts";
import { NO_OPTIONS, parseOptions } from "../options.ts";
import type { Clock } from "../time/clock.ts";
import { type Rate, toRate } from "../time/rate.ts";
import type { ActorPlan, FromPlace } from "./protocol.ts";

const dispatcher = new EventLoopDispatcher();

/** How a place tells home. */
export interface Teller {
  readonly send: (message: FromPlace) => void;
  /** Throws if a snapshot cannot be sent. */
  readonly check: (state: unknown) => void;
}

/** A cell that tells home what happens to it. Its life is its only one: a restart is another cell. */
export class HostedCell extends Cell {
  readonly #actor: number;
  readonly #tell: Teller;

  private constructor(init: Cell["init"], plan: ActorPlan, tell: Teller) {
    super(init);
    this.#actor = plan.actor;
    this.#tell = tell;
    this.snapshot = plan.snapshot;
    this.previousTick = plan.previousTick;
  }

  /**
   * Imports the module of the plan and makes the actor.
   *
   * @throws {StreamError} `place-refused` if the module cannot be imported, or does not register the class.
   */
  static async make(
    plan: ActorPlan,
    clock: Clock | undefined,
    tell: Teller,
    onEnd: () => void,
  ): Promise<HostedCell> {
    const { className, module, id } = plan;
    const what = `Cannot place ${className} "${id}"`;
    try {
      // Deno resolves a package in another folder to core, but loads from there only what this program has loaded.
      await import("../mod.ts");
      await import(module);
    } catch (thrown) {
      throw new StreamError(
        "place-refused",
        `${what}: its module ${module} fails when imported: ${messageOf(thrown)}`,
        {
          cause: thrown,
        },
      );
    }
    let found;
    try {
      found = findActor(className);
    } catch {
      throw new StreamError(
        "place-refused",
        `${what}: its module ${module} does not register it when imported; ` +
          "put @registerActor({ name, module: import.meta.url }) on a class at the top level of that module",
      );
    }
    const { actorClass } = found;
    const { spec } = actorClass;
    const options = parseOptions(spec.options ?? NO_OPTIONS, { ...plan.given }, `${className} "${id}"`);
    const given = { ...plan.given, id, ...(clock ? { clock } : {}) };
    const cell: HostedCell = new HostedCell(
      {
        copy: COPY,
        className,
        module,
        id,
        spec,
        options: Object.freeze(options as Record<string, unknown>),
        given: plan.given,
        clock,
        dispatcher,
        supervisor: undefined,
        parent: undefined,
        snapshotMs: plan.snapshotMs,
        build: () => bodyOf(cell, actorClass, given),
        onEnd,
      },
      plan,
      tell,
    );
    return cell;
  }

  override tickAt(rate: number | Rate): void {
    super.tickAt(rate);
    this.#tell.send({ type: "rate", actor: this.#actor, rate: toRate(rate) });
  }

  protected override keepSnapshot(state: unknown): void {
    this.#tell.check(state);
    this.#tell.send({ type: "snapshot", actor: this.#actor, state });
  }
}
