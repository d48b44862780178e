/**
 * `streamlib doctor`: what is there, what is missing, and the command that mends it.
 *
 * @module
 */
import type { Command, Screen } from "./command.ts";
import { gatherFacts } from "./doctor/gather.ts";
import { type DoctorReport, doctorReport } from "./doctor/report.ts";

/** Exit code 0 if everything that a default run needs is there, else 1. */
export const doctor: Command = {
  name: "doctor",
  summary: "Say what this machine has and lacks, and what mends it",
  options: { json: { kind: "flag", description: "Write JSON" } },
  async run({ json }, _positionals, screen: Screen) {
    const report = doctorReport(await gatherFacts());
    const lines = json === true ? [JSON.stringify(report, null, 2)] : linesOf(report);
    for (const line of lines) screen.out(line);
    return report.ok ? 0 : 1;
  },
};

/** The report for people: for each thing a line, and below it what it is for and what mends it. */
export function linesOf({ ok, findings }: DoctorReport): string[] {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const indent = " ".repeat(width + 11);
  const lines = findings.flatMap(({ subject, state, required, detail, purpose, mend }) => {
    const head = `${state.padEnd(7)}  ${subject.padEnd(width)}  ${detail}`;
    const use = `${indent}for:  ${purpose}${required ? " (needed)" : ""}`;
    return mend === undefined ? [head, use] : [head, use, `${indent}mend: ${mend}`];
  });
  const needed = findings.filter(({ state, required }) => required && state === "missing");
  const names = needed.map(({ subject }) => subject).join(", ");
  return [...lines, "", ok ? "Everything that a default run needs is there." : `Needed and missing: ${names}.`];
}
