/**
 * Makes a plan's actors and links them.
 *
 * @module
 */
import {
  type Actor,
  type Clock,
  type Dispatcher,
  Family,
  fpsOf,
  GpuDispatcher,
  type Input,
  LockstepClock,
  type PoolDispatcher,
  ProcessPoolDispatcher,
  SoftwareClock,
  Supervisor,
  ThreadPoolDispatcher,
  toRate,
} from "@streamlib/core";
import type { Plan, PlannedClock, PlannedPlace, PlannedStage } from "./plan.ts";
import { clockText, placeText } from "./plan.ts";

/** A pipeline that lives. */
export interface BuiltPipeline {
  /** Actors by stage, in the order of the plan. */
  readonly actors: readonly Actor[];
  /** Indices of stages such that each comes after all that flow into it. */
  readonly order: readonly number[];
  /** Of each stage that may be made anew, by its index. */
  readonly supervisors: ReadonlyMap<number, Supervisor>;
  /** The virtual time, if any stage has it. It stands still until it is run. */
  readonly lockstep: LockstepClock | undefined;
  /** Ends threads and processes. */
  close(): Promise<void>;
}

/** A stage that cannot be made or linked. */
export class BuildError extends Error {
  /** The stage. */
  readonly stage: PlannedStage;

  /**
   * Makes an error with the message of its cause.
   *
   * @param stage The stage.
   * @param cause What making or linking it threw.
   */
  constructor(stage: PlannedStage, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "BuildError";
    this.stage = stage;
  }
}

/**
 * Makes the actors, those at the end first, and links them, all before any of them begins.
 *
 * @throws {BuildError} By rejection, if one cannot be made or linked; the others are stopped by then.
 */
export async function buildPipeline(plan: Plan): Promise<BuiltPipeline> {
  const order = orderOf(plan);
  const places = new Places(plan);
  const clocks = new Clocks();
  const actors: Actor[] = [];
  const supervisors = new Map<number, Supervisor>();
  let current = plan.stages[0];
  try {
    for (const index of order.toReversed()) {
      current = plan.stages[index];
      const { name, actorClass, options, place, clock, restarts } = current;
      const supervisor = restarts === undefined ? undefined : new Supervisor({ maxRestarts: restarts });
      if (supervisor) supervisors.set(index, supervisor);
      actors[index] = new actorClass({
        ...options,
        id: name,
        ...(place && place.kind !== "loop" ? { dispatcher: places.get(place) } : {}),
        ...(clock ? { clock: clocks.get(clock) } : {}),
        ...(supervisor ? { supervisor } : {}),
      });
    }
    for (const { from, output, to, input } of plan.links) {
      current = plan.stages[to];
      inputNamed(actors[to], input).receive(actors[from].outputs[output]);
    }
  } catch (thrown) {
    await Promise.all(actors.map((actor) => actor.stop()));
    await places.close();
    throw new BuildError(current, thrown);
  }
  return { actors, order, supervisors, lockstep: clocks.lockstep, close: () => places.close() };
}

/** Inputs of an actor, members of families included. */
export function inputsOf(actor: Actor): Input<never>[] {
  return Object.values(actor.inputs).flatMap((port) => port instanceof Family ? [...port] : [port]) as Input<never>[];
}

// deno-lint-ignore no-explicit-any
function inputNamed(actor: Actor, name: string): Input<any> {
  const [own, member] = name.split(".");
  const port = actor.inputs[own];
  return port instanceof Family ? port.at(member) : port;
}

/** Stages, sources first; a circle is entered somewhere. */
function orderOf({ stages, links }: Plan): number[] {
  const behind: number[] = [];
  const seen = new Set<number>();
  const visit = (stage: number): void => {
    if (seen.has(stage)) return;
    seen.add(stage);
    for (const { from, to } of links) if (from === stage) visit(to);
    behind.unshift(stage);
  };
  const fed = new Set(links.map(({ to }) => to));
  const all = stages.map((_, index) => index).toReversed();
  for (const stage of [...all.filter((one) => !fed.has(one)), ...all]) visit(stage);
  return behind;
}

/** Dispatchers: one for each pool that stages name, and one of each kind for those that name none. */
class Places {
  readonly #plan: Plan;
  readonly #made = new Map<string, Dispatcher>();
  readonly #pools: PoolDispatcher[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  get(place: PlannedPlace): Dispatcher {
    const key = placeText(place);
    const known = this.#made.get(key);
    if (known) return known;
    const made = this.#make(place);
    this.#made.set(key, made);
    return made;
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close()));
  }

  #make({ kind, pool }: PlannedPlace): Dispatcher {
    if (kind === "gpu") return new GpuDispatcher(pool === undefined ? {} : { device: pool });
    const sharers = this.#plan.stages.filter(({ place }) => place?.kind === kind && place.pool === undefined).length;
    // The default has as many as cores but one: more than stages would idle.
    const workers = pool === undefined && sharers > 1 ? {} : { workers: 1 };
    const made = kind === "thread" ? new ThreadPoolDispatcher(workers) : new ProcessPoolDispatcher(workers);
    this.#pools.push(made);
    return made;
  }
}

/** Clocks: stages of one rate share one, and all virtual time is one. */
class Clocks {
  lockstep: LockstepClock | undefined;
  readonly #made = new Map<string, Clock>();

  get(clock: PlannedClock): Clock {
    const key = clockText(clock);
    const known = this.#made.get(key);
    if (known) return known;
    const made = this.#make(clock);
    this.#made.set(key, made);
    return made;
  }

  #make({ kind, rate }: PlannedClock): Clock {
    if (kind === "software") return new SoftwareClock(rate ?? 60);
    if (!this.lockstep) return this.lockstep = new LockstepClock(rate ?? 60);
    const wanted = toRate(rate ?? 60);
    return fpsOf(this.lockstep.rate) === fpsOf(wanted) ? this.lockstep : this.lockstep.forRate(wanted);
  }
}
