/**
 * Clocks and domains of this thread, as other places know them.
 *
 * @module
 */
import type { SourceClock } from "../port/host.ts";
import type { Clock } from "../time/clock.ts";
import type { Domain } from "../time/domain.ts";
import { PTPClock } from "../time/ptp_clock.ts";
import { type Rate, sameRate } from "../time/rate.ts";
import { SoftwareClock } from "../time/software_clock.ts";
import { SystemTaiClock } from "../time/system_tai_clock.ts";
import { taiTold } from "../time/tai_told.ts";
import type { TaiReference } from "../time/tai_trust.ts";
import type { ClockRef, DomainRef, SourceState } from "./protocol.ts";
import { SharedTaiClock } from "./shared_tai_clock.ts";

/** Numbers given to things in the order they were asked for. */
class Numbers<T extends object> {
  readonly #numbers = new WeakMap<T, number>();
  readonly #things = new Map<number, WeakRef<T>>();
  #next = 1;

  of(thing: T): number {
    let number = this.#numbers.get(thing);
    if (number === undefined) {
      number = this.#next++;
      this.#numbers.set(thing, number);
      this.#things.set(number, new WeakRef(thing));
    }
    return number;
  }

  find(number: number): T | undefined {
    return this.#things.get(number)?.deref();
  }
}

const clocks = new Numbers<Clock>();
const domains = new Numbers<Domain>();
const rated = new WeakMap<Clock, Clock[]>();

/**
 * The clock as a place gets it.
 *
 * @param isShared Whether all processes of this machine have the same TAI.
 */
export function refOfClock(
  clock: Clock | undefined,
  isShared: () => boolean = () => taiTold().isShared,
): ClockRef | undefined {
  if (!clock) return undefined;
  if (clock instanceof SoftwareClock) return { kind: "software", rate: clock.rate };
  const { clockId, rate, domain } = clock;
  const reference = taiReferenceOf(clock);
  if (reference && isShared()) return { kind: "tai", clockId, rate, reference };
  return {
    kind: "home",
    clock: clocks.of(clock),
    clockId,
    rate,
    isRateFree: clock.forRate !== undefined,
    domain: domain && refOfDomain(domain),
  };
}

/** What a clock follows by way of TAI, which other places may have, too. */
function taiReferenceOf(clock: Clock): TaiReference | undefined {
  const isOnTai = clock instanceof PTPClock || clock instanceof SystemTaiClock || clock instanceof SharedTaiClock;
  return isOnTai ? clock.reference : undefined;
}

/** The clock that a place means, at the rate that it wants. */
export function findClock(number: number, rate: Rate): Clock | undefined {
  const clock = clocks.find(number);
  if (!clock || sameRate(clock.rate, rate)) return clock;
  const known = rated.get(clock) ?? [];
  rated.set(clock, known);
  let found = known.find((one) => sameRate(one.rate, rate));
  if (!found && clock.forRate) known.push(found = clock.forRate(rate));
  return found;
}

/** The domain as a place gets it. */
export function refOfDomain(domain: Domain): DomainRef {
  return { domain: domains.of(domain), lossless: domain.lossless };
}

/** The domain that a place means. */
export function findDomain(number: number): Domain | undefined {
  return domains.find(number);
}

/** What a reader elsewhere has to know of an actor. */
export function sourceState(isAlive: boolean, clock: SourceClock | undefined): SourceState {
  if (!clock) return { isAlive, clock: undefined };
  const { name, id, rate, domain } = clock;
  return { isAlive, clock: { name, id, rate, domain: domain && refOfDomain(domain) } };
}
