/**
 * Actors.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { NO_OPTIONS, parseOptions } from "../options.ts";
import { linkAll, type PipeOptions } from "../port/pipe.ts";
import { profiledBody } from "../profile/profiled_body.ts";
import { PROFILE_SPANS } from "../profile/spans.ts";
import { traceCall, tracedOneOf } from "../profile/trace.ts";
import { claimId, forgetActor, recordActor } from "../registry/local_registry.ts";
import type { Clock, TimedTick } from "../time/clock.ts";
import type { Rate } from "../time/rate.ts";
import type { ActorClass } from "./catalogue.ts";
import { Cell } from "./cell.ts";
import { type CellInit, COPY } from "./cell_init.ts";
import { type ControlMessage, runControl } from "./control.ts";
import { type Body, type Dispatcher, EventLoopDispatcher } from "./dispatcher.ts";
import { cellOf, constructBody, constructChild, takeConstruction } from "./handle.ts";
import { registeredClassOf, registrationOf } from "./registration.ts";
import type { ActorTypes, AnyTypes, CompleteOptionsOf, InputsOf, OptionsOf, OutputsOf } from "./spec.ts";
import type { ActorEvents, ActorState, ActorStats } from "./state.ts";
import type { Supervisor } from "../supervision/supervisor.ts";

/** Options that every actor has. */
export interface CommonOptions {
  /**
   * Name of this instance in URIs and messages: a letter or digit, then letters, digits, `.`, `_`, `-`; at most 128.
   * Default: the class name in lower case and a number.
   */
  id?: string;
  /**
   * The clock that beats for it. Default: none if it has media or data inputs, it then follows the one that drives;
   * else a software clock at its own rate. An actor with such inputs follows them also if a lockstep clock is given.
   */
  clock?: Clock;
  /** Where it lives. Default: this thread's event loop. */
  dispatcher?: Dispatcher;
  /** Who restarts it when it fails. Default: nobody, it then ends. */
  supervisor?: Supervisor;
}

/** What is given to `new`: the actor's own options and the common ones. */
export type GivenOptions<T extends ActorTypes> = OptionsOf<T> & CommonOptions;

const eventLoop: Dispatcher = new EventLoopDispatcher();

/**
 * A stage of a pipeline: it runs from the moment it is made, keeps its state to itself, is driven by ticks, reads the
 * latest items of its inputs and writes to its outputs.
 *
 * What `new` gives is the handle: options, ports, events, controls, counters. `process` runs on a body that the
 * framework makes of the same class and options, soon after construction and never within it. So a constructor and
 * field initialisers run once for the handle and once per body: keep them cheap, and open files, sockets and devices in
 * `onStart`.
 *
 * Every concrete class carries `@registerActor` and a `static readonly spec`.
 */
export abstract class Actor<T extends ActorTypes = AnyTypes> {
  /** @internal */
  readonly "~cell": Cell;
  /** @internal */
  readonly "~isBody": boolean;
  /** The options, checked and complete. */
  readonly options: CompleteOptionsOf<T>;
  /** The inputs by name. */
  readonly inputs: InputsOf<T>;
  /** The outputs by name. */
  readonly outputs: OutputsOf<T>;

  /**
   * Makes a handle, which begins to live by itself.
   *
   * @param options The actor's own options and {@linkcode CommonOptions}.
   * @throws {StreamError} `option-invalid` naming actor, option, value and what would be right; `id-taken` if an actor
   * of this class and id has not ended; `actor-not-registered` if the class lacks `@registerActor`, or if it is made by
   * the name that it has within itself on Deno (see {@linkcode registerActor}).
   */
  constructor(options: GivenOptions<T> = {} as GivenOptions<T>) {
    const { body, parent } = takeConstruction();
    this["~isBody"] = body !== undefined;
    this["~cell"] = body ?? makeCell(new.target as unknown as ActorClass, options, parent);
    const cell = this["~cell"];
    this.options = cell.init.options as CompleteOptionsOf<T>;
    this.inputs = cell.ports.inputs as InputsOf<T>;
    this.outputs = cell.ports.outputs as OutputsOf<T>;
  }

  /** Opens what the body needs. `ready` waits for it; if it throws, also during `stop()`, the actor fails. */
  onStart?(): void | Promise<void>;

  /**
   * Does one tick's work. One call at a time; ticks that come meanwhile merge into one. If it throws, also during
   * `stop()`, the actor fails.
   */
  abstract process(tick: TimedTick): void | Promise<void>;

