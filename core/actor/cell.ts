/**
 * The life of one actor: what its handle and its body share.
 *
 * @module
 */
import { messageOf, StreamError } from "../errors.ts";
import { loadNative } from "../native.ts";
import type { Message } from "../message/message.ts";
import type { Input } from "../port/input.ts";
import type { PortHost, SourceClock, Stamp, WakingPort } from "../port/host.ts";
import { PortSet } from "../port/port_set.ts";
import { ENDED } from "../ring/layout.ts";
import type { Clock } from "../time/clock.ts";
import type { Domain } from "../time/domain.ts";
import { type Rate, toRate } from "../time/rate.ts";
import { SoftwareClock } from "../time/software_clock.ts";
import { bounded } from "./bounded.ts";
import { hashOf } from "./hash.ts";
import type { Body, Dispatcher } from "./dispatcher.ts";
import { Runner } from "./runner.ts";
import type { AnyActorSpec } from "./spec.ts";
import { type ActorEvents, type ActorState, type ActorStats, Emitter } from "./state.ts";

const DEFAULT_RATE = 60;

/** What a cell is made with. */
export interface CellInit {
  readonly className: string;
  readonly module: string;
  readonly id: string;
  readonly spec: AnyActorSpec;
  readonly options: Readonly<Record<string, unknown>>;
  readonly clock: Clock | undefined;
  readonly dispatcher: Dispatcher;
  readonly parent: Cell | undefined;
  /** Builds a body of this cell in this thread. */
  readonly build: () => Body;
  /** The cell has ended. */
  readonly onEnd: () => void;
}

let running = 0;
let keepAlive: ReturnType<typeof setInterval> | undefined;

/** Keeps the process alive while actors run. */
function count(change: 1 | -1): void {
  running += change;
  if (running > 0) keepAlive ??= setInterval(() => {}, 0x7fff_ffff);
  else if (keepAlive !== undefined) {
    clearInterval(keepAlive);
    keepAlive = undefined;
  }
}

/** One actor. */
export class Cell implements PortHost {
  readonly init: CellInit;
  readonly ports: PortSet;
  readonly events: Emitter<ActorEvents> = new Emitter();
  readonly children: Cell[] = [];
  /** What the body counts, by name. */
  readonly counters: Map<string, number> = new Map();
  /** Resolves when the actor ticks, rejects if it cannot. */
  readonly ready: Promise<void>;
  /** Resolves when the actor has stopped, rejects if it has failed. */
  readonly ended: Promise<void>;
  readonly #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  #state: ActorState = "starting";
  #error: Error | undefined;
  /** What went wrong first; the actor fails by it, also if it was ending in good order. */
  #cause: Error | undefined;
  #body: Body | undefined;
  #runner: Runner | undefined;
  #clock: Clock | undefined;
  #isInHook = false;
  #hookRun: Promise<void> | undefined;
  #isStartObserved = false;
  #isEndObserved = false;
  #isAskedForClock = false;
  /** The domain of the source that it followed last; what is before it may have ended. */
  #lastDomain: Domain | undefined;
  #ending: Promise<void> | undefined;
  #firstLink: (() => void) | undefined;
  #startDomain: Domain | undefined;

  constructor(init: CellInit) {
    this.init = init;
    this.ready = this.#ready.promise;
    this.ended = this.#ended.promise;
    this.ready.catch(() => {});
    this.ended.catch(() => {});
    this.ports = new PortSet({ inputs: init.spec.inputs ?? {}, outputs: init.spec.outputs ?? {} }, this);
    this.#clock = this.#ownClock(init.spec.rate);
  }

  get label(): string {
    return `${this.init.className} "${this.init.id}"`;
  }

  get state(): ActorState {
    return this.#state;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  get clock(): Clock | undefined {
    return this.#clock;
  }

