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
export type { Command, CommandOption, GivenOptions, Screen } from "./command.ts";
export { runCommandLine } from "./command_line.ts";
export { commands } from "./commands.ts";
export * from "./doctor/facts.ts";
export * from "./doctor/gather.ts";
export * from "./doctor/report.ts";
export { importPlugins, OFFICIAL_PLUGINS, type PluginState } from "./plugins.ts";
