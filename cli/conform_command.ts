/**
 * `streamlib conform`: whether a package keeps to what streamlib expects, on both runtimes.
 *
 * @module
 */
import type { ConformReport } from "@streamlib/testing/conform";
import { messageOf } from "@streamlib/core";
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import type { Command, Screen } from "./command.ts";
import { otherRuntime } from "./other_runtime.ts";
import { coreSeenFrom, programPackages } from "./plugin/program_packages.ts";

const REPORT_BYTES_MAX = 1 << 26;

/** Exit code 0 if it conforms, 1 if not (with `--strict` also if a check was skipped), 2 if it cannot be looked at. */
export const conform: Command = {
  name: "conform",
  summary: "Check a package: its manifests, actors and other parts, on Deno and on Bun",
  positionals: "PATH",
  positionalsMax: 1,
  options: {
    here: { kind: "flag", description: "on this runtime only" },
    only: { kind: "texts", value: "PREFIX", description: "only checks whose id begins so, such as option-" },
    all: { kind: "flag", description: "name every check" },
    strict: { kind: "flag", description: "fail also if a check could not be made" },
    list: { kind: "flag", description: "only say which checks there are" },
    json: { kind: "flag", description: "a list of reports as JSON" },
  },
  async run(given, [path], screen) {
    const testing = await import("@streamlib/testing/conform");
    if (given.list) {
      if (given.json) screen.out(JSON.stringify(testing.conformChecks, null, 2));
      else for (const { kind, id, title } of testing.conformChecks) screen.out(`${kind} ${id}: ${title}`);
      return 0;
    }
    if (path === undefined) {
      screen.err("Cannot check a package: PATH is missing; `streamlib conform PATH`");
      return 2;
    }
    const clash = secondCore(path);
    if (clash !== undefined) {
      screen.err(`Cannot check ${path}: ${clash}`);
      return 2;
    }
    const only = given.only as readonly string[] | undefined;
    const reports: ConformReport[] = [];
    try {
      reports.push(await testing.conform(path, only ? { only } : {}));
    } catch (thrown) {
      screen.err(`Cannot check ${path}: ${withoutHead(messageOf(thrown), path)}`);
      return 2;
    }
    if (!given.here) {
      const there = checkedThere(path, only ?? [], screen);
      if (!there) return 2;
      reports.push(...there);
    }
    if (given.json) screen.out(JSON.stringify(reports, null, 2));
    else for (const report of reports) screen.out(testing.conformText(report, { all: given.all === true }));
    return reports.every(({ failed, skipped }) => failed === 0 && !(given.strict && skipped > 0)) ? 0 : 1;
  },
};

/** Says that the package has a core of its own, whose actors this command could not check; `undefined` if it has none. */
function secondCore(path: string): string | undefined {
  if (!existsSync(path) || !import.meta.url.startsWith("file:")) return undefined;
  const full = resolve(path);
  const theirs = coreSeenFrom(statSync(full).isDirectory() ? join(full, "mod.ts") : full);
  const [ours] = programPackages();
  if (theirs === undefined || theirs.folder === ours.folder) return undefined;
  const run = process.versions.bun ? "bunx --bun " : "deno run -A npm:";
  return `two copies of core in one program (version-clash): it uses ${theirs.folder}, this command ${ours.folder}; ` +
    `use the command of its own project, in its folder: ${run}@streamlib/cli conform .`;
}

/** What was said, without the words that this command puts before it. */
function withoutHead(message: string, path: string): string {
  const head = `Cannot check ${path}: `;
  return message.startsWith(head) ? message.slice(head.length) : message;
}

/** What the other runtime says; nothing, with a line, if it is not installed; `undefined` if it cannot tell. */
function checkedThere(path: string, only: readonly string[], screen: Screen): ConformReport[] | undefined {
  const words = ["conform", path, "--here", "--json", ...only.flatMap((prefix) => ["--only", prefix])];
  const told = otherRuntime(words, REPORT_BYTES_MAX);
  if (told.isAbsent) {
    screen.err(`Not checked on ${told.name}: it is not installed; with it on PATH this command checks both`);
    return [];
  }
  try {
    return JSON.parse(told.stdout) as ConformReport[];
  } catch {
    const reason = withoutHead(told.stderr.trim(), path) || `exit code ${told.status}`;
    screen.err(`Cannot check ${path} on ${told.name}: ${reason}`);
    return undefined;
  }
}
