/**
 * Drives a body: one call at a time, from one wake-up source at a time.
 *
 * A body either follows a clock, or follows its driving input. In both cases beats that come while it works merge into
 * one. `docs/internals/actors.md` and `time.md` give the rules this file keeps.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import type { Message } from "../message/message.ts";
import type { Input } from "../port/input.ts";
import type { SourceClock, Stamp, WakingPort } from "../port/host.ts";
import { FLAG } from "../message/message.ts";
import type { Clock, TimedTick } from "../time/clock.ts";
import { atMonotonic } from "../time/deadlines.ts";
import type { Domain } from "../time/domain.ts";
import { monotonicNowNs, taiNowNs } from "../time/now.ts";
import { frameAt, periodNs } from "../time/rate.ts";
import { CallQueue } from "./call_queue.ts";
import type { RunnerHost } from "./runner_host.ts";
import { schedule } from "../scheduler.ts";

/** Drives one body. */
export class Runner {
  /** See `PortHost.joined`. */
  joined: { readonly clockId: number; readonly timestampNs: bigint } | undefined;
  readonly #host: RunnerHost;
  readonly #stop = new AbortController();
  readonly #calls: CallQueue;
  #isStarted = false;
  #beat: Promise<void> | undefined;
  #beatStop: AbortController | undefined;
  #tick: TimedTick | undefined;
  /** The driving input of the call in progress: when its source has finished, another one drives already. */
  #driving: Input<Message> | undefined;
  /** A call for the driving input is under way, from the wake-up to its end. */
  #isAwake = false;
  #wokenAgain = false;
  #workDomain: Domain | undefined;
  #leaveJoin: (() => void) | undefined;
  #joinTimer: (() => void) | undefined;
  #freewheelTimer: (() => void) | undefined;
  #lastBeatNs = 0n;

  /** Whether the next tick is the first one after a restart. */
  #isResuming: boolean;

