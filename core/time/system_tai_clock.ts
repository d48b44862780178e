/**
 * The clock that follows the machine's own disciplined clock.
 *
 * @module
 */
import type { TaiState } from "@streamlib/ffi";
import type { Clock, ClockStats, TimedTick } from "./clock.ts";
import { KernelReference } from "./kernel_reference.ts";
import { type Rate, toRate } from "./rate.ts";
import { TaiBeats } from "./tai_beats.ts";
import type { TaiDaemon } from "./tai_daemon.ts";
import { type TaiMachine, taiMachine } from "./tai_machine.ts";
import { type TaiReference, type TaiTrust, trustOf } from "./tai_trust.ts";

/** What a {@linkcode SystemTaiClock} knows of itself. */
export interface SystemTaiClockStats extends ClockStats {
  /** How far TAI of this machine can be trusted to be that of the kernel's disciplined clock. */
  readonly state: TaiState;
  /** How far the kernel's clock may be off, as the kernel has been told, ns. */
  readonly errorNs: number;
  /**
   * Who disciplines the kernel's clock, by the programs that run: `phc2sys` follows a network card, which ptp4l
   * synchronises; `kernel` is somebody who cannot be seen from here; `undefined` while nobody does.
   */
  readonly source: TaiDaemon | "kernel" | undefined;
  /** The process that tells TAI, perhaps another one; 0 for none. */
  readonly publisherPid: number;
}

const REFERENCE: TaiReference = { source: "kernel-followed", domain: 0, holdoverErrorNs: 100_000 };

/**
 * Beats at the starts of TAI frames (ST 2059-1 §5) on the kernel's clock, where another program disciplines that: chrony,
 * ntpd, systemd-timesyncd, or ptp4l and phc2sys. {@linkcode SystemTaiClock.stats} says which.
 *
 * It is locked while the kernel says that its clock is synchronised and no PTP client of streamlib tells this machine its
 * TAI instead. It beats whether it is locked or not. A step of the kernel's clock is flagged as a discontinuity in the
 * next tick.
 *
 * Clocks of a thread share one follower, a native thread that looks ten times a second, from the first one's making until
 * the last one's {@linkcode SystemTaiClock.close}; none keeps the process alive.
 */
export class SystemTaiClock implements Clock, Disposable {
  /** Beats per second, in lowest terms. */
  readonly rate: Rate;
  /** `system-tai/` and the rate, for example `system-tai/60000/1001`. */
  readonly clockId: string;
  /** @internal Whose time it follows. */
  readonly reference: TaiReference = REFERENCE;
  readonly #machine: TaiMachine = taiMachine();
  readonly #shared: KernelReference;
  readonly #beats: TaiBeats;
  #isClosed = false;

  /**
   * Makes a clock.
   *
   * @param fps Beats per second: a number, or a fraction such as `{ num: 30000, den: 1001 }`.
   * @throws {RangeError} As {@linkcode toRate}.
   */
  constructor(fps: number | Rate) {
    this.rate = toRate(fps);
    this.clockId = `system-tai/${this.rate.num}/${this.rate.den}`;
    this.#beats = new TaiBeats(this.clockId, this.rate, this.#machine.time, this.#machine.steps);
    this.#shared = KernelReference.join();
  }

  /** How far TAI of this machine can be trusted to be that of the kernel's disciplined clock. */
  get state(): TaiState {
    return this.#trust().state;
  }

  /** Whether the kernel's clock is synchronised and TAI comes from it. */
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
   * @throws {StreamError} Rejects with `native-missing` without the native library.
   */
  async nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    await this.#shared.settled;
    if (this.#shared.error) throw this.#shared.error;
    return await this.#beats.next(previous, signal);
  }

  /** What it has done so far, and what is known of the kernel's clock. */
  stats(): SystemTaiClockStats {
    const { state, locked, errorNs, isFollowed } = this.#trust();
    return {
      ...this.#beats.stats(locked),
      state,
      errorNs,
      source: this.#shared.daemon(locked),
      publisherPid: isFollowed ? this.#machine.told().publisherPid : 0,
    };
  }

  /** Follows no more: it is not locked, and beats go on. */
  close(): void {
    if (!this.#isClosed) this.#shared.leave();
    this.#isClosed = true;
  }

  /** As {@linkcode SystemTaiClock.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #trust(): TaiTrust {
    const trust = trustOf(this.reference, this.#machine.told(), () => this.#shared.isOpen);
    return this.#isClosed ? { ...trust, state: "free", locked: false } : trust;
  }
}
