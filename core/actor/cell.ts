/**
 * One actor, as what its handle and its body share: its ports, its state, and its lives one after another.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { loadNative } from "../native.ts";
import type { PortHost, SourceClock, Stamp, WakingPort } from "../port/host.ts";
import { graphChanged } from "../port/graph.ts";
import { PortSet } from "../port/port_set.ts";
import { ENDED } from "../ring/layout.ts";
import type { Clock, TimedTick } from "../time/clock.ts";
import type { Domain } from "../time/domain.ts";
import type { Rate } from "../time/rate.ts";
import { ActorClock } from "./actor_clock.ts";
import type { CellInit } from "./cell_init.ts";
import { Failures } from "./failures.ts";
import { keepAlive } from "./keep_alive.ts";
import { type Life, LocalLife } from "./life.ts";
import type { CellCounts } from "./runner_host.ts";
import { Emitter } from "../emitter.ts";
import type { ActorEvents, ActorState, ActorStats } from "./state.ts";
import type { Supervised } from "../supervision/supervised.ts";
import type { Supervisor } from "../supervision/supervisor.ts";

/** One actor. */
export class Cell implements PortHost, Supervised {
  readonly init: CellInit;
  readonly ports: PortSet;
  readonly #beat: ActorClock;
  readonly events: Emitter<ActorEvents> = new Emitter();
  /** What goes wrong, and who is told of it. */
  readonly failures: Failures;
  readonly children: Cell[] = [];
  /** What the body counts, by name. */
  readonly counters: Map<string, number> = new Map();
  /** What its lives have done together. */
  readonly counts: CellCounts = { ticks: 0, missedTicks: 0, freewheelTicks: 0, restarts: 0, processMs: 0 };
  /** Resolves when the actor ticks, rejects if it cannot. */
  readonly ready: Promise<void>;
  /** Resolves when the actor has stopped, rejects if it has failed. */
  readonly ended: Promise<void>;
  /** What the next life begins with. */
  protected snapshot: unknown;
  /** The last tick of the lives before this one. */
  protected previousTick: TimedTick | undefined;
  readonly #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  #state: ActorState = "starting";
  #error: Error | undefined;
  #life: Life | undefined;
  #ending: Promise<void> | undefined;
  #endReason: number = ENDED.open;
  /** The life that is being ended, to be followed by another one. */
  #closing: Promise<void> | undefined;
  #firstLink: (() => void) | undefined;
  #startDomain: Domain | undefined;

  constructor(init: CellInit) {
    this.init = init;
    this.failures = new Failures(this.label);
    this.ready = this.#ready.promise;
    this.ended = this.#ended.promise;
    this.ready.catch(() => {});
    this.ended.catch(() => {});
    this.ports = this.makePorts();
    this.#beat = new ActorClock(init, this.ports);
  }

  /** Makes its ports. */
  protected makePorts(): PortSet {
    const { inputs, outputs } = this.init.spec;
    return new PortSet({ inputs: inputs ?? {}, outputs: outputs ?? {} }, this);
  }

  /** Makes its next life. */
  protected makeLife(): Life {
    const { init } = this;
    const { label, module, className } = { ...init, label: this.label };
    return new LocalLife({
      label,
      ports: this.ports,
      counts: this.counts,
      ends: init.spec.ends ?? "driver",
      previousTick: this.previousTick,
      snapshotMs: init.snapshotMs,
      snapshot: this.snapshot,
      sourceClock: () => this.sourceClock(),
      place: () => init.dispatcher.place!({ label, module, className, options: init.options, build: init.build }),
      finished: () => void this.finish(),
      failed: (thrown) => void this.fail(thrown),
      keepSnapshot: (state) => this.keepSnapshot(state),
    });
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
    return this.#beat.own;
  }

  /** Why it ended, or is about to: one of `ENDED`. */
  get endReason(): number {
    return this.#endReason;
  }

  get alive(): boolean {
    return this.#ending === undefined;
  }

  get isWorking(): boolean {
    return this.#life?.isWorking ?? false;
  }

  get joined(): PortHost["joined"] {
    return this.#life?.joined;
  }

  get buffers(): boolean {
    return this.init.spec.buffers ?? false;
  }