  /**
   * Closes what the body has opened, also after a failed `onStart`; not called if `onStart` never began, or if it or
   * `process` hangs when the actor ends. Has 5 s; if it throws or takes longer, the actor fails.
   */
  onStop?(): void | Promise<void>;

  /**
   * For supervised actors: what a later life shall begin with. Called after calls of `process`, as often as the
   * supervisor says.
   *
   * @returns A value that can be cloned; it is copied at once.
   */
  snapshot?(): unknown;

  /** Takes over the last snapshot of an earlier life; called before `onStart`, if there is one. */
  restore?(state: unknown): void | Promise<void>;

  /** Name of this instance. */
  get id(): string {
    return this["~cell"].init.id;
  }

  /** `actor://local/Class/id`. */
  get uri(): string {
    return `actor://local/${this["~cell"].init.className}/${this["~cell"].init.id}`;
  }

  /** `Class "id"`, for messages. */
  get label(): string {
    return this["~cell"].label;
  }

  /** Where the actor is in its life. */
  get state(): ActorState {
    return this["~cell"].state;
  }

  /** Whether it is about to end or has ended. While it ends, `state` is still what it was. */
  get isEnding(): boolean {
    return !this["~cell"].alive;
  }

  /** Why it failed: a `StreamError` with code `actor-failed` whose `cause` is what was thrown; else `undefined`. */
  get error(): Error | undefined {
    return this["~cell"].error;
  }

  /**
   * Resolves when the actor ticks (a finite source: when it is open and waits for a link), or has stopped before that;
   * rejects with `error` if it failed first.
   */
  get ready(): Promise<void> {
    this["~cell"].failures.isStartObserved = true;
    return this["~cell"].ready;
  }

  /** Resolves when the actor has stopped or finished; rejects with `error` if it failed. */
  get ended(): Promise<void> {
    this["~cell"].failures.isEndObserved = true;
    return this["~cell"].ended;
  }

  /** What the actor has done so far. */
  get stats(): ActorStats {
    return this["~cell"].stats();
  }

  /** The clock that beats for it; `undefined` if it follows its driving input. */
  get clock(): Clock | undefined {
    return this["~cell"].clock;
  }

  /** Labels of the actors it has spawned and that have not ended. */
  get children(): readonly string[] {
    return this["~cell"].childLabels;
  }

  /** Calls `listener` at every event of this name. @returns A function that takes the listener away. */
  on<K extends keyof ActorEvents>(name: K, listener: (event: ActorEvents[K]) => void): () => void {
    return this["~cell"].events.on(name, listener);
  }

  /**
   * Links every message type that has exactly one output here and one free input there. Families have no part in it.
   *
   * @param to The actor whose inputs are linked.
   * @param options Whether a bridge may come between types that do not fit.
   * @returns `to`, so that calls can be chained.
   * @throws {StreamError} `link-ambiguous` if a type has several on either side, `link-none` if no type fits, or a
   * bridge that is asked for is not registered: nothing is linked then; what linking ports throws.
   */
  pipe<A extends Actor>(to: A, options: PipeOptions = {}): A {
    linkAll(cellOf(this as unknown as Actor), cellOf(to as unknown as Actor), options);
    return to;
  }

  /**
   * Calls a control by name; it runs on the body between two calls of `process`.
   *
   * @param message `action`: the control's name; the other fields are its argument.
   * @returns What the control returns. Rejects with what it throws, `control-unknown`, `actor-stopped`, or
   * `actor-failed` if the actor fails to start.
   */
  sendControlMessage(message: ControlMessage): Promise<unknown> {
    const { action, ...argument } = message;
    return this["~cell"].control(action, argument);
  }

  /**
   * Ends the actor in good order: its children first, then the call in progress, then `onStop`. These two have 5 s
   * each, and every child has as much of its own. Resolves when it has ended, also if it failed: `ended` tells that. A
   * body does not wait for its own end: the call in progress would be the one that waits.
   */
  stop(): Promise<void> {
    return this["~cell"].stop();
  }

