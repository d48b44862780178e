/**
 * What came of the checks.
 *
 * @module
 */
import type { ConformKind } from "./check.ts";

/** What came of one check. */
export interface ConformResult {
  /** What was looked at: a package, an actor, a clock and so on. */
  readonly kind: ConformKind;
  /** Its name. */
  readonly name: string;
  /** The check, for programs. */
  readonly id: string;
  /** What must hold. */
  readonly title: string;
  /**
   * `skipped`: it could not be checked here. `inapplicable`: it is about something that is not there, or the package
   * says why it does not apply.
   */
  readonly outcome: "passed" | "failed" | "skipped" | "inapplicable";
  /** Why, unless it passed. */
  readonly detail?: string;
}

/** What came of all checks; plain JSON. */
export interface ConformReport {
  /** What was given. */
  readonly path: string;
  /** `deno 2.9.6`, `bun 1.4.5`. */
  readonly runtime: string;
  /** Checks that passed. */
  readonly passed: number;
  /** Checks that failed: it conforms if there is none. */
  readonly failed: number;
  /** Checks that could not be made here. */
  readonly skipped: number;
  /** Checks that are about something that is not there. */
  readonly inapplicable: number;
  /** Why checks could not be made here, the most frequent reason first; empty if all were made. */
  readonly skippedBecause: readonly ConformGap[];
  /** Every check in its order. */
  readonly results: readonly ConformResult[];
}

/** What could not be checked for one reason. */
export interface ConformGap {
  /** The reason. */
  readonly reason: string;
  /** How many checks. */
  readonly checks: number;
  /** Of what: `actor Lut3d`. */
  readonly of: readonly string[];
}

/**
 * The report of results.
 *
 * @param path What was given.
 * @param runtime Name and version.
 * @param results Every check in its order.
 */
export function reportOf(path: string, runtime: string, results: readonly ConformResult[]): ConformReport {
  const count = (outcome: ConformResult["outcome"]): number => results.filter((one) => one.outcome === outcome).length;
  return {
    path,
    runtime,
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    inapplicable: count("inapplicable"),
    skippedBecause: gapsOf(results),
    results,
  };
}

function gapsOf(results: readonly ConformResult[]): ConformGap[] {
  const gaps = new Map<string, { reason: string; checks: number; of: string[] }>();
  for (const { outcome, detail = "", kind, name } of results) {
    if (outcome !== "skipped") continue;
    const gap = gaps.get(detail) ?? { reason: detail, checks: 0, of: [] };
    gaps.set(detail, gap);
    gap.checks++;
    if (!gap.of.includes(`${kind} ${name}`)) gap.of.push(`${kind} ${name}`);
  }
  return [...gaps.values()].sort((one, other) => other.checks - one.checks);
}

/**
 * The report as text: one line for each thing that was looked at and what failed there, with the reason; at the end, in
 * one place, what could not be checked.
 *
 * @param report The report.
 * @param options `all`: names every check. Default false.
 */
export function conformText(report: ConformReport, options: { all?: boolean } = {}): string {
  const lines: string[] = [];
  const subjects = new Map<string, ConformResult[]>();
  for (const result of report.results) {
    const key = `${result.kind} ${result.name}`;
    subjects.set(key, [...subjects.get(key) ?? [], result]);
  }
  for (const [subject, results] of subjects) {
    const count = (outcome: ConformResult["outcome"]): number =>
      results.filter((one) => one.outcome === outcome).length;
    lines.push(`${subject}: ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
    lines.push(...linesOf(results.filter(({ outcome }) => options.all || outcome === "failed")));
  }
  const { passed, failed, skipped, skippedBecause, runtime, path } = report;
  if (skipped > 0) lines.push(`NOT CHECKED: ${skipped} checks`);
  for (const { reason, checks, of } of skippedBecause) lines.push(`  ${checks} of ${of.join(", ")}: ${reason}`);
  lines.push(`${path} on ${runtime}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  return lines.join("\n");
}

/** Results that have the same reason are told together. */
function linesOf(results: readonly ConformResult[]): string[] {
  const groups = new Map<string, ConformResult[]>();
  for (const result of results) {
    const key = result.detail === undefined ? result.id : `${result.outcome} ${result.detail}`;
    groups.set(key, [...groups.get(key) ?? [], result]);
  }
  return [...groups.values()].flatMap((group) => {
    const [{ outcome, id, title, detail }] = group;
    const what = group.length === 1
      ? `${id}: ${title}`
      : `${group.length} checks: ${group.map((one) => one.id).join(", ")}`;
    const line = `  ${outcome.padEnd(12)} ${what}`;
    return detail === undefined ? [line] : [line, `               ${detail}`];
  });
}