  get freeInputs(): PortSet["freeInputs"] {
    return this.ports.freeInputs;
  }

  get allOutputs(): PortSet["allOutputs"] {
    return this.ports.allOutputs;
  }

  /** Construction of the handle has completed: the life begins a microtask later. */
  constructed(): void {
    keepAlive(1);
    this.#startDomain = this.init.clock?.domain;
    this.#startDomain?.enter();
    const { parent, supervisor } = this.init;
    parent?.children.push(this);
    supervisor?.["~adopt"](this);
    if (supervisor && parent) supervisor["~onEscalate"] ??= (error) => void parent.fail(error);
    queueMicrotask(() => void this.#live().catch((thrown) => this.fail(thrown)));
  }

  sourceClock(): SourceClock | undefined {
    return this.#beat.source();
  }

  stamp(): Stamp {
    const clock = this.sourceClock();
    const stamp = this.#life?.stamp(clock);
    if (stamp) return stamp;
    return { timestampNs: this.clock?.now() ?? 0n, frameNumber: 0, taiFrame: 0n, clockId: clock?.id ?? 0, flags: 0 };
  }

  wake(port: WakingPort): void {
    if (this.#state === "starting") this.#holdTime();
    this.#life?.wake(port);
  }

  relinked(): void {
    if (this.#firstLink && this.ports.isLinkedOut) this.#firstLink();
    this.#life?.wake(undefined);
    graphChanged();
  }

  *upstream(): Iterable<PortHost> {
    for (const port of this.ports.allInputs) if (port.source) yield port.source.host;
  }

  /** Beats at another rate from now on, unless the user has given a clock that has one. */
  tickAt(rate: number | Rate): void {
    if (!this.#beat.tickAt(rate)) return;
    graphChanged();
    if (this.clock && this.#state === "running") this.#life?.follow(this.clock);
  }

  /** Runs a control of the body between two calls of `process`. */
  async control(action: string, argument: unknown): Promise<unknown> {
    await this.ready;
    if (!this.#life || !this.alive || this.#closing) {
      const state = this.#state === "running" ? "ending" : this.#state;
      throw new StreamError("actor-stopped", `Cannot call ${action} of ${this.label}: it is ${state}`);
    }
    return await this.#life.control(action, argument);
  }

  /** Ends the actor in good order. */
  stop(): Promise<void> {
    return this.#end(ENDED.stopped);
  }

  /** The body has no more to give: readers get what is left and then see the end. */
  finish(): Promise<void> {
    return this.#end(ENDED.finished);
  }

  /** A supervised actor waits for its next life, another one ends; an end that has begun becomes that of a failed one. */
  fail(thrown: unknown): Promise<void> {
    const { supervisor } = this.init;
    this.failures.blame(thrown);
    if (!supervisor || this.#ending) return this.#end(ENDED.failed);
    return this.#closing ??= this.#fall(supervisor);
  }

  /** Ends this life in good order; the actor keeps its handle and its links. */
  async suspend(): Promise<void> {
    if (this.#ending) return this.#ending;
    this.#holdTime();
    await (this.#closing ??= this.#closeLife().finally(() => this.#closing = undefined));
    if (this.#ending) return;
    this.failures.printFirst("failed before its restart");
    this.failures.forget();
    this.#setState("starting");
  }

  /** Begins another life. Resolves when it runs; rejects if it cannot. */
  async resume(): Promise<void> {
    if (this.#ending) throw new StreamError("actor-stopped", `Cannot restart ${this.label}: it has ended`);
    this.failures.forget();
    this.counts.restarts++;
    this.#error = undefined;
    if (this.#state !== "starting") this.#setState("starting");
    try {
      await this.#live();
    } catch (thrown) {
      this.failures.blame(thrown);
      await (this.#closing ??= this.#closeLife().finally(() => this.#closing = undefined));
      const error = this.failures.asError();
      if (!this.#ending) {
        this.failures.forget();
        this.#setFailed(error);
      }
      throw error;
    }
  }

  /** There will be no other life. */
  abandon(error: Error): Promise<void> {
    // The supervisor tells it.
    this.failures.isEndObserved = true;
    this.failures.forget();
    this.failures.blame(error);
    return this.#end(ENDED.failed);
  }

  stats(): ActorStats {
    return { state: this.#state, ...this.counts, counters: Object.fromEntries(this.counters), ...this.ports.stats() };
  }

  /** The last tick of its body. */
  get lastTick(): TimedTick | undefined {
    return this.#life?.lastTick ?? this.previousTick;
  }

  /** Labels of the children that have not ended. */
  get childLabels(): readonly string[] {
    return this.children.map((child) => child.label);
  }

  /** Keeps what the next life begins with. */
  protected keepSnapshot(state: unknown): void {
    this.snapshot = state;
  }

  /** The life is ready, though it may still wait for something before it runs. */
  protected opened(): void {
    this.#ready.resolve();
    this.#leaveStart();
  }

  /** One life, until it runs. */
  async #live(): Promise<void> {
    await loadNative();
    if (this.#ending) return;
    const life = this.#life = this.makeLife();
    await life.open();
    if (this.#ending || this.#life !== life) return;
    const { spec, options } = this.init;
    if (spec.finite && options.freeRun !== true && !life.runsItself) await this.#waitForLink();
    if (this.#ending || this.#life !== life) return;
    this.#setState("running");
    this.#ready.resolve();
    life.run(this.clock);
    this.#leaveStart();
  }

  /** The body has failed, and the supervisor decides what is next. */
  async #fall(supervisor: Supervisor): Promise<void> {
    this.#holdTime();
    await this.#closeLife();
    this.#closing = undefined;
    if (this.#ending) return;
    const error = this.failures.asError();
    this.failures.forget();
    this.#setFailed(error);
    supervisor["~failed"](this, error);
  }

  /** Ends this life, its children first. What goes wrong is blamed. The ports keep their links. */
  async #closeLife(): Promise<void> {
    for (let child = this.children.at(-1); child; child = this.children.at(-1)) await child.stop();
    this.#firstLink?.();
    try {
      await this.#life?.close();
    } catch (thrown) {
      this.failures.blame(thrown);
    }
    this.previousTick = this.lastTick;
    this.#life = undefined;
    for (const port of [...this.ports.allInputs, ...this.ports.allOutputs]) port.revoke();
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
    if (this.ports.isLinkedOut) return;
    this.opened();
    await new Promise<void>((resolve) => this.#firstLink = resolve);
    this.#firstLink = undefined;
    this.#startDomain = this.init.clock?.domain;
    this.#startDomain?.enter();
  }

  #end(reason: number): Promise<void> {
    if (this.#ending) return this.#ending;
    const ending = Promise.withResolvers<void>();
    this.#ending = ending.promise;
    this.#endReason = reason;
    this.init.supervisor?.["~forget"](this);
    // Virtual time stands still until the actor has ended: what is behind it may still have to see the end.
    const domain = this.#beat.domain;
    domain?.enter();
    this.#firstLink?.();
    this.#finishLife(reason).finally(() => domain?.leave()).then(ending.resolve, ending.reject);
    return this.#ending;
  }

  async #finishLife(reason: number): Promise<void> {
    await this.#closing;
    await this.#closeLife();
    const isFailed = this.failures.first !== undefined;
    for (const port of this.ports.allOutputs) port.end(isFailed ? ENDED.failed : reason);
    for (const port of this.ports.allInputs) port.unlink();
    this.#leaveStart();
    keepAlive(-1);
    if (this.init.parent) {
      const siblings = this.init.parent.children;
      const at = siblings.indexOf(this);
      if (at >= 0) siblings.splice(at, 1);
    }
    this.failures.isOver = true;
    graphChanged();
    this.init.onEnd();
    if (!isFailed) {
      this.#setState("stopped");
      this.#ready.resolve();
      this.#ended.resolve();
      return;
    }
    const failure = this.failures.asError();
    const isObserved = this.failures.isObserved(this.#state);
    const listeners = this.#setFailed(failure);
    this.#ready.reject(failure);
    this.#ended.reject(failure);
    if (listeners === 0 && !isObserved) console.error(`streamlib: ${failure.message}`);
  }

  #setFailed(error: Error): number {
    this.#error = error;
    return this.#setState("failed");
  }

  #setState(to: ActorState): number {
    const from = this.#state;
    this.#state = to;
    return this.events.emit("state", { from, to, error: this.#error });
  }
}
