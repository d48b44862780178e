/**
 * Checks of a clock.
 *
 * @module
 */
import {
  type Clock,
  instantOf,
  monotonicNowNs,
  monotonicOf,
  periodNs,
  sameRate,
  type TimedTick,
} from "@streamlib/core";
import { type Check, Inapplicable, must, mustBeNone } from "./check.ts";
import type { ClockConformance } from "./conformance.ts";
import { within } from "./living.ts";

const BEATS = 10;
const STANDSTILLS_MS = [500, 111] as const;

/** Asks a clock for beats, as an actor does. */
class Listener {
  readonly #clock: Clock;
  readonly #move: (() => void) | undefined;
  readonly #stop = new AbortController();
  /** The last that it got. */
  last: TimedTick | undefined;

  constructor(clock: Clock, { move }: ClockConformance) {
    this.#clock = clock;
    this.#move = move && ((): void => move(clock));
  }

  /** The next beats. */
  async take(count: number): Promise<TimedTick[]> {
    const ticks: TimedTick[] = [];
    while (ticks.length < count) {
      const asked = this.#clock.nextTick(this.last, this.#stop.signal);
      this.#move?.();
      ticks.push(this.last = await within("a beat", asked));
    }
    return ticks;
  }

  /** Asks no more. */
  stop(): void {
    this.#stop.abort(new Error("enough"));
  }
}

/** Runs with beats of a new clock, to which nobody listens afterwards. */
async function listening(
  subject: ClockConformance,
  run: (clock: Clock, listen: () => Listener) => Promise<void>,
): Promise<void> {
  const clock = await subject.make();
  const listeners: Listener[] = [];
  const listen = (): Listener => {
    const listener = new Listener(clock, subject);
    listeners.push(listener);
    return listener;
  };
  try {
    await run(clock, listen);
  } finally {
    for (const listener of listeners) listener.stop();
    close(clock);
  }
}

/** Closes a clock that can be closed. */
function close(clock: Clock): void {
  (clock as { close?: () => void }).close?.();
}

/** Keeps the event loop from turning. */
function block(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs;);
}

