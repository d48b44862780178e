/**
 * Runs a pipeline from its first item to its end.
 *
 * @module
 */
import type { Actor } from "@streamlib/core";
import { type BuiltPipeline, inputsOf } from "./build_pipeline.ts";
import { type Plan, sourcesOf } from "./plan.ts";

/** A stage that failed for good. */
export interface RunFailure {
  /** Its name. */
  readonly stage: string;
  /** Why. */
  readonly error: Error;
}

/** Why a pipeline is over. */
export interface RunOutcome {
  /** `ended`: every source had nothing more; `duration`: its time was over; `stopped`: by the signal. */
  readonly reason: "ended" | "duration" | "failed" | "stopped";
  /** Stages that failed, and why. */
  readonly failures: readonly RunFailure[];
}

/** How long to run. */
export interface RunOptions {
  /** Ends it early. */
  readonly stop: AbortSignal;
  /** Longest run, ms: of virtual time if the pipeline has such. Default: until every source has ended. */
  readonly durationMs?: number | undefined;
  /** Hears of each failure when it happens. */
  readonly onFailure?: ((failure: RunFailure) => void) | undefined;
}

/** How long what is unread is waited for when a pipeline is stopped, ms. */
const DRAIN_MS_MAX = 1000;

/**
 * Runs a built pipeline until every source has ended, an actor fails, its time is over or it is told to stop. Then all
 * actors are stopped, those first that others read from, and what they hold is handed on before.
 */
export async function runPipeline(plan: Plan, built: BuiltPipeline, options: RunOptions): Promise<RunOutcome> {
  const { actors, order } = built;
  const failures: RunFailure[] = [];
  const failed = Promise.withResolvers<"failed">();
  const ends = actors.map((actor, index) =>
    actor.ended.catch((error: Error) => {
      const failure = { stage: plan.stages[index].name, error };
      failures.push(failure);
      options.onFailure?.(failure);
      failed.resolve("failed");
    })
  );
  const clean = new AbortController();
  const races = [failed.promise, stopped(options.stop, clean.signal), naturalEnd(plan, built, ends)];
  if (built.lockstep) races.push(virtualTime(built, options.durationMs, failed));
  else if (options.durationMs !== undefined) races.push(timeIsOver(options.durationMs, clean.signal));
  try {
    const reason = await Promise.race(races);
    for (const index of order) {
      if (reason !== "failed") await drained(actors[index]);
      await actors[index].stop();
    }
    await Promise.all(ends);
    return { reason: failures.length > 0 ? "failed" : reason, failures };
  } finally {
    clean.abort();
    await built.close();
  }
}

/**
 * Waits for the sources, then for all that ends with what it reads. An actor that never ends by itself is stopped when
 * nothing more can come, and so is what reads from such a one: it would wait for ever.
 */
async function naturalEnd(
  plan: Plan,
  { actors, order }: BuiltPipeline,
  ends: readonly Promise<void>[],
): Promise<RunOutcome["reason"]> {
  const sources = new Set(sourcesOf(plan));
  await Promise.all(plan.stages.flatMap((stage, index) => sources.has(stage) ? [ends[index]] : []));
  const finished = new Set<number>();
  for (const index of order) {
    const stage = plan.stages[index];
    const feeders = plan.links.filter(({ to, isEvent }) => to === index && !isEvent).map(({ from }) => from);
    const endsItself = stage.actorClass.spec.ends !== "never" && feeders.every((from) => finished.has(from));
    if (endsItself || sources.has(stage)) {
      await ends[index];
      finished.add(index);
    } else {
      await drained(actors[index]);
      await actors[index].stop();
    }
  }
  return "ended";
}

/** Virtual time begins when every actor is ready for it. */
async function virtualTime(
  { actors, lockstep }: BuiltPipeline,
  durationMs: number | undefined,
  failed: PromiseWithResolvers<"failed">,
): Promise<RunOutcome["reason"]> {
  try {
    await Promise.all(actors.map((actor) => actor.ready));
  } catch {
    // The failure is told by the actor's end.
    return await failed.promise;
  }
  await lockstep!.run(durationMs === undefined ? {} : { seconds: durationMs / 1000 });
  if (durationMs !== undefined) return "duration";
  // Every source in virtual time has ended; the natural end says when the others have.
  return await new Promise<never>(() => {});
}

function stopped(stop: AbortSignal, clean: AbortSignal): Promise<"stopped"> {
  if (stop.aborted) return Promise.resolve("stopped");
  return new Promise((resolve) => {
    stop.addEventListener("abort", () => resolve("stopped"), { once: true, signal: clean });
  });
}

function timeIsOver(durationMs: number, clean: AbortSignal): Promise<"duration"> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("duration"), durationMs);
    clean.addEventListener("abort", () => clearTimeout(timer), { once: true });
  });
}

/** Waits until an actor has read what it is given in order, as long as that goes on. */
async function drained(actor: Actor): Promise<void> {
  const endMs = performance.now() + DRAIN_MS_MAX;
  const isWaiting = (): boolean => inputsOf(actor).some((port) => port.spec.delivery === "ordered" && port.unread > 0);
  while (!actor.isEnding && isWaiting() && performance.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
