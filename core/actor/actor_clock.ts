/**
 * The clock of an actor: its own, or the one at the beginning of what it follows.
 *
 * @module
 */
import type { SourceClock } from "../port/host.ts";
import type { PortSet } from "../port/port_set.ts";
import type { Clock } from "../time/clock.ts";
import type { Domain } from "../time/domain.ts";
import { type Rate, toRate } from "../time/rate.ts";
import { SoftwareClock } from "../time/software_clock.ts";
import type { CellInit } from "./cell_init.ts";
import { hashOf } from "./hash.ts";

const DEFAULT_RATE = 60;

/** What beats for one actor. */
export class ActorClock {
  readonly #init: CellInit;
  readonly #ports: PortSet;
  #own: Clock | undefined;
  #isAsked = false;
  /** The domain of the source that it followed last; what is before it may have ended. */
  #lastDomain: Domain | undefined;

  constructor(init: CellInit, ports: PortSet) {
    this.#init = init;
    this.#ports = ports;
    this.#own = this.#at(init.spec.rate);
  }

  /** The clock that beats for it; `undefined` if it follows its driving input. */
  get own(): Clock | undefined {
    return this.#own;
  }

  /** The virtual time that it is in, also if what is before it has ended. */
  get domain(): Domain | undefined {
    return this.#own ? this.#own.domain : this.source()?.domain ?? this.#lastDomain;
  }

  /** Where its items go back to; `undefined` while nothing drives it. */
  source(): SourceClock | undefined {
    if (this.#own) {
      const { clockId, rate, domain } = this.#own;
      // What has waited in a buffer is late: it is not joined with what has not.
      const origin = this.#init.spec.buffers ? `${clockId} behind ${this.#init.className} ${this.#init.id}` : clockId;
      return { name: clockId, id: hashOf(origin), rate, domain };
    }
    // In a circle of actors that follow each other nobody beats.
    if (this.#isAsked) return undefined;
    this.#isAsked = true;
    try {
      const found = this.#ports.drivers[0]?.source?.host.sourceClock();
      if (found) this.#lastDomain = found.domain;
      return found;
    } finally {
      this.#isAsked = false;
    }
  }

  /** Beats at another rate from now on, unless the user has given a clock that has one. @returns Whether it beats. */
  tickAt(rate: number | Rate): boolean {
    if (!this.#own) return false;
    this.#own = this.#at(rate);
    return true;
  }

  /** The given clock, at `rate` if that is said and the clock sets only the time; or one of its own. */
  #at(rate: number | Rate | undefined): Clock | undefined {
    const given = this.#init.clock;
    const follows = Object.values(this.#init.spec.inputs ?? {}).some((spec) =>
      ("each" in spec ? spec.each : spec).type.kind !== "event"
    );
    if (follows && (!given || given.domain?.lossless)) return undefined;
    if (!given) return new SoftwareClock(rate ?? DEFAULT_RATE);
    return rate === undefined ? given : given.forRate?.(toRate(rate)) ?? given;
  }
}