  /** {@linkcode Actor.stop}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * For bodies: makes a child. It ends when this actor ends.
   *
   * @param Class A registered class, this actor's own included.
   * @param options As for `new`.
   * @returns The handle of the child.
   * @throws {StreamError} `actor-stopped` if this actor is ending: look at `isEnding` where a call of `process` may
   * take that long. What the constructor of `Class` throws.
   */
  protected spawn<A extends Actor, O>(Class: new (options: O) => A, options: O): A {
    if (this.isEnding) {
      throw new StreamError("actor-stopped", `Cannot spawn a child of ${this.label}: it is ending or has ended`);
    }
    const Registered = registeredClassOf(Class);
    return constructChild(this["~cell"], () => new Registered(options));
  }

  /**
   * For bodies: beats at this rate from now on. Nothing happens if the actor follows an input, or if the user gave a
   * clock with a rate of its own.
   *
   * @param rate Beats per second: a number, or a fraction.
   * @throws {RangeError} As `toRate`.
   */
  protected tickAt(rate: number | Rate): void {
    this["~cell"].tickAt(rate);
  }

  /**
   * For bodies: adds `by` (default 1) to the counter `name`, which `stats.counters` shows. Count every item that is
   * skipped or refused, and name such counters in `losses` of the declaration.
   */
  protected count(name: string, by = 1): void {
    const { counters } = this["~cell"];
    counters.set(name, (counters.get(name) ?? 0) + by);
  }

  /**
   * For bodies of finite sources: there is nothing more. The actor ends in good order; readers get what is left and
   * then see the end.
   */
  protected finish(): void {
    void this["~cell"].finish();
  }
}

/** Links actors in a chain; see {@linkcode Actor.pipe}, whose options may come last. @returns The last actor. */
export function pipe<A extends Actor>(first: Actor, ...rest: [...Actor[], A] | [...Actor[], A, PipeOptions]): A {
  const last = rest.at(-1)!;
  const [actors, options] = "~cell" in last ? [rest, {}] : [rest.slice(0, -1), last];
  let from = first;
  for (const to of actors) from = from.pipe(to as Actor, options);
  return from as A;
}

function makeCell(target: ActorClass, given: object, parent: Cell | undefined): Cell {
  const registration = registrationOf(target);
  if (!registration) throw notRegistered(target);
  const { id: givenId, clock, dispatcher = eventLoop, supervisor, ...own } = given as
    & CommonOptions
    & Record<string, unknown>;
  const { name, module } = registration;
  const id = claimId(name, givenId);
  supervisor?.["~check"](`${name} "${id}"`);
  const spec = target.spec;
  const options = parseOptions(spec.options ?? NO_OPTIONS, own, `${name} "${id}"`) as Record<string, unknown>;
  const init: CellInit = {
    copy: COPY,
    className: name,
    module,
    id,
    spec,
    options: Object.freeze(options),
    given: own,
    clock,
    dispatcher,
    supervisor,
    parent,
    snapshotMs: supervisor?.snapshotMs ?? 0,
    build: () => bodyOf(cell, target, given),
    onEnd: () => forgetActor(name, id),
  };
  const cell: Cell = dispatcher["~house"]?.(init) ?? new Cell(init);
  return cell;
}

/** @internal Builds a body of `cell` in this thread. */
export function bodyOf(cell: Cell, target: ActorClass, given: object): Body {
  return asBody(constructBody(cell, () => new target(given)));
}

function notRegistered(target: ActorClass): StreamError {
  const name = target.name || "nameless actor";
  const remedy = registeredClassOf(target) === target
    ? "put @registerActor({ name, module: import.meta.url }) on the class"
    : `within the class its name means the class without @registerActor; use this.spawn(${name}, options), ` +
      "or a function beside the class that makes one";
  return new StreamError("actor-not-registered", `Cannot make a ${name}: ${remedy}`);
}

function asBody(actor: Actor): Body {
  return profiledBody(actor.label, {
    onStart: () => actor.onStart?.(),
    process: (tick) => {
      if (tracedOneOf === 0) return actor.process(tick);
      return traceCall(actor.label, PROFILE_SPANS.process, tick.latenessNs, () => actor.process(tick));
    },
    onStop: () => actor.onStop?.(),
    ...(actor.snapshot ? { snapshot: () => actor.snapshot!() } : {}),
    restore: (state) => actor.restore?.(state),
    control: (action, argument) => runControl(actor, action, argument),
  });
}

/** @internal The handle's construction has completed: record it, and let it live. */
export function completeConstruction(actor: Actor): void {
  if (actor["~isBody"]) return;
  recordActor(actor);
  actor["~cell"].constructed();
}