/** The checks, in the order of the report. */
export const clockChecks: readonly Check<ClockConformance>[] = [
  {
    id: "clock-rate",
    title: "has a rate in lowest terms, and a name",
    run: async ({ make }) => {
      const clock = await make();
      const { rate: { num, den }, clockId } = clock;
      close(clock);
      const divisor = (a: number, b: number): number => b === 0 ? a : divisor(b, a % b);
      must(Number.isSafeInteger(num) && Number.isSafeInteger(den) && num > 0 && den > 0, `the rate is ${num}/${den}`);
      must(divisor(num, den) === 1, `the rate is ${num}/${den}, which can be reduced`);
      must(clockId.length > 0, "clockId is empty");
    },
  },
  {
    id: "clock-now",
    title: "tells instants that never go back",
    run: async ({ make }) => {
      const clock = await make();
      const instants = Array.from({ length: 1000 }, () => clock.now());
      close(clock);
      must(instants.every((instant) => typeof instant === "bigint"), "now() gives no bigint");
      must(instants.every((instant, index) => index === 0 || instant >= instants[index - 1]), "now() has gone back");
    },
  },
  {
    id: "clock-early",
    title: "never beats early",
    run: (subject) =>
      listening(subject, async (clock, listen) => {
        const listener = listen();
        for (let beat = 0; beat < BEATS; beat++) {
          const [tick] = await listener.take(1);
          must(clock.now() >= tick.timestampNs, `beat ${tick.frameNumber} came before its instant`);
          const isEarly = !subject.move && monotonicNowNs() < monotonicOf(tick.timestampNs);
          must(!isEarly, `beat ${tick.frameNumber} came early`);
        }
      }),
  },
  {
    id: "clock-numbers",
    title: "numbers its beats from 0, those missed included",
    run: (subject) =>
      listening(subject, async (clock, listen) => {
        const ticks = await listen().take(BEATS);
        must(ticks[0].frameNumber === 0, `the first is ${ticks[0].frameNumber}`);
        mustBeNone(
          ticks.slice(1).filter((tick, index) => tick.frameNumber !== ticks[index].frameNumber + tick.missed + 1)
            .map(({ frameNumber, missed }) => `${frameNumber} with ${missed} missed does not follow`),
        );
        mustBeNone(
          ticks.filter((tick) => tick.clockId !== clock.clockId).map(({ clockId }) => `a beat is of ${clockId}`),
        );
      }),
  },
  {
    id: "clock-apart",
    title: "beats whole periods apart",
    run: (subject) =>
      listening(subject, async (clock, listen) => {
        const ticks = await listen().take(BEATS);
        const lengthNs = periodNs(clock.rate);
        mustBeNone(
          ticks.slice(1).flatMap(({ frameNumber, timestampNs, missed, discontinuity }, index) => {
            const periods = Number(timestampNs - ticks[index].timestampNs) / lengthNs;
            const isRight = Math.abs(periods - missed - 1) <= (discontinuity ? 0.5 : 0.2);
            const off = `beat ${frameNumber} comes ${periods.toFixed(2)} periods after the one before`;
            return isRight ? [] : [`${off}, with ${missed} missed`];
          }).slice(0, 3),
        );
      }),
  },
  {
    id: "clock-ticks",
    title: "gives beats that say whole numbers and no freewheeling, the first without anything missed",
    run: (subject) =>
      listening(subject, async (_clock, listen) => {
        const ticks = await listen().take(BEATS);
        for (const { frameNumber, latenessNs, missed, freewheel } of ticks) {
          must(latenessNs >= 0, `beat ${frameNumber} is ${latenessNs} ns late; 0 or more is right`);
          must(Number.isSafeInteger(missed) && missed >= 0, `beat ${frameNumber} has ${missed} missed`);
          must(freewheel === false, `beat ${frameNumber} says that it is freewheeling, which clocks do not`);
        }
        const [{ missed, discontinuity }] = ticks;
        must(missed === 0 && !discontinuity, `the first beat has ${missed} missed, discontinuity ${discontinuity}`);
      }),
  },
  {
    id: "clock-frames",
    title: "names TAI frames that its beats lie in, within a period",
    run: (subject) =>
      listening(subject, async (clock, listen) => {
        const ticks = await listen().take(BEATS);
        for (const { timestampNs, taiFrame } of ticks) {
          const offNs = Number(timestampNs - instantOf(taiFrame, clock.rate));
          must(Math.abs(offNs) < periodNs(clock.rate), `a beat is ${offNs} ns from the start of frame ${taiFrame}`);
        }
        const isBack = ticks.some(({ taiFrame }, index) => index > 0 && taiFrame < ticks[index - 1].taiFrame);
        must(!isBack, "TAI frames go back");
      }),
  },
  {
    id: "clock-many",
    title: "gives all who listen the same beats",
    run: (subject) =>
      listening(subject, async (_clock, listen) => {
        const [one, other] = await Promise.all([listen().take(BEATS), listen().take(BEATS)]);
        const instants = new Set(one.map(({ timestampNs }) => timestampNs));
        const shared = other.filter(({ timestampNs }) => instants.has(timestampNs)).length;
        must(shared >= BEATS - 2, `${shared} of ${BEATS} beats are the same`);
      }),
  },
  {
    id: "clock-stats",
    title: "counts its beats and what was missed",
    run: (subject) =>
      listening(subject, async (clock, listen) => {
        const before = clock.stats();
        must(before.ticks === 0 && before.missed === 0, `before a beat it counts ${before.ticks} and ${before.missed}`);
        must(sameRate(before.rate, clock.rate) && before.locked === clock.locked, "stats() tells another rate or lock");
        const ticks = await listen().take(BEATS);
        const { ticks: counted, missed, clockId } = clock.stats();
        const lost = ticks.reduce((sum, tick) => sum + tick.missed, 0);
        must(
          counted === BEATS && missed === lost,
          `it counts ${counted} and ${missed} missed; ${BEATS} and ${lost} are right`,
        );
        must(clockId === clock.clockId, `stats() is of ${clockId}`);
      }),
  },
  {
    id: "clock-abort",
    title: "gives up with the reason it is told, and can be asked again",
    run: async (subject) => {
      const clock = await subject.make();
      const stop = new AbortController();
      const ask = (previous: TimedTick | undefined, signal: AbortSignal): Promise<TimedTick> => {
        const asked = clock.nextTick(previous, signal);
        subject.move?.(clock);
        return within("a beat", asked);
      };
      const tick = await ask(undefined, stop.signal);
      const waiting = clock.nextTick(tick, stop.signal);
      const reason = new Error("enough");
      stop.abort(reason);
      const thrown = await within("the end", waiting.then(() => undefined, (error: unknown) => error));
      must(thrown === reason, `it gave up with ${String(thrown)}`);
      const again = new AbortController();
      await ask(tick, again.signal);
      again.abort(reason);
      close(clock);
    },
  },
  {
    id: "clock-from-any",
    title: "goes on from any beat that it is given",
    run: (subject) =>
      listening(subject, async (clock, listen) => {
        const listener = listen();
        const [tick] = await listener.take(1);
        listener.last = { ...tick, frameNumber: 1000 };
        const [{ frameNumber, missed, timestampNs, clockId }] = await listener.take(1);
        must(frameNumber === 1001 + missed, `after beat 1000 comes ${frameNumber}, with ${missed} missed`);
        must(timestampNs > tick.timestampNs, "its instant is not later");
        must(clockId === clock.clockId, `it is of ${clockId}`);
      }),
  },
  {
    id: "clock-standstill",
    title: "skips and counts the beats of a time in which the program stood still, without a burst",
    run: (subject) =>
      listening(subject, async (clock, listen) => {
        const listener = listen();
        await listener.take(3);
        // The second one ends when the newest beat of a clock of 60 Hz is more than half a period old.
        for (const ms of STANDSTILLS_MS) {
          const startNs = clock.now();
          block(ms);
          const stoodNs = Number(clock.now() - startNs);
          let atMostNs = stoodNs;
          let missed = 0;
          for (let beat = 0; beat < 4; beat++) {
            const askedNs = clock.now();
            const [tick] = await listener.take(1);
            if (beat === 0) [missed, atMostNs] = [tick.missed, Number(clock.now() - startNs)];
            const oldNs = Number(askedNs - tick.timestampNs);
            must(oldNs <= periodNs(clock.rate) / 2, `a beat is of the past, ${oldNs} ns old`);
          }
          // In virtual time nothing passes while the program stands still.
          const [least, most] = [stoodNs, atMostNs].map((ns) =>
            subject.move ? 0 : Math.round(ns / periodNs(clock.rate))
          );
          const isRight = missed >= least - 1 && missed <= most + 1;
          must(isRight, `${missed} beats were missed in ${ms} ms; ${least} to ${most} is right`);
        }
      }),
  },
  {
    id: "clock-listener",
    title: "leaves no listener on a signal when its beat is delivered",
    run: async (subject) => {
      if (subject.move) throw new Inapplicable("in virtual time a listener stays until it asks again");
      const clock = await subject.make();
      const { signal } = new AbortController();
      const held = new Set<unknown>();
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      signal.addEventListener = (type: string, listener: EventListener, options?: AddEventListenerOptions): void => {
        held.add(listener);
        add(type, listener, options);
      };
      signal.removeEventListener = (type: string, listener: EventListener): void => {
        held.delete(listener);
        remove(type, listener);
      };
      await within("a beat", clock.nextTick(undefined, signal));
      must(held.size === 0, `${held.size} listeners stay on the signal`);
      close(clock);
    },
  },
];
