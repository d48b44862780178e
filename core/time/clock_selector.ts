/**
 * The clock that chooses among clocks.
 *
 * @module
 */
import { Emitter } from "../emitter.ts";
import { StreamError } from "../errors.ts";
import type { Clock, ClockStats, TimedTick } from "./clock.ts";
import { frameAt, periodNs, type Rate, sameRate } from "./rate.ts";

/** How a {@linkcode ClockSelector} chooses. */
export interface ClockSelectorOptions {
  /** How long a clock must have been locked before one that was preferred less gives way to it, ns. Default 1 s. */
  readonly stableNs?: number;
}

/** A change of clock. */
export interface ClockSwitch {
  /** The clock in use before. */
  readonly from: Clock;
  /** The clock in use from now on. */
  readonly to: Clock;
  /** Why: `from` is not locked any more, or `to` is preferred and has been locked for long enough. */
  readonly reason: "lost" | "better";
  /** When, TAI ns. Beats of `to` are after this. */
  readonly atNs: bigint;
}

/** What is told to who listens to a {@linkcode ClockSelector}. */
export interface ClockSelectorEvents {
  /** Another clock is in use. */
  switch: ClockSwitch;
}

/** What a {@linkcode ClockSelector} knows of itself. */
export interface ClockSelectorStats extends ClockStats {
  /** Id of the clock in use. */
  readonly using: string;
  /** How often another clock was taken into use. */
  readonly switches: number;
  /** The clocks to choose from, in order of preference. */
  readonly clocks: readonly ClockStats[];
}

/**
 * Beats with the first of several clocks that is locked, for example
 * `new ClockSelector([genlock, new SoftwareClock(50)])`.
 *
 * The choice is looked at whenever somebody asks for a beat. A clock that has lost its reference is left at once, for the
 * first locked one; a preferred one is taken when it has been locked for long enough, so that a reference that comes and
 * goes does not take the beats along. If none is locked it stays with the one in use. The first beat after a switch is
 * flagged as a discontinuity and comes half to one and a half periods after a beat of the old clock; frame numbers go on
 * and count what was skipped, `taiFrame` is that of the clock in use.
 *
 * Its `clockId` names all its clocks and stays the same: items of two actors on one selector can be joined across a
 * switch. Which clock is in use is told by {@linkcode ClockSelector.stats} and the event `switch`. All clocks must share
 * this machine's TAI, as those of this package do, and go on beating when they lose their reference.
 */
export class ClockSelector implements Clock {
  /** Beats per second, of all its clocks. */
  readonly rate: Rate;
  /** `selector/` and the ids of its clocks, for example `selector/genlock/blackburst/50/1+software/50/1`. */
  readonly clockId: string;
  readonly #clocks: readonly Clock[];
  readonly #stableNs: number;
  /** Since when each is locked, as was seen; `undefined` if it is not. */
  readonly #lockedSinceNs: (bigint | undefined)[];
  readonly #events: Emitter<ClockSelectorEvents> = new Emitter<ClockSelectorEvents>();
  #index: number;
  #switches = 0;
  #switchedNs = 0n;
  #ticks = 0;
  #missed = 0;

  /**
   * Makes a clock that chooses among `clocks`. The first locked one is in use at first.
   *
   * @param clocks Clocks of one rate in order of preference.
   * @throws {StreamError} `clock-invalid` if there is none, if rates differ, if one is given twice or counts virtual
   * time, or if `stableNs` is not a number ≥ 0.
   */
  constructor(clocks: readonly Clock[], options: ClockSelectorOptions = {}) {
    const { stableNs = 1e9 } = options;
    checkClocks(clocks);
    if (!(stableNs >= 0)) throw invalid(`stableNs is ${stableNs}; it must be a number ≥ 0`);
    this.rate = clocks[0].rate;
    this.clockId = `selector/${clocks.map((clock) => clock.clockId).join("+")}`;
    this.#clocks = [...clocks];
    this.#stableNs = stableNs;
    this.#lockedSinceNs = clocks.map((clock) => clock.locked ? 0n : undefined);
    this.#index = Math.max(0, clocks.findIndex((clock) => clock.locked));
  }

  /** Whether the clock in use follows its reference. */
  get locked(): boolean {
    return this.using.locked;
  }

  /** The clock in use. */
  get using(): Clock {
    return this.#clocks[this.#index];
  }

  /** TAI nanoseconds, as the clock in use sees it. */
  now(): bigint {
    return this.using.now();
  }

