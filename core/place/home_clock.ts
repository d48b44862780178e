/**
 * A clock that beats in another place: at home, where the actor was made.
 *
 * @module
 */
import type { Clock, ClockStats, TimedTick } from "../time/clock.ts";
import type { Domain } from "../time/domain.ts";
import { taiNowNs } from "../time/now.ts";
import { type Rate, toRate } from "../time/rate.ts";
import type { ClockRef, FromPlace } from "./protocol.ts";

interface Ticket {
  readonly number: number;
  readonly resolve: (tick: TimedTick) => void;
  readonly reject: (reason: unknown) => void;
  readonly domain: Domain | undefined;
}

/** Who waits for ticks from home. */
export class Tickets {
  readonly #send: (message: FromPlace) => void;
  readonly #waiting = new Map<number, Ticket>();
  readonly #numbers = new WeakMap<AbortSignal, number>();
  /** Tickets whose last tick is being worked on, with the domain that waits for it. */
  readonly #working = new Map<number, Domain | undefined>();
  #next = 1;

  constructor(send: (message: FromPlace) => void) {
    this.#send = send;
  }

  /** Asks home for the next tick of a clock. */
  ask(
    clock: { readonly clock: number; readonly rate: Rate; readonly domain: Domain | undefined },
    previous: TimedTick | undefined,
    signal: AbortSignal | undefined,
  ): Promise<TimedTick> {
    signal?.throwIfAborted();
    const number = this.#numberOf(signal);
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { number, resolve, reject, domain: clock.domain });
      this.#send({ type: "next", clock: clock.clock, rate: clock.rate, ticket: number, previous });
      this.#finishWork(number);
    });
  }

  /** A tick has come from home. */
  deliver(number: number, tick: TimedTick): void {
    const ticket = this.#waiting.get(number);
    if (!ticket) return;
    this.#waiting.delete(number);
    ticket.domain?.enter();
    this.#working.set(number, ticket.domain);
    ticket.resolve(tick);
  }

  /** The clock at home has failed. */
  fail(number: number, error: Error): void {
    const ticket = this.#waiting.get(number);
    this.#waiting.delete(number);
    ticket?.reject(error);
  }

  #numberOf(signal: AbortSignal | undefined): number {
    if (!signal) return this.#next++;
    const known = this.#numbers.get(signal);
    if (known !== undefined) return known;
    const number = this.#next++;
    this.#numbers.set(signal, number);
    signal.addEventListener("abort", () => {
      this.#send({ type: "leave", ticket: number });
      this.fail(number, signal.reason as Error);
      this.#finishWork(number);
    }, { once: true });
    return number;
  }

  #finishWork(number: number): void {
    const domain = this.#working.get(number);
    if (this.#working.delete(number)) domain?.leave();
  }
}

/** The near end of a clock that beats at home. Each tick is asked for, so it comes a message's way later. */
export class HomeClock implements Clock {
  readonly clockId: string;
  readonly rate: Rate;
  /** Only home knows; taken as true. */
  readonly locked = true;
  readonly domain?: Domain;
  readonly forRate?: (rate: Rate) => Clock;
  readonly #tickets: Tickets;
  readonly #clock: number;
  #lastNs: bigint | undefined;
  #ticks = 0;
  #missed = 0;

  /**
   * @param reference The clock as home told of it.
   * @param domain The part of its domain that is in this place.
   */
  constructor(reference: ClockRef & { kind: "home" }, domain: Domain | undefined, tickets: Tickets) {
    this.clockId = reference.clockId;
    this.rate = reference.rate;
    this.#clock = reference.clock;
    this.#tickets = tickets;
    if (domain) this.domain = domain;
    if (reference.isRateFree) {
      const kind = reference.clockId.split("/")[0];
      this.forRate = (wanted) => {
        const rate = toRate(wanted);
        return new HomeClock({ ...reference, rate, clockId: `${kind}/${rate.num}/${rate.den}` }, domain, tickets);
      };
    }
  }

  /** In virtual time the instant of the last tick, else TAI. */
  now(): bigint {
    return this.domain ? this.#lastNs ?? 0n : taiNowNs();
  }

  async nextTick(previous?: TimedTick, signal?: AbortSignal): Promise<TimedTick> {
    const tick = await this.#tickets.ask(
      { clock: this.#clock, rate: this.rate, domain: this.domain },
      previous,
      signal,
    );
    this.#ticks++;
    this.#missed += tick.missed;
    this.#lastNs = tick.timestampNs;
    const latenessNs = this.domain ? 0 : Math.max(0, Number(taiNowNs() - tick.timestampNs));
    return { ...tick, latenessNs };
  }

  stats(): ClockStats {
    const { clockId, rate, locked } = this;
    return { clockId, rate, locked, ticks: this.#ticks, missed: this.#missed };
  }
}
