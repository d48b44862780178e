/**
 * The clock that follows PTP.
 *
 * @module
 */
import type { NativePtpStatistics, TaiState } from "@streamlib/ffi";
import { StreamError } from "../errors.ts";
import type { PtpEvents } from "../ptp/ptp_events.ts";
import { completePtpOptions, type PtpOptions } from "../ptp/ptp_options.ts";
import { PtpReference } from "../ptp/ptp_reference.ts";
import { PtpWatch } from "../ptp/ptp_watch.ts";
import type { Clock, ClockStats, TimedTick } from "./clock.ts";
import { type Rate, toRate } from "./rate.ts";
import { TaiBeats } from "./tai_beats.ts";
import { type TaiMachine, taiMachine } from "./tai_machine.ts";
import { type TaiReference, type TaiTrust, trustOf } from "./tai_trust.ts";

/** What a {@linkcode PTPClock} follows, and when it counts as locked. */
export interface PTPClockOptions extends Omit<PtpOptions, "disciplines"> {
  /** Largest error with which a holdover still counts as locked, ns ≥ 0. Default 100 µs. */
  readonly holdoverErrorNs?: number;
}

/** What a {@linkcode PTPClock} knows of itself. */
export interface PTPClockStats extends ClockStats {
  /** How far TAI of this machine can be trusted to be that of the PTP domain. */
  readonly state: TaiState;
  /** How far it may be off the master's, ns; of no use while `state` is `acquiring` or `free`. */
  readonly errorNs: number;
  /** The process that tells TAI, perhaps another one; 0 for none. */
  readonly publisherPid: number;
  /** Why this process does not listen to PTP itself, for people; `undefined` if it does. */
  readonly refusal: string | undefined;
  /** Offset, path delay, master, counters: of its client, or of the one in another process that tells TAI. */
  readonly ptp: NativePtpStatistics | undefined;
}

const HOLDOVER_ERROR_NS = 100_000;

/**
 * Beats at the starts of TAI frames (ST 2059-1 §5) on the time of a PTP grandmaster (IEEE 1588, ST 2059-2): on all
 * machines that follow it at the same instants.
 *
 * It is locked when the master's time is known to microseconds, and goes on being so without a master until the time may
 * be off by `holdoverErrorNs`. It beats whether it is locked or not; use a {@linkcode ClockSelector} for another clock in
 * the meantime. When TAI is stepped, which only a far-off time needs, the next tick is flagged as a discontinuity;
 * `frameNumber` goes on; `taiFrame` goes back only if time was stepped back by more than a second.
 *
 * Clocks of one domain in a thread share one client, from the first one's making until the last one's
 * {@linkcode PTPClock.close}; none keeps the process alive. Where the system lets only privileged programs use the ports
 * of PTP, the clock follows what another process, such as `streamlib ptp`, tells this machine.
 */
export class PTPClock implements Clock, Disposable {
  /** Beats per second, in lowest terms. */
  readonly rate: Rate;
  /** `ptp/`, the domain, and the rate, for example `ptp/127/60000/1001`. */
  readonly clockId: string;
  /** @internal Whose time it follows. */
  readonly reference: TaiReference;
  readonly #machine: TaiMachine = taiMachine();
  readonly #shared: PtpReference;
  readonly #beats: TaiBeats;
  readonly #watch: PtpWatch = new PtpWatch(() => this.#statistics());
  #isClosed = false;

  /**
   * Makes a clock.
   *
   * @param fps Beats per second: a number, or a fraction such as `{ num: 30000, den: 1001 }`.
   * @param options What to follow. None is needed on a machine with one network and ST 2059-2.
   * @throws {StreamError} `option-invalid` for an option that cannot be; `clock-invalid` if another clock of this domain
   * has other options.
   * @throws {RangeError} As {@linkcode toRate}.
   */
  constructor(fps: number | Rate, options: PTPClockOptions = {}) {
    const { holdoverErrorNs = HOLDOVER_ERROR_NS, ...client } = options;
    if (typeof holdoverErrorNs !== "number" || !(holdoverErrorNs >= 0)) {
      throw invalid(`option holdoverErrorNs is ${String(holdoverErrorNs)}, it must be a number ≥ 0`);
    }
    if ("disciplines" in client) throw invalid("a clock always disciplines TAI; leave the option disciplines out");
    this.rate = toRate(fps);
    const complete = completePtpOptions(client);
    const { domain } = complete;
    this.clockId = `ptp/${domain}/${this.rate.num}/${this.rate.den}`;
    this.reference = { source: "ptp", domain, holdoverErrorNs };
    this.#beats = new TaiBeats(this.clockId, this.rate, this.#machine.time, this.#machine.steps);
    this.#shared = PtpReference.join(complete);
  }

  /** How far TAI of this machine can be trusted to be that of the PTP domain. */
  get state(): TaiState {
    return this.#trust().state;
  }

  /** Whether it is locked, or in a holdover that is good enough. */
  get locked(): boolean {
    return this.#trust().locked;
  }

  /** TAI nanoseconds. */
  now(): bigint {
    return this.#machine.time.nowNs();
  }

  /**
   * The next beat; see {@linkcode Clock.nextTick}.
   *
   * @throws {StreamError} Rejects with `clock-refused` or `native-missing` if PTP cannot be listened to here, unless
   * another process tells TAI by it.
   */
  async nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    await this.#shared.settled;
    const { error } = this.#shared;
    if (error && !this.#trust().isFollowed) throw error;
    return await this.#beats.next(previous, signal);
  }

  /**
   * Calls `listener` at every event of this name; see {@linkcode PtpClient.on}.
   *
   * @returns A function that takes the listener away.
   */
  on<K extends keyof PtpEvents>(name: K, listener: (event: PtpEvents[K]) => void): () => void {
    return this.#watch.on(name, listener);
  }

  /** What it has done so far, and what is known of PTP. */
  stats(): PTPClockStats {
    const { state, locked, errorNs, isFollowed } = this.#trust();
    return {
      ...this.#beats.stats(locked),
      state,
      errorNs,
      publisherPid: isFollowed ? this.#machine.told().publisherPid : 0,
      refusal: this.#shared.error?.message,
      ptp: this.#statistics(),
    };
  }

  /** Follows no more: it is not locked, and beats go on. The last clock of a domain closes the client. */
  close(): void {
    this.#watch.stop();
    if (!this.#isClosed) this.#shared.leave();
    this.#isClosed = true;
  }

  /** As {@linkcode PTPClock.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #statistics(): NativePtpStatistics | undefined {
    const published = this.#machine.publishedPtp();
    return this.#shared.client?.stats() ?? (published?.domain === this.reference.domain ? published : undefined);
  }

  #trust(): TaiTrust {
    const isHeard = (): boolean => (this.#shared.client?.state ?? "free") !== "free";
    const trust = trustOf(this.reference, this.#machine.told(), isHeard);
    return this.#isClosed ? { ...trust, state: "free", locked: false } : trust;
  }
}

function invalid(what: string): StreamError {
  return new StreamError("option-invalid", `Cannot make a PTPClock: ${what}`);
}