  get alive(): boolean {
    return (this.#state === "starting" || this.#state === "running") && !this.#ending;
  }

  get isWorking(): boolean {
    return this.#isInHook || (this.#runner?.isWorking ?? false);
  }

  get joined(): PortHost["joined"] {
    return this.#runner?.joined;
  }

  get buffers(): boolean {
    return this.init.spec.buffers ?? false;
  }

  get freeInputs(): readonly Input<Message>[] {
    const named = new Set<object>(Object.values(this.ports.inputs));
    return this.ports.allInputs.filter((port) => named.has(port) && !port.source);
  }

  get allOutputs(): PortSet["allOutputs"] {
    return this.ports.allOutputs;
  }

  /** Construction of the handle has completed: the life begins a microtask later. */
  constructed(): void {
    count(1);
    this.#startDomain = this.init.clock?.domain;
    this.#startDomain?.enter();
    this.init.parent?.children.push(this);
    queueMicrotask(() => void this.#start());
  }

  sourceClock(): SourceClock | undefined {
    if (this.#clock) {
      const { clockId, rate, domain } = this.#clock;
      return { name: clockId, id: hashOf(clockId), rate, domain };
    }
    // In a circle of actors that follow each other nobody beats.
    if (this.#isAskedForClock) return undefined;
    this.#isAskedForClock = true;
    try {
      const found = this.ports.drivers[0]?.source?.host.sourceClock();
      if (found) this.#lastDomain = found.domain;
      return found;
    } finally {
      this.#isAskedForClock = false;
    }
  }

  stamp(): Stamp {
    const clock = this.sourceClock();
    if (this.#runner) return this.#runner.stamp(clock);
    return { timestampNs: this.#clock?.now() ?? 0n, frameNumber: 0, taiFrame: 0n, clockId: clock?.id ?? 0, flags: 0 };
  }

  wake(port: WakingPort): void {
    if (this.#state === "starting") this.#holdTime();
    this.#runner?.wake(port);
  }

  relinked(): void {
    if (this.#firstLink && this.#hasTargets()) this.#firstLink();
    this.#runner?.wake(undefined);
  }

  *upstream(): Iterable<PortHost> {
    for (const port of this.ports.allInputs) if (port.source) yield port.source.host;
  }

  /** Beats at another rate from now on, unless the user has given a clock that has one. */
  tickAt(rate: number | Rate): void {
    if (!this.#clock) return;
    this.#clock = this.#ownClock(rate);
    if (this.#clock && this.#state === "running") this.#runner?.follow(this.#clock);
  }

  /** Runs a control of the body between two calls of `process`. */
  async control(action: string, argument: unknown): Promise<unknown> {
    await this.ready;
    if (!this.#runner || !this.#body || !this.alive) {
      throw new StreamError("actor-stopped", `Cannot call ${action} of ${this.label}: it is ${this.#state}`);
    }
    const body = this.#body;
    return await this.#runner.control(() => body.control(action, argument));
  }

  /** Ends the life in good order. */
  stop(): Promise<void> {
    return this.#end(ENDED.stopped);
  }

  /** The body has no more to give: readers get what is left and then see the end. */
  finish(): Promise<void> {
    return this.#end(ENDED.finished);
  }

  /** Ends the life because something went wrong. If the end has begun already, it becomes that of a failed actor. */
  fail(thrown: unknown): Promise<void> {
    this.#blame(thrown);
    return this.#end(ENDED.failed);
  }

  stats(): ActorStats {
    const counts = this.#runner?.stats ?? { ticks: 0, missedTicks: 0, freewheelTicks: 0, processMs: 0 };
    return {
      state: this.#state,
      ...counts,
      counters: Object.fromEntries(this.counters),
      inputs: Object.fromEntries(this.ports.allInputs.map((port) => [port.name, port.stats()])),
      outputs: Object.fromEntries(this.ports.allOutputs.map((port) => [port.name, port.stats()])),
    };
  }

  async #start(): Promise<void> {
    try {
      await loadNative();
      if (this.#ending) return;
      const { init } = this;
      const body = await init.dispatcher.place({
        label: this.label,
        module: init.module,
        className: init.className,
        options: init.options,
        build: init.build,
      });
      if (this.#ending) return;
      this.#body = body;
      await this.#hook(() => body.onStart?.());
      if (this.#ending) return;
      const runner = new Runner({
        ports: this.ports,
        ends: init.spec.ends ?? "driver",
        sourceClock: () => this.sourceClock(),
        process: (tick) => body.process(tick),
        finished: () => void this.finish(),
        failed: (thrown) => void this.fail(thrown),
      });
      this.#runner = runner;
      if (init.spec.finite && init.options.freeRun !== true) await this.#waitForLink();
      if (this.#ending) return;
      this.#setState("running");
      this.#ready.resolve();
      runner.start(this.#clock);
      this.#leaveStart();
    } catch (thrown) {
      await this.fail(thrown);
    }
  }

  /** An item has come before this actor can read it: virtual time stands still until it can. */
  #holdTime(): void {
    if (this.#startDomain || this.#firstLink || !this.alive) return;
    this.#startDomain = this.sourceClock()?.domain;
    this.#startDomain?.enter();
  }

  #leaveStart(): void {
    this.#startDomain?.leave();
    this.#startDomain = undefined;
  }

  /** A finite source holds its first item until somebody wants it. */
  async #waitForLink(): Promise<void> {
    if (this.#hasTargets()) return;
    this.#ready.resolve();
    this.#leaveStart();
    await new Promise<void>((resolve) => this.#firstLink = resolve);
    this.#firstLink = undefined;
    this.#startDomain = this.init.clock?.domain;
    this.#startDomain?.enter();
  }

  #hasTargets(): boolean {
    return this.ports.allOutputs.some((port) => port.targets.length > 0);
  }

  /** The clock that beats for it: the given one, at `rate` if that is said and the clock sets only the time. */
  #ownClock(rate: number | Rate | undefined): Clock | undefined {
    const given = this.init.clock;
    const follows = Object.values(this.init.spec.inputs ?? {}).some((spec) =>
      ("each" in spec ? spec.each : spec).type.kind !== "event"
    );
    if (follows && (!given || given.domain?.lossless)) return undefined;
    if (!given) return new SoftwareClock(rate ?? DEFAULT_RATE);
    return rate === undefined ? given : given.forRate?.(toRate(rate)) ?? given;
  }

  /** The first failure is what the actor fails by. Another one, or one after the end, is printed in one line. */
  #blame(thrown: unknown): void {
    const isOver = this.#state === "stopped" || this.#state === "failed";
    if (!this.#cause && !isOver) {
      this.#cause = thrown instanceof Error ? thrown : new Error(String(thrown));
    } else if (messageOf(thrown) !== this.#cause?.message) {
      console.error(
        `streamlib: ${this.label} failed ${isOver ? "after its end" : "again while ending"}: ${messageOf(thrown)}`,
      );
    }
  }

  #end(reason: number): Promise<void> {
    if (this.#ending) return this.#ending;
    const ending = Promise.withResolvers<void>();
    this.#ending = ending.promise;
    // Virtual time stands still until the actor has ended: what is behind it may still have to see the end.
    const domain = this.#clock ? this.#clock.domain : this.sourceClock()?.domain ?? this.#lastDomain;
    domain?.enter();
    this.#firstLink?.();
    this.#finishLife(reason).finally(() => domain?.leave()).then(ending.resolve, ending.reject);
    return this.#ending;
  }

  async #finishLife(reason: number): Promise<void> {
    const runner = this.#runner;
    for (let child = this.children.at(-1); child; child = this.children.at(-1)) await child.stop();
    try {
      if (runner) await bounded(runner.stop(), `Cannot stop ${this.label}: process() did not return`);
      const body = this.#body;
      if (this.#hookRun) await bounded(this.#hookRun, `Cannot stop ${this.label}: onStart() hangs`);
      if (body) await bounded(this.#hook(() => body.onStop?.()), `Cannot stop ${this.label}: onStop() hangs`);
    } catch (thrown) {
      this.#blame(thrown);
    }
    const error = this.#cause;
    for (const port of this.ports.allOutputs) port.end(error ? ENDED.failed : reason);
    for (const port of this.ports.allInputs) port.unlink();
    this.#leaveStart();
    count(-1);
    if (this.init.parent) {
      const siblings = this.init.parent.children;
      const at = siblings.indexOf(this);
      if (at >= 0) siblings.splice(at, 1);
    }
    this.init.onEnd();
    if (!error) {
      this.#setState("stopped");
      this.#ready.resolve();
      this.#ended.resolve();
      return;
    }
    const failure = new StreamError("actor-failed", `${this.label} failed: ${messageOf(error)}`, { cause: error });
    this.#error = failure;
    const isObserved = this.#isEndObserved || (this.#isStartObserved && this.#state === "starting");
    const listeners = this.#setState("failed");
    this.#ready.reject(failure);
    this.#ended.reject(failure);
    if (listeners === 0 && !isObserved) console.error(`streamlib: ${failure.message}`);
  }

  /** Somebody waits for the start: a failure until then need not be printed. */
  observeStart(): void {
    this.#isStartObserved = true;
  }

  /** Somebody waits for the end: a failure need not be printed. */
  observeEnd(): void {
    this.#isEndObserved = true;
  }

  async #hook(run: () => void | Promise<void>): Promise<void> {
    this.#isInHook = true;
    const done = Promise.withResolvers<void>();
    this.#hookRun = done.promise;
    try {
      await run();
    } finally {
      this.#isInHook = false;
      this.#hookRun = undefined;
      this.ports.endProcess();
      done.resolve();
    }
  }

  #setState(to: ActorState): number {
    const from = this.#state;
    this.#state = to;
    return this.events.emit("state", { from, to, error: this.#error });
  }
}