  /**
   * Calls `listener` at every event of this name.
   *
   * @returns A function that takes the listener away.
   */
  on<K extends keyof ClockSelectorEvents>(name: K, listener: (event: ClockSelectorEvents[K]) => void): () => void {
    return this.#events.on(name, listener);
  }

  /** The next beat of the clock in use; see {@linkcode Clock.nextTick}. */
  async nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    let switches: number;
    let tick: TimedTick;
    do {
      this.#choose();
      switches = this.#switches;
      tick = await this.using.nextTick(this.#previousFor(previous), signal);
      // Somebody else's turn has changed the clock meanwhile: that beat is none any more.
    } while (switches !== this.#switches);
    return this.#deliver(tick, previous);
  }

  /** What it has done so far. */
  stats(): ClockSelectorStats {
    return {
      clockId: this.clockId,
      rate: this.rate,
      locked: this.locked,
      ticks: this.#ticks,
      missed: this.#missed,
      using: this.using.clockId,
      switches: this.#switches,
      clocks: this.#clocks.map((clock) => clock.stats()),
    };
  }

  #choose(): void {
    const nowNs = this.now();
    const since = this.#lockedSinceNs;
    // After a step back of TAI what has happened is to come again: it counts as happening now.
    const reached = (atNs: bigint): bigint => atNs < nowNs ? atNs : nowNs;
    this.#switchedNs = reached(this.#switchedNs);
    this.#clocks.forEach((clock, index) => since[index] = clock.locked ? reached(since[index] ?? nowNs) : undefined);
    const stable = since.findIndex((sinceNs) => sinceNs !== undefined && Number(nowNs - sinceNs) >= this.#stableNs);
    if (since[this.#index] !== undefined) {
      if (stable >= 0 && stable < this.#index) this.#use(stable, "better", nowNs);
      return;
    }
    const next = stable >= 0 ? stable : since.findIndex((sinceNs) => sinceNs !== undefined);
    if (next >= 0) this.#use(next, "lost", nowNs);
  }

  #use(index: number, reason: ClockSwitch["reason"], atNs: bigint): void {
    const from = this.using;
    this.#index = index;
    this.#switches++;
    this.#switchedNs = atNs;
    this.#events.emit("switch", { from, to: this.using, reason, atNs });
  }

  /** What the clock in use is to continue from: beats after a switch are after that and not too near the last one. */
  #previousFor(previous: TimedTick | undefined): TimedTick | undefined {
    if (!previous) return undefined;
    const { clockId } = this.using;
    if (!this.#isFirst(previous)) return { ...previous, clockId };
    const halfNs = BigInt(Math.ceil(periodNs(this.rate) / 2));
    const leastNs = this.#switchedNs - halfNs;
    const timestampNs = previous.timestampNs > leastNs ? previous.timestampNs : leastNs;
    return { ...previous, timestampNs, taiFrame: frameAt(timestampNs + halfNs, this.rate), clockId };
  }

  /** Whether the beat after `previous` is the first one since the switch. */
  #isFirst(previous: TimedTick): boolean {
    return this.#switches > 0 && previous.timestampNs <= this.#switchedNs;
  }

  #deliver(tick: TimedTick, previous: TimedTick | undefined): TimedTick {
    const isFirst = previous !== undefined && this.#isFirst(previous);
    let { missed } = tick;
    if (isFirst) {
      const periods = Number(tick.timestampNs - previous.timestampNs) / periodNs(this.rate);
      missed = Math.max(0, Math.round(periods) - 1);
    }
    this.#ticks++;
    this.#missed += missed;
    return {
      ...tick,
      frameNumber: previous ? previous.frameNumber + missed + 1 : 0,
      missed,
      clockId: this.clockId,
      discontinuity: tick.discontinuity || isFirst,
    };
  }
}

function checkClocks(clocks: readonly Clock[]): void {
  if (clocks.length === 0) throw invalid("there is no clock; give at least one");
  const [first] = clocks;
  clocks.forEach((clock, index) => {
    if (!sameRate(clock.rate, first.rate)) {
      throw invalid(`${named(first)} and ${named(clock)} have different rates; all must have the same`);
    }
    if (clock.domain) throw invalid(`${clock.clockId} counts virtual time; give clocks of real time`);
    if (clocks.indexOf(clock) !== index) throw invalid(`${clock.clockId} is given twice`);
  });
}

function named(clock: Clock): string {
  return `${clock.clockId} (${clock.rate.num}/${clock.rate.den})`;
}

function invalid(what: string): StreamError {
  return new StreamError("clock-invalid", `Cannot select a clock: ${what}`);
}