  constructor(host: RunnerHost) {
    this.#host = host;
    this.#tick = host.previousTick;
    this.#isResuming = this.#tick !== undefined;
    this.#calls = new CallQueue(() => {
      host.ports.endProcess();
      this.joined = undefined;
      this.#driving = undefined;
    });
  }

  /** The last tick, also of an earlier life. */
  get lastTick(): TimedTick | undefined {
    return this.#tick;
  }

  /** Whether a call of the body is in progress. */
  get isWorking(): boolean {
    return this.#calls.isWorking;
  }

  /**
   * Begins to drive the body.
   *
   * @param clock The clock to follow, or `undefined` to follow the driving input.
   */
  start(clock: Clock | undefined): void {
    this.#isStarted = true;
    if (clock) this.follow(clock);
    else this.wake(undefined);
  }

  /** Follows another clock from now on. */
  follow(clock: Clock): void {
    this.#beatStop?.abort();
    this.#beatStop = new AbortController();
    this.#beat = this.#followClock(clock, AbortSignal.any([this.#stop.signal, this.#beatStop.signal]));
  }

  /** Takes a control to be run between two calls of `process`. */
  control(run: () => unknown): Promise<unknown> {
    return this.#calls.add(run, () => {
      throw new StreamError("actor-stopped", "Cannot run the call: the actor was stopped");
    });
  }

  /** No further call begins. Resolves when the one in progress, if any, has ended. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("stopped"));
    this.#cancelTimers();
    await this.#calls.close();
    this.#rest();
    await this.#beat;
  }

  /** An input has got an item or its source has ended; `undefined`: look at all of them. */
  wake(port: WakingPort | undefined): void {
    if (!this.#isStarted || this.#stop.signal.aborted) return;
    if (this.#leaveJoin) {
      this.#tryJoin();
      return;
    }
    if (this.#beat && !this.#isOver()) return;
    if (this.#isAwake) {
      this.#wokenAgain = true;
      return;
    }
    const driver = this.#driver();
    // The end of any source may change who drives.
    if (port && port !== driver && !port.source?.ended) return;
    this.#workDomain = this.#host.sourceClock()?.domain;
    this.#workDomain?.enter();
    this.#isAwake = true;
    schedule(() => this.#attempt());
  }

  /** What an item committed now is stamped with. */
  stamp(clock: SourceClock | undefined): Stamp {
    const flags = this.#tick?.freewheel ? FLAG.freewheel : 0;
    const item = this.#driving?.lastItem?.header;
    if (item) {
      const { timestampNs, frameNumber, taiFrame, clockId } = item;
      return { timestampNs, frameNumber, taiFrame, clockId, flags: 0 };
    }
    if (this.#tick && this.isWorking) {
      const { timestampNs, frameNumber, taiFrame } = this.#tick;
      return { timestampNs, frameNumber, taiFrame, clockId: clock?.id ?? 0, flags };
    }
    const nowNs = clock?.domain && this.#tick ? this.#tick.timestampNs : taiNowNs();
    const taiFrame = clock ? frameAt(nowNs, clock.rate) : 0n;
    return {
      timestampNs: nowNs,
      frameNumber: this.#tick?.frameNumber ?? 0,
      taiFrame,
      clockId: clock?.id ?? 0,
      flags: 0,
    };
  }

  async #followClock(clock: Clock, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let tick: TimedTick;
      try {
        tick = await this.#nextTick(clock, signal);
      } catch (thrown) {
        if (!signal.aborted) this.#host.failed(thrown);
        return;
      }
      if (signal.aborted || !await this.#process(tick)) return;
      if (this.#isOver()) return this.#host.finished();
    }
  }

  async #nextTick(clock: Clock, signal: AbortSignal): Promise<TimedTick> {
    const previous = this.#tick;
    if (!previous || previous.clockId === clock.clockId) return await clock.nextTick(previous, signal);
    // The numbers go on, counted from the same instant in the frames of this clock.
    const taiFrame = frameAt(previous.timestampNs, clock.rate);
    const tick = await clock.nextTick({ ...previous, taiFrame, clockId: clock.clockId }, signal);
    return { ...tick, discontinuity: true };
  }

  /** The driving input's turn: join, process, and once more while there is more. */
  #attempt(): void {
    this.#wokenAgain = false;
    const driver = this.#driver();
    if (this.#stop.signal.aborted || !driver) return this.#rest();
    if (driver.unread === 0 || this.#isOver()) {
      this.#rest();
      if (this.#isOver()) this.#host.finished();
      return;
    }
    if (this.#waitsFor(driver)) return this.#join(driver);
    this.#processInput(driver);
  }

  #processInput(driver: Input<Message>): void {
    if (this.#stop.signal.aborted) return this.#rest();
    const before = driver.unread;
    const run = (): void | Promise<void> => {
      const item = driver.spec.delivery === "latest" ? driver.hold() : undefined;
      this.#driving = driver;
      this.#lastBeatNs = monotonicNowNs();
      const tick = this.#upstreamTick(driver, item);
      const clock = this.#host.sourceClock();
      this.joined = item && clock ? { clockId: clock.id, timestampNs: item.timestampNs } : undefined;
      return this.#call(tick);
    };
    this.#work(run).then((isDone) => {
      if (!isDone || this.#stop.signal.aborted) return this.#rest();
      const progressed = driver.spec.delivery === "latest" || driver.unread < before || this.#wokenAgain;
      const more = driver.unread > 0 && progressed;
      if (more || (this.#wokenAgain && this.#driver() !== driver)) return schedule(() => this.#attempt());
      this.#rest();
      if (this.#isOver()) return this.#host.finished();
      if (this.#wokenAgain) this.wake(undefined);
      this.#armFreewheel();
    });
  }

  /**
   * Whether another input of the same clock has not yet reached the driving input's item: the held one, or the newest.
   */
  #waitsFor(driver: Input<Message>): boolean {
    if (driver.spec.delivery !== "latest") return false;
    const others = this.#host.ports.allInputs.filter((port) =>
      port !== driver && port.source && port.spec.delivery === "latest" && port.type.kind === "media"
    );
    const clock = others.length > 0 ? this.#host.sourceClock() : undefined;
    const wantedNs = clock && (driver.held?.timestampNs ?? driver.newestTimestampNs());
    if (!clock || wantedNs === undefined) return false;
    return others.some((port) => {
      if (port.source!.ended || port.source!.host.sourceClock()?.id !== clock.id) return false;
      const reachedNs = port.newestTimestampNs();
      return reachedNs === undefined || reachedNs < wantedNs;
    });
  }

  /** Holds the driving input's item, so that a newer one does not take its place, and waits for the other inputs. */
  #join(driver: Input<Message>): void {
    const clock = this.#host.sourceClock();
    const item = driver.hold();
    const release = (): void => this.#endJoin();
    if (this.#workDomain) {
      this.#leaveJoin = this.#workDomain.join(() => {
        this.#workDomain?.enter();
        release();
      });
      this.#workDomain.leave();
      return;
    }
    this.#leaveJoin = () => {};
    const waitNs = BigInt(clock ? periodNs(clock.rate) : 0);
    this.#joinTimer = atMonotonic((item?.header.monotonicNs ?? monotonicNowNs()) + waitNs, release);
  }

  /** Another input has caught up, perhaps the last one. */
  #tryJoin(): void {
    const driver = this.#driver();
    if (driver && this.#waitsFor(driver)) return;
    this.#leaveJoin?.();
    this.#workDomain?.enter();
    this.#endJoin();
  }

  #endJoin(): void {
    this.#leaveJoin = undefined;
    this.#joinTimer?.();
    this.#joinTimer = undefined;
    const driver = this.#driver();
    if (!driver || this.#stop.signal.aborted) return this.#rest();
    schedule(() => this.#processInput(driver));
  }

  /** Nothing to do until the next wake-up. */
  #rest(): void {
    if (!this.#isAwake) return;
    this.#isAwake = false;
    const isJoining = this.#leaveJoin !== undefined;
    this.#leaveJoin?.();
    this.#leaveJoin = undefined;
    if (!isJoining) this.#workDomain?.leave();
    this.#workDomain = undefined;
  }

  #upstreamTick(driver: Input<Message>, item: Message | undefined): TimedTick {
    const clock = this.#host.sourceClock();
    const previous = this.#tick;
    const timestampNs = item?.timestampNs ?? driver.newestTimestampNs() ?? taiNowNs();
    const missed = item?.missed ?? 0;
    const taiFrame = item?.header.taiFrame ?? (clock ? frameAt(timestampNs, clock.rate) : 0n);
    let step = missed + 1;
    if (this.#isResuming && previous?.clockId === clock?.name) {
      step = Math.max(step, Number(taiFrame - previous!.taiFrame));
    }
    return {
      timestampNs,
      frameNumber: previous ? previous.frameNumber + step : 0,
      taiFrame,
      clockId: clock?.name ?? "none",
      latenessNs: item ? Math.max(0, item.ageNs) : 0,
      missed,
      freewheel: false,
      discontinuity: previous?.freewheel ?? false,
    };
  }

  /** Arms the timer that replaces a silent driving input after one and a half periods. */
  #armFreewheel(): void {
    const clock = this.#host.sourceClock();
    if (this.#freewheelTimer || !clock || clock.domain || this.#stop.signal.aborted) return;
    const period = BigInt(periodNs(clock.rate));
    const isWheeling = this.#tick?.freewheel ?? false;
    const dueNs = this.#lastBeatNs + (isWheeling ? period : (period * 3n) / 2n);
    this.#freewheelTimer = atMonotonic(dueNs, () => {
      this.#freewheelTimer = undefined;
      const driver = this.#driver();
      // A call that is under way arms this again when it ends.
      if (!driver || driver.finished || this.#isAwake || this.#stop.signal.aborted || this.#beat) return;
      if (this.#lastBeatNs + period > dueNs) return this.#armFreewheel();
      this.#freewheel(clock, dueNs);
    });
  }

  #freewheel(clock: SourceClock, dueNs: bigint): void {
    const previous = this.#tick;
    const period = BigInt(periodNs(clock.rate));
    const lateNs = monotonicNowNs() - dueNs;
    const missed = lateNs > 0n ? Number(lateNs / period) : 0;
    const timestampNs = (previous?.timestampNs ?? taiNowNs()) + BigInt(missed + 1) * period;
    this.#lastBeatNs = dueNs + BigInt(missed) * period;
    this.#host.stats.freewheelTicks++;
    this.#process({
      timestampNs,
      frameNumber: previous ? previous.frameNumber + missed + 1 : 0,
      taiFrame: frameAt(timestampNs, clock.rate),
      clockId: clock.name,
      latenessNs: Number(monotonicNowNs() - this.#lastBeatNs),
      missed,
      freewheel: true,
      discontinuity: !(previous?.freewheel ?? false),
    }).then((isDone) => {
      if (!isDone) return;
      if (this.#isOver()) return this.#host.finished();
      this.#armFreewheel();
    });
  }

  #process(tick: TimedTick): Promise<boolean> {
    return this.#work(() => this.#call(tick));
  }

  /**
   * Takes a call of `process`. What it throws is told before anybody learns that the call has ended, so that it counts
   * also if the actor is being stopped.
   *
   * @returns Whether it was made and returned.
   */
  #work(call: () => void | Promise<void>): Promise<boolean> {
    const fail = (thrown: unknown): boolean => {
      this.#host.failed(thrown);
      return false;
    };
    const run = (): boolean | Promise<boolean> => {
      try {
        const result = call();
        return result instanceof Promise ? result.then(() => true, fail) : true;
      } catch (thrown) {
        return fail(thrown);
      }
    };
    return this.#calls.add(run, () => false);
  }

  #call(beat: TimedTick): void | Promise<void> {
    const tick = this.#isResuming ? { ...beat, discontinuity: true } : beat;
    this.#isResuming = false;
    this.#tick = tick;
    this.#host.stats.missedTicks += tick.missed;
    const startMs = performance.now();
    const done = (): void => {
      this.#host.stats.ticks++;
      this.#host.stats.processMs = performance.now() - startMs;
      this.#host.processed();
    };
    const result = this.#host.process(tick);
    return result instanceof Promise ? result.then(done) : done();
  }

  #driver(): Input<Message> | undefined {
    const drivers = this.#host.ports.drivers;
    return drivers.find((port) => !port.finished) ?? drivers[0];
  }

  /** Whether the actor has nothing more to come. */
  #isOver(): boolean {
    if (this.#host.ends === "never") return false;
    const drivers = this.#host.ports.drivers;
    if (drivers.length === 0) return false;
    return this.#host.ends === "all" ? drivers.every((port) => port.finished) : drivers[0].finished;
  }

  #cancelTimers(): void {
    this.#joinTimer?.();
    this.#freewheelTimer?.();
  }
}
