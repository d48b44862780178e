/**
 * Who is told what happens in a run.
 *
 * @module
 */
import type { SupervisorEvent } from "@streamlib/core";
import type { BuiltPipeline } from "../pipeline/build_pipeline.ts";
import type { Plan } from "../pipeline/plan.ts";
import type { GivenPipeline } from "../pipeline/read_source.ts";
import type { RunFailure, RunOutcome } from "../pipeline/run_pipeline.ts";

/** How a run has ended. */
export interface RunEnd extends RunOutcome {
  /** What the command ends with. */
  readonly exitCode: number;
  /** When the first item arrived at the end of the pipeline, ms since the process began, to 5 ms. */
  readonly firstMs: number | undefined;
}

/** Hears what happens in a run, in this order. */
export interface RunTeller {
  /** Whether it says when the first item arrived. */
  readonly wantsFirst: boolean;
  /** What is wrong with the pipeline, or could be. */
  problems(pipeline: Pick<GivenPipeline, "source" | "problems">): void;
  /** Every actor is made and linked. */
  started(plan: Plan, built: BuiltPipeline): void;
  /** A stage shows something there. */
  address(stage: string, url: string): void;
  /** A stage has failed, and is made anew. */
  restarting(stage: string, event: SupervisorEvent): void;
  /** A stage has failed for good. */
  failed(failure: RunFailure): void;
  /** It is over. */
  ended(plan: Plan, built: BuiltPipeline, end: RunEnd): void;
  /** Takes away what is on the screen only while it runs. */
  close(): void;
}
