/**
 * Clocks of virtual time: the manual clock of tests and the lockstep clock of renderings.
 *
 * @module
 */
import type { Clock, ClockStats, TimedTick } from "./clock.ts";
import { Domain } from "./domain.ts";
import { frameAt, instantOf, type Rate, toRate } from "./rate.ts";

/** Who waits for beats: an actor by its signal, or a caller without one by the tick it got last. */
type Worker = AbortSignal | TimedTick;

interface Waiter {
  readonly atNs: bigint;
  readonly deliver: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Virtual time shared by clocks of several rates. */
class Timeline {
  readonly domain: Domain;
  nowNs: bigint;
  readonly #waiters = new Map<Worker, Waiter>();
  /** Who works on a beat that was delivered. */
  readonly #working = new Set<Worker>();
  readonly #known = new WeakSet<AbortSignal>();

  constructor(lossless: boolean, startNs: bigint) {
    this.domain = new Domain(lossless);
    this.nowNs = startNs;
  }

  /** `worker` waits for a beat; what it did for `previous` is done. */
  wait(worker: Worker, previous: Worker | undefined, waiter: Waiter): void {
    this.#waiters.set(worker, waiter);
    if (worker instanceof AbortSignal && !this.#known.has(worker)) {
      this.#known.add(worker);
      worker.addEventListener("abort", () => this.#leave(worker), { once: true });
    }
    if (previous) this.#end(previous);
  }

  /** Delivers every beat that is due at the earliest instant waited for, if that is before `limitNs`. */
  step(limitNs: bigint): boolean {
    let earliest = limitNs;
    for (const waiter of this.#waiters.values()) if (waiter.atNs < earliest) earliest = waiter.atNs;
    if (earliest >= limitNs) return false;
    this.nowNs = earliest;
    for (const [worker, waiter] of [...this.#waiters]) {
      if (waiter.atNs !== earliest) continue;
      this.#waiters.delete(worker);
      this.#working.add(worker);
      this.domain.enter();
      waiter.deliver();
    }
    return true;
  }

  #leave(worker: AbortSignal): void {
    const waiter = this.#waiters.get(worker);
    this.#waiters.delete(worker);
    this.#end(worker);
    waiter?.reject(worker.reason);
  }

  #end(worker: Worker): void {
    if (this.#working.delete(worker)) this.domain.leave();
  }
}

/**
 * What {@linkcode ManualClock} and {@linkcode LockstepClock} have in common: beats of virtual time, none ever missed.
 */
export class VirtualClock implements Clock {
  /** Beats per second, in lowest terms. */
  readonly rate: Rate;
  /** `manual/` or `lockstep/` and the rate, for example `manual/60/1`. */
  readonly clockId: string;
  /** Always true: it has no reference. */
  readonly locked = true;
  /** @internal The time that it shares with clocks of other rates. */
  protected readonly timeline: Timeline;
  readonly #kind: string;
  #ticks = 0;

  /** @internal Made by the two clocks. */
  constructor(kind: string, rate: Rate, timeline: Timeline) {
    this.#kind = kind;
    this.rate = rate;
    this.clockId = `${kind}/${rate.num}/${rate.den}`;
    this.timeline = timeline;
  }

  /** Counts the work that its beats set off. */
  get domain(): Domain {
    return this.timeline.domain;
  }

  /** The virtual TAI instant, ns. */
  now(): bigint {
    return this.timeline.nowNs;
  }

  /** A clock of the same time and kind at another rate. */
  forRate(rate: Rate): Clock {
    return new VirtualClock(this.#kind, rate, this.timeline);
  }

  /**
   * The next beat. It comes when time is moved on and everything that the beats before it set off is done; to ask with
   * the `previous` tick, or with the same `signal`, says that the work on that one is done.
   */
  nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const reached = frameAt(this.timeline.nowNs, this.rate);
      const starts = instantOf(reached, this.rate) === this.timeline.nowNs;
      const earliest = starts ? reached : reached + 1n;
      // An actor that was restarted may be behind: time does not go back for it.
      const frame = previous && previous.taiFrame >= earliest ? previous.taiFrame + 1n : earliest;
      const tick: TimedTick = {
        timestampNs: instantOf(frame, this.rate),
        frameNumber: previous ? previous.frameNumber + Number(frame - previous.taiFrame) : 0,
        taiFrame: frame,
        clockId: this.clockId,
        latenessNs: 0,
        missed: 0,
        freewheel: false,
        discontinuity: false,
      };
      const deliver = (): void => {
        this.#ticks++;
        resolve(tick);
      };
      this.timeline.wait(signal ?? tick, signal ?? previous, { atNs: tick.timestampNs, deliver, reject });
    });
  }

  /** What it has done so far; `missed` is 0. */
  stats(): ClockStats {
    return { clockId: this.clockId, rate: this.rate, locked: true, ticks: this.#ticks, missed: 0 };
  }
}

/** A clock for tests: time stands still until {@linkcode ManualClock.advance} moves it. */
export class ManualClock extends VirtualClock {
  /**
   * Makes a clock whose time stands still.
   *
   * @param fps Beats per second: a number or a fraction.
   * @param startNs TAI instant at which time stands at first, ns. Default 0.
   * @throws {RangeError} As {@linkcode toRate}.
   */
  constructor(fps: number | Rate, startNs: bigint = 0n) {
    super("manual", toRate(fps), new Timeline(false, startNs));
  }

  /**
   * Moves time on by `frames` beats, one after another; before each it waits until everything that the one before set
   * off is done. Resolves when the last is done.
   */
  async advance(frames = 1): Promise<void> {
    await this.domain.settled();
    for (let i = 0; i < frames; i++) {
      const endNs = instantOf(frameAt(this.timeline.nowNs, this.rate) + 1n, this.rate);
      while (this.timeline.step(endNs)) await this.domain.settled();
      this.timeline.nowNs = endNs;
    }
  }
}

/**
 * Virtual time for a whole graph, for rendering files and for tests.
 *
 * Give it as `clock` to the sources; what is linked behind them follows. Each source beats at its own rate on the
 * domain's time. The next instant begins when no `process` runs and nothing is unread, so that every input is read in
 * order, nothing is dropped, and the same graph gives the same output every time, as fast as the machine allows.
 */
export class LockstepClock extends VirtualClock {
  #running = false;

  /**
   * Makes a clock whose time begins at 0 and stands still.
   *
   * @param fps Rate of sources that have none of their own: a number or a fraction. Default 60.
   * @throws {RangeError} As {@linkcode toRate}.
   */
  constructor(fps: number | Rate = 60) {
    super("lockstep", toRate(fps), new Timeline(true, 0n));
  }

  /**
   * Runs the graph until every source has ended, or until virtual time has advanced by `seconds`. Without `seconds` it
   * never resolves while a source goes on for ever.
   *
   * @returns The seconds of virtual time that passed.
   * @throws {Error} If it is running already.
   */
  async run(options: { seconds?: number } = {}): Promise<number> {
    if (this.#running) throw new Error("Cannot run the lockstep clock: it is running already");
    this.#running = true;
    try {
      const startNs = this.timeline.nowNs;
      const limitNs = options.seconds === undefined ? (1n << 62n) : startNs + BigInt(Math.round(options.seconds * 1e9));
      do {
        await this.domain.settled();
      } while (this.timeline.step(limitNs));
      await this.domain.settled();
      if (options.seconds !== undefined) this.timeline.nowNs = limitNs;
      return Number(this.timeline.nowNs - startNs) / 1e9;
    } finally {
      this.#running = false;
    }
  }
}
