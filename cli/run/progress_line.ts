/**
 * How far a run is, in a line.
 *
 * @module
 */
import { type Actor, describeActor } from "@streamlib/core";
import { clockText } from "../attach/columns.ts";
import type { Plan, PlannedStage } from "../pipeline/plan.ts";
import { lossesOf } from "../pipeline/run_stats.ts";

/** Says in one line how long a run lasts, how far its files are, how fast each stage ticks, and what was lost. */
export class ProgressLine {
  readonly #plan: Plan;
  readonly #actors: readonly Actor[];
  readonly #startMs: number;
  /** Lengths of what finite stages give, ns, by index; of those that say it. */
  readonly #lengthsNs = new Map<number, number>();
  #before: { readonly atMs: number; readonly ticks: readonly number[] };

  /** @param nowMs Now, on any clock that `line` is told, too. */
  constructor(plan: Plan, actors: readonly Actor[], nowMs: number) {
    this.#plan = plan;
    this.#actors = actors;
    this.#startMs = nowMs;
    this.#before = { atMs: nowMs, ticks: actors.map(() => 0) };
    plan.stages.forEach((stage, index) => void this.#askLength(stage, index));
  }

  /** `0:00:12  clip 0:00:11/0:01:30 30.0/s  display 30.0/s  0 lost`. */
  line(nowMs: number): string {
    const ticks = this.#actors.map((actor) => actor.stats.ticks);
    const { atMs, ticks: before } = this.#before;
    const seconds = Math.max(0.001, (nowMs - atMs) / 1000);
    const stages = ticks.map((count, index) =>
      [
        this.#plan.stages[index].name,
        ...this.#position(index),
        `${((count - before[index]) / seconds).toFixed(1)}/s`,
      ].join(" ")
    );
    this.#before = { atMs: nowMs, ticks };
    const lost = lossesOf(this.#plan, this.#actors).reduce((sum, { items }) => sum + items, 0);
    return [clockText(nowMs - this.#startMs), ...stages, `${lost} lost`].join("  ");
  }

  /** `0:00:11/0:01:30` where the length is known: each beat, missed ones too, takes it further. */
  #position(index: number): string[] {
    const actor = this.#actors[index];
    const lengthNs = this.#lengthsNs.get(index);
    const { clock } = actor;
    if (lengthNs === undefined || !clock) return [];
    const { ticks, missedTicks } = actor.stats;
    const atNs = (ticks + missedTicks) * clock.rate.den * 1e9 / clock.rate.num;
    return [`${clockText(Math.min(atNs, lengthNs) / 1e6)}/${clockText(lengthNs / 1e6)}`];
  }

  /** A file reader's control `info` says it; in a loop there is no end. */
  async #askLength({ actor: kind, actorClass, options }: PlannedStage, index: number): Promise<void> {
    if (!actorClass.spec.finite || options.loop === true || !describeActor(kind).controls.includes("info")) return;
    const actor = this.#actors[index] as Actor & { info(): Promise<{ readonly durationNs?: unknown } | undefined> };
    try {
      await actor.ready;
      const durationNs = (await actor.info())?.durationNs;
      if (typeof durationNs === "number" && durationNs > 0) this.#lengthsNs.set(index, durationNs);
    } catch {
      // A stage that does not start, or has ended, says so by itself.
    }
  }
}
