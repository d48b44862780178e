/**
 * Durations by place, actor and span.
 *
 * Every thread and process has a profiler of its own and records without asking anybody. What it has goes home in
 * snapshots, which add up there.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Histogram, type HistogramState } from "./histogram.ts";

/** The place of what a thread has recorded itself, in its own rows. */
const HOME = "main";

/** What is known of one span of one actor in one place. Durations are nanoseconds. */
export interface ProfileRow {
  /** Where it ran: `main` for the thread that asks, else the name of the thread or process. */
  readonly place: string;
  /** Label of the actor, `Invert "invert-1"`; empty for what ran outside of actors. */
  readonly actor: string;
  /** Name of the span. */
  readonly span: string;
  /** How often it ended. */
  readonly count: number;
  /** Mean, exact. */
  readonly meanNs: number;
  /** Half of all took no longer; at most 1.6 % off, as the other percentiles. */
  readonly p50Ns: number;
  /** 95 % of all took no longer. */
  readonly p95Ns: number;
  /** 99 % of all took no longer. */
  readonly p99Ns: number;
  /** The longest, exact. */
  readonly maxNs: number;
}

/** One span of one actor, as it travels. */
export interface ProfileEntry {
  /** Where it ran, seen from the thread that took the snapshot; empty for that thread itself. */
  readonly place: string;
  /** As in {@linkcode ProfileRow}. */
  readonly actor: string;
  /** As in {@linkcode ProfileRow}. */
  readonly span: string;
  /** The durations. */
  readonly durations: HistogramState;
}

/** What a profiler has recorded, as plain JSON. */
export type ProfileSnapshot = readonly ProfileEntry[];

/** Actor, then span. */
type Recorded = Map<string, Map<string, Histogram>>;

/** The profiler of one thread. */
export class Profiler {
  readonly #actor = new AsyncLocalStorage<string>();
  #own: Recorded = new Map();
  #places = new Map<string, Recorded>();

  /** Label of the actor whose body is running, also after its `await`s; empty outside of actors. */
  get actor(): string {
    return this.#actor.getStore() ?? "";
  }

  /** Runs `work` as a part of the actor's body. */
  within<T>(actor: string, work: () => T): T {
    return this.#actor.run(actor, work);
  }

  /**
   * Counts a duration.
   *
   * @throws {RangeError} If it is negative, infinite or no number.
   */
  record(actor: string, span: string, durationNs: number): void {
    histogramOf(this.#own, actor, span).record(durationNs);
  }

  /** Runs `work` and records how long it took, also if it throws; if it gives a promise, until that has settled. */
  measure<T>(actor: string, span: string, work: () => T): T {
    const startNs = nowNs();
    const end = (): void => this.record(actor, span, nowNs() - startNs);
    let result: T;
    try {
      result = work();
    } catch (thrown) {
      end();
      throw thrown;
    }
    if (result instanceof Promise) return result.finally(end) as T;
    end();
    return result;
  }

  /**
   * What was recorded or merged since the last snapshot. It is forgotten here, so that all snapshots of a place can be
   * merged at home, whenever and however often they are taken.
   */
  takeSnapshot(): ProfileSnapshot {
    const taken = [...this.#all()].map(([place, actor, span, histogram]) => ({
      place,
      actor,
      span,
      durations: histogram.state(),
    }));
    this.#own = new Map();
    this.#places = new Map();
    return taken;
  }

  /**
   * Adds what another thread or process has recorded.
   *
   * @param place Its name, as rows show it. Places that it has itself merged show as `place/theirs`.
   * @param snapshot What its {@linkcode Profiler.takeSnapshot} gave, unchanged or through JSON.
   * @throws {RangeError} If an entry is no histogram of this kind.
   */
  merge(place: string, snapshot: ProfileSnapshot): void {
    for (const { place: within, actor, span, durations } of snapshot) {
      const name = within === "" ? place : `${place}/${within}`;
      let recorded = this.#places.get(name);
      if (!recorded) this.#places.set(name, recorded = new Map());
      histogramOf(recorded, actor, span).add(durations);
    }
  }

  /** What is known now: this thread first, then other places; by actor, then span. */
  rows(): ProfileRow[] {
    const { compare } = new Intl.Collator("en", { numeric: true });
    const rank = (row: ProfileRow): number => row.place === HOME ? 0 : 1;
    return [...this.#all()].map(([place, actor, span, histogram]) => ({
      place: place === "" ? HOME : place,
      actor,
      span,
      count: histogram.count,
      meanNs: histogram.meanNs,
      p50Ns: histogram.percentileNs(50),
      p95Ns: histogram.percentileNs(95),
      p99Ns: histogram.percentileNs(99),
      maxNs: histogram.maxNs,
    })).sort((a, b) =>
      rank(a) - rank(b) || compare(a.place, b.place) || compare(a.actor, b.actor) || compare(a.span, b.span)
    );
  }

  *#all(): Iterable<[place: string, actor: string, span: string, histogram: Histogram]> {
    for (const [place, recorded] of [["", this.#own] as const, ...this.#places]) {
      for (const [actor, spans] of recorded) {
        for (const [span, histogram] of spans) yield [place, actor, span, histogram];
      }
    }
  }
}

/** Time for durations, ns: monotonic, and to some ten nanoseconds on both runtimes. */
export function nowNs(): number {
  return performance.now() * 1e6;
}

function histogramOf(recorded: Recorded, actor: string, span: string): Histogram {
  let spans = recorded.get(actor);
  if (!spans) recorded.set(actor, spans = new Map());
  let histogram = spans.get(span);
  if (!histogram) spans.set(span, histogram = new Histogram());
  return histogram;
}
