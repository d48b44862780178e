/**
 * Checks of a clock. A clock whose time stands still by itself cannot be asked here.
 *
 * @module
 */
import { type Clock, instantOf, monotonicNowNs, monotonicOf, periodNs, type TimedTick } from "@streamlib/core";
import { type Check, type ClockSubject, must, mustBeNone } from "./check.ts";
import { within } from "./living.ts";

const BEATS = 10;

async function beats(clock: Clock, count: number, signal: AbortSignal): Promise<TimedTick[]> {
  const ticks: TimedTick[] = [];
  while (ticks.length < count) ticks.push(await within("a beat", clock.nextTick(ticks.at(-1), signal)));
  return ticks;
}

/** Runs with beats of a new clock, to which nobody listens afterwards. */
async function listening(
  { make }: ClockSubject,
  run: (clock: Clock, take: (count: number) => Promise<TimedTick[]>) => Promise<void>,
): Promise<void> {
  const clock = await make();
  const stop = new AbortController();
  try {
    await run(clock, (count) => beats(clock, count, stop.signal));
  } finally {
    stop.abort(new Error("enough"));
  }
}

/** The checks, in the order of the report. */
export const clockChecks: readonly Check<ClockSubject>[] = [
  {
    id: "clock-rate",
    title: "has a rate in lowest terms, and a name",
    run: async ({ make }) => {
      const { rate: { num, den }, clockId } = await make();
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
      must(instants.every((instant) => typeof instant === "bigint"), "now() gives no bigint");
      must(instants.every((instant, index) => index === 0 || instant >= instants[index - 1]), "now() has gone back");
    },
  },
  {
    id: "clock-early",
    title: "never beats early",
    run: (subject) =>
      listening(subject, async (clock, take) => {
        for (const tick of await take(BEATS)) {
          must(clock.now() >= tick.timestampNs, `beat ${tick.frameNumber} came before its instant`);
          must(monotonicNowNs() >= monotonicOf(tick.timestampNs), `beat ${tick.frameNumber} came early`);
        }
      }),
  },
  {
    id: "clock-numbers",
    title: "numbers its beats from 0, those missed included",
    run: (subject) =>
      listening(subject, async (clock, take) => {
        const ticks = await take(BEATS);
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
    id: "clock-frames",
    title: "names TAI frames that its beats lie in, within a period",
    run: (subject) =>
      listening(subject, async (clock, take) => {
        for (const { timestampNs, taiFrame } of await take(BEATS)) {
          const offNs = Number(timestampNs - instantOf(taiFrame, clock.rate));
          must(Math.abs(offNs) < periodNs(clock.rate), `a beat is ${offNs} ns from the start of frame ${taiFrame}`);
        }
      }),
  },
  {
    id: "clock-many",
    title: "gives all who listen the same beats",
    run: (subject) =>
      listening(subject, async (_clock, take) => {
        const [one, other] = await Promise.all([take(BEATS), take(BEATS)]);
        const instants = new Set(one.map(({ timestampNs }) => timestampNs));
        const shared = other.filter(({ timestampNs }) => instants.has(timestampNs)).length;
        must(shared >= BEATS - 2, `${shared} of ${BEATS} beats are the same`);
      }),
  },
  {
    id: "clock-stats",
    title: "counts its beats and what was missed",
    run: (subject) =>
      listening(subject, async (clock, take) => {
        const ticks = await take(BEATS);
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
    run: async ({ make }) => {
      const clock = await make();
      const stop = new AbortController();
      const tick = await within("a beat", clock.nextTick(undefined, stop.signal));
      const waiting = clock.nextTick(tick, stop.signal);
      const reason = new Error("enough");
      stop.abort(reason);
      const thrown = await within("the end", waiting.then(() => undefined, (error: unknown) => error));
      must(thrown === reason, `it gave up with ${String(thrown)}`);
      const again = new AbortController();
      await within("a beat", clock.nextTick(tick, again.signal));
      again.abort(reason);
    },
  },
];
