/**
 * One life of an actor: one body, from its construction to its end.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { PortHost, SourceClock, Stamp, WakingPort } from "../port/host.ts";
import type { PortSet } from "../port/port_set.ts";
import type { Clock, TimedTick } from "../time/clock.ts";
import { bounded } from "./bounded.ts";
import type { Body } from "./dispatcher.ts";
import { Runner } from "./runner.ts";
import type { RunnerStats } from "./runner_host.ts";

/** One life. An actor that is restarted has several, one after another. */
export interface Life {
  /** Whether `onStart`, `process`, `onStop` or a control of the body is running in this thread. */
  readonly isWorking: boolean;
  /** See `PortHost.joined`. */
  readonly joined: PortHost["joined"];
  /** Whether it begins by itself to call `process`, so that {@linkcode Life.run} has nothing to do. */
  readonly runsItself: boolean;
  /** The last tick, also of an earlier life; `undefined` if there was none, or if it is not known here. */
  readonly lastTick: TimedTick | undefined;
  /** Builds the body and opens it. Resolves when `process` may be called; rejects with what went wrong. */
  open(): Promise<void>;
  /** `process` is called from now on. */
  run(clock: Clock | undefined): void;
  /** Beats with another clock from now on. */
  follow(clock: Clock): void;
  /** See `PortHost.wake`; `undefined`: look at all inputs. */
  wake(port: WakingPort | undefined): void;
  /** What an item committed now is stamped with; `undefined` if nothing is known yet. */
  stamp(clock: SourceClock | undefined): Stamp | undefined;
  /** Runs a control of the body between two calls of `process`. */
  control(action: string, argument: unknown): Promise<unknown>;
  /** Ends it, in bounded time. Rejects with what went wrong then. */
  close(): Promise<void>;
}

/** The actor, as a life in this thread needs it. */
export interface LifeHost {
  readonly label: string;
  readonly ports: PortSet;
  readonly counts: RunnerStats;
  /** See `ActorSpec.ends`. */
  readonly ends: "driver" | "all" | "never";
  /** Least time between two snapshots, ms; 0: none. */
  readonly snapshotMs: number;
  /** The last tick of an earlier life; `undefined` if there is none. */
  readonly previousTick: TimedTick | undefined;
  /** The last snapshot of an earlier life; `undefined` if there is none. */
  readonly snapshot: unknown;
  sourceClock(): SourceClock | undefined;
  /** Where the body is built. */
  place(): Promise<Body>;
  finished(): void;
  failed(thrown: unknown): void;
  /** The body's state, already a copy. */
  keepSnapshot(state: unknown): void;
}

/** A life on the event loop of this thread. */
export class LocalLife implements Life {
  readonly runsItself = false;
  readonly #host: LifeHost;
  #body: Body | undefined;
  #runner: Runner | undefined;
  #isInHook = false;
  #hookRun: Promise<void> | undefined;
  #isClosed = false;
  #snapshotAtMs = 0;

  constructor(host: LifeHost) {
    this.#host = host;
  }

  get isWorking(): boolean {
    return this.#isInHook || (this.#runner?.isWorking ?? false);
  }

  get joined(): PortHost["joined"] {
    return this.#runner?.joined;
  }

  get lastTick(): TimedTick | undefined {
    return this.#runner ? this.#runner.lastTick : this.#host.previousTick;
  }

  async open(): Promise<void> {
    const host = this.#host;
    const body = await host.place();
    if (this.#isClosed) return;
    this.#body = body;
    if (host.snapshot !== undefined) await this.#hook(() => body.restore?.(host.snapshot));
    await this.#hook(() => body.onStart?.());
    if (this.#isClosed) return;
    this.#runner = new Runner({
      ports: host.ports,
      ends: host.ends,
      previousTick: host.previousTick,
      stats: host.counts,
      sourceClock: () => host.sourceClock(),
      process: (tick) => body.process(tick),
      processed: () => this.#takeSnapshot(body),
      finished: () => host.finished(),
      failed: (thrown) => host.failed(thrown),
    });
  }

  run(clock: Clock | undefined): void {
    this.#runner?.start(clock);
  }

  follow(clock: Clock): void {
    this.#runner?.follow(clock);
  }

  wake(port: WakingPort | undefined): void {
    this.#runner?.wake(port);
  }

  stamp(clock: SourceClock | undefined): Stamp | undefined {
    return this.#runner?.stamp(clock);
  }

  async control(action: string, argument: unknown): Promise<unknown> {
    const body = this.#body;
    if (!this.#runner || !body) {
      throw new StreamError("actor-stopped", `Cannot call ${action} of ${this.#host.label}: it does not run`);
    }
    return await this.#runner.control(() => body.control(action, argument));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const { label } = this.#host;
    if (this.#runner) await bounded(this.#runner.stop(), `Cannot stop ${label}: process() did not return`);
    if (this.#hookRun) await bounded(this.#hookRun, `Cannot stop ${label}: onStart() hangs`);
    const body = this.#body;
    if (body) await bounded(this.#hook(() => body.onStop?.()), `Cannot stop ${label}: onStop() hangs`);
  }

  /** Throws what `snapshot()` throws, and if the state cannot be copied. */
  #takeSnapshot(body: Body): void {
    const { snapshotMs } = this.#host;
    if (snapshotMs === 0 || !body.snapshot) return;
    const nowMs = performance.now();
    if (nowMs < this.#snapshotAtMs) return;
    this.#snapshotAtMs = nowMs + snapshotMs;
    this.#host.keepSnapshot(structuredClone(body.snapshot()));
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
      this.#host.ports.endProcess();
      done.resolve();
    }
  }
}
