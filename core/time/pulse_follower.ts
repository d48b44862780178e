/**
 * Listens to a pulse on behalf of all clocks that follow it.
 *
 * @module
 */
import { clearTimeout, setTimeout } from "node:timers";
import { StreamError } from "../errors.ts";
import { loadNative } from "../native.ts";
import { BeatGrid } from "./beat_grid.ts";
import type { Pulse } from "./pulse.ts";
import { PulseModel } from "./pulse_model.ts";
import type { Rate } from "./rate.ts";
import { type TaiMachine, taiMachine } from "./tai_machine.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Who is listened to, by name: a name stands for one reference in clock ids. */
const followers = new Map<string, PulseFollower>();

/** Keeps the model of one pulse up to date. */
export class PulseFollower {
  /** What is known of the pulses. */
  readonly model: PulseModel;
  readonly #pulse: Pulse;
  readonly #machine: TaiMachine = taiMachine();
  readonly #grids = new Map<string, BeatGrid>();
  #users = 0;
  #stopListening: (() => void) | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  /** Steps of TAI that the model knows of. */
  #steps: number;
  /** Monotonic time since which the event loop has not stood still: pulses can only be missed while it hears them. */
  #awakeSinceNs = 0n;

  private constructor(pulse: Pulse) {
    this.#pulse = pulse;
    this.model = new PulseModel(pulse.rate, this.#machine.time.nowNs());
    this.#steps = this.#machine.steps.look();
  }

  /**
   * The follower of this pulse, which listens until as many have left it as have joined.
   *
   * @throws {StreamError} `clock-invalid` if the name of the pulse is malformed, or is that of another one.
   */
  static join(pulse: Pulse): PulseFollower {
    if (!NAME.test(pulse.name)) {
      throw new StreamError(
        "clock-invalid",
        `Cannot follow the pulse "${pulse.name}": its name must be a letter or digit, then those, ".", "_" or "-"; 128 at most`,
      );
    }
    const follower = followers.get(pulse.name) ?? new PulseFollower(pulse);
    if (follower.#pulse !== pulse) {
      throw new StreamError(
        "clock-invalid",
        `Cannot follow the pulse "${pulse.name}": another pulse of that name is followed; give each a name of its own`,
      );
    }
    followers.set(pulse.name, follower);
    if (follower.#users++ === 0) void follower.#start();
    return follower;
  }

  /** One of those who joined has gone. */
  leave(): void {
    if (--this.#users > 0) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
    clearTimeout(this.#watchdog);
    this.model.locked = false;
    followers.delete(this.#pulse.name);
  }

  /** Looks whether TAI was stepped: pulses have other instants then. */
  look(): void {
    const { steps } = this.#machine;
    const seen = steps.look();
    for (const { jumpedNs, seenNs } of steps.since(this.#steps)) this.model.shift(jumpedNs, seenNs);
    this.#steps = seen;
  }

  /** The beats of this rate; the same for all who ask. */
  grid(rate: Rate): BeatGrid {
    const key = `${rate.num}/${rate.den}`;
    const grid = this.#grids.get(key) ?? new BeatGrid(this.#pulse.rate, rate);
    this.#grids.set(key, grid);
    return grid;
  }

  async #start(): Promise<void> {
    // The library brings another monotonic time: no pulse may be told before it is known which one counts.
    await loadNative();
    if (this.#users === 0 || this.#stopListening) return;
    this.#stopListening = this.#pulse.listen((monotonicNs) => {
      const wasLocked = this.model.locked;
      const { time } = this.#machine;
      this.look();
      this.model.add(time.of(monotonicNs), time.nowNs());
      if (this.model.locked && !wasLocked) this.#watch(this.model.lossNs);
    });
  }

  /** Looks after `waitNs` whether the reference is lost. */
  #watch(waitNs: number): void {
    clearTimeout(this.#watchdog);
    const { time } = this.#machine;
    const dueNs = time.read().monotonicNs + BigInt(Math.ceil(waitNs));
    this.#watchdog = setTimeout(() => {
      const { model } = this;
      const nowNs = time.read().monotonicNs;
      if (Number(nowNs - dueNs) > model.lossNs / 4) this.#awakeSinceNs = nowNs;
      if (Number(nowNs - this.#awakeSinceNs) > model.lossNs) {
        this.look();
        model.check(time.nowNs());
      }
      if (model.locked) this.#watch(model.lossNs / 2);
    }, Math.ceil(waitNs / 1e6));
    this.#watchdog.unref();
  }
}
