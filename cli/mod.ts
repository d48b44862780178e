/**
 * The parts of the `streamlib` command, for programs that want its answers.
 *
 * ```ts
 * import { doctorReport, gatherFacts } from "@streamlib/cli";
 *
 * const report = doctorReport(await gatherFacts());
 * console.log(report.ok ? "ready" : report.findings.filter((one) => one.state === "missing"));
 * ```
 *
 * @module
 */
export { readRunningGraph } from "./attach/running_graph.ts";
export type { Command, CommandOption, GivenOptions, Screen } from "./command.ts";
export { runCommandLine } from "./command_line.ts";
export { commands } from "./commands.ts";
export * from "./doctor/facts.ts";
export * from "./doctor/gather.ts";
export * from "./doctor/report.ts";
export { BuildError, buildPipeline, type BuiltPipeline } from "./pipeline/build_pipeline.ts";
export {
  type CheckedPipeline,
  type CheckOptions,
  checkPipeline,
  type PipelineSource,
} from "./pipeline/check_pipeline.ts";
export { PIPELINE_SCHEMA } from "./pipeline/pipeline_schema.ts";
export type { PlaceKind, Plan, PlannedClock, PlannedLink, PlannedPlace, PlannedStage } from "./pipeline/plan.ts";
export {
  type Problem,
  type ProblemCode,
  problemLines,
  type ProblemReport,
  reportOf,
  type Span,
} from "./pipeline/problem.ts";
export { type RunFailure, type RunOptions, type RunOutcome, runPipeline } from "./pipeline/run_pipeline.ts";
export { type PipelineJson, planJson, planText, type StageJson } from "./pipeline/write_text.ts";
export { type ImportOptions, importPlugins, OFFICIAL_PLUGINS, type PluginState } from "./plugins.ts";
