/**
 * TAI as beats need it: it runs at nearly the pace of monotonic time, is slewed by PTP, and may be stepped.
 *
 * @module
 */
import { nativeLibrary } from "../native.ts";
import { sleepUntil } from "./deadlines.ts";
import { monotonicNowNs, monotonicOf, taiNowNs, taiOf } from "./now.ts";

/** Longest sleep in one piece, ns: TAI may be stepped or slewed meanwhile. */
const SLEEP_NS_MAX = 1_000_000_000n;

/** A step back by no more than this is none: TAI goes at a lower pace until it is right, ns. */
const DRAIN_NS_MAX = 1_000_000_000n;

/** Both times at one instant. */
export interface TaiReading {
  /** Monotonic time, ns. */
  readonly monotonicNs: bigint;
  /** TAI, ns. */
  readonly taiNs: bigint;
  /** How often TAI was stepped before. */
  readonly steps: number;
}

/** A machine's time. Tests have one that stands still. */
export interface TaiTime {
  /** TAI, ns. Goes back only in a step of more than a second. */
  nowNs(): bigint;
  /** TAI at a monotonic instant. */
  of(monotonicNs: bigint): bigint;
  /** Both times now. */
  read(): TaiReading;
  /** Resolves when TAI ought to have reached `taiNs`, or earlier; rejects with the signal's reason. */
  sleepTowards(taiNs: bigint, signal: AbortSignal | undefined): Promise<void>;
}

/** This machine's time. */
export const MACHINE_TIME: TaiTime = {
  nowNs: taiNowNs,
  of: taiOf,
  read() {
    const monotonicNs = monotonicNowNs();
    const told = nativeLibrary()?.native.tai.told(monotonicNs);
    return { monotonicNs, taiNs: told?.taiNs ?? taiOf(monotonicNs), steps: told?.steps ?? 0 };
  },
  sleepTowards(taiNs, signal) {
    const dueNs = monotonicOf(taiNs);
    const limitNs = monotonicNowNs() + SLEEP_NS_MAX;
    return sleepUntil(dueNs < limitNs ? dueNs : limitNs, signal);
  },
};

/** A step of TAI: instants before it and after it are not of one time. */
export interface TaiStep {
  /** TAI when it was seen: beats of the time after are after this. */
  readonly seenNs: bigint;
  /** By how much TAI jumped, ns; 0 if it goes at a lower pace instead. */
  readonly jumpedNs: bigint;
}

/** Steps that are kept; whoever asks is one or two behind. */
const KEPT_MAX = 8;

/** The steps of one machine's TAI, as somebody sees them who looks at every beat. */
export class TaiSteps {
  readonly #time: TaiTime;
  readonly #kept: TaiStep[] = [];
  #last: TaiReading | undefined;
  #seen = 0;

  /** Of this time. */
  constructor(time: TaiTime) {
    this.#time = time;
  }

  /** Looks. @returns How many steps were seen so far. */
  look(): number {
    const last = this.#last;
    const reading = this.#time.read();
    this.#last = reading;
    if (!last || last.steps === reading.steps) return this.#seen;
    const jumpedNs = reading.taiNs - last.taiNs - (reading.monotonicNs - last.monotonicNs);
    const isDrained = jumpedNs < 0n && jumpedNs >= -DRAIN_NS_MAX;
    this.#kept.push({ seenNs: reading.taiNs, jumpedNs: isDrained ? 0n : jumpedNs });
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
    return ++this.#seen;
  }

  /** The last step that was seen. */
  get last(): TaiStep | undefined {
    return this.#kept.at(-1);
  }

  /** The steps that were seen when `count` had been seen. */
  since(count: number): readonly TaiStep[] {
    return this.#kept.slice(Math.max(0, this.#kept.length - (this.#seen - count)));
  }

  /** The steps that were seen after a beat. One that is still to come by now was before a step back. */
  after(timestampNs: bigint): readonly TaiStep[] {
    return this.#kept.filter(({ seenNs }) => timestampNs <= seenNs || timestampNs > this.#nowNs);
  }

  /** Whether a beat is of another time than the present: there was a step after it, perhaps one that nobody saw here. */
  isOver(timestampNs: bigint): boolean {
    return timestampNs > this.#nowNs + DRAIN_NS_MAX || this.after(timestampNs).length > 0;
  }

  /** TAI at the last look. */
  get #nowNs(): bigint {
    return this.#last?.taiNs ?? 0n;
  }
}

/** The steps of this machine's TAI, for all clocks of this thread: so that they have the same beats. */
export const MACHINE_STEPS: TaiSteps = new TaiSteps(MACHINE_TIME);
