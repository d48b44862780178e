/**
 * `streamlib check`: everything but running a pipeline.
 *
 * @module
 */
import type { Command, Screen } from "./command.ts";
import { type ProblemReport, reportOf } from "./pipeline/problem.ts";
import { givenPipeline, PIPELINE_OPTIONS, tellProblems } from "./pipeline/read_source.ts";
import { type PipelineJson, planJson } from "./pipeline/write_text.ts";

/** What `check --json` gives. */
export interface CheckReport {
  /** Whether the pipeline can be run. */
  readonly ok: boolean;
  /** What is wrong, in the order of the text. */
  readonly problems: readonly ProblemReport[];
  /** The pipeline as it would be run; absent if it cannot be. */
  readonly pipeline?: PipelineJson;
}

/** Exit code 0 if the pipeline can be run, 2 if not. */
export const check: Command = {
  name: "check",
  summary: "Check a pipeline without running it: names, options, ports, types, circles",
  positionals: "PIPELINE",
  positionalsMax: Infinity,
  options: {
    ...PIPELINE_OPTIONS,
    json: { kind: "flag", description: "Write JSON: ok, problems with line and column, the pipeline" },
  },
  async run(given, positionals, screen: Screen) {
    const pipeline = await givenPipeline(given, positionals);
    if (typeof pipeline === "string") {
      screen.err(`Cannot check: ${pipeline}`);
      return 2;
    }
    const { plan, problems, source } = pipeline;
    if (given.json === true) {
      const report: CheckReport = {
        ok: plan !== undefined,
        problems: problems.map((problem) => reportOf(source.text, problem)),
        ...(plan ? { pipeline: planJson(plan) } : {}),
      };
      screen.out(JSON.stringify(report, null, 2));
    } else {
      tellProblems(pipeline, screen);
      if (plan) screen.out(`ok: ${count(plan.stages.length, "stage")}, ${count(plan.links.length, "link")}`);
    }
    return plan ? 0 : 2;
  },
};

function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? "" : "s"}`;
}
