/**
 * The gate: everything that must hold before a change goes in. Runs all steps, then says which failed and what mends them.
 *
 * ```sh
 * deno task ok             # everything
 * deno task ok fmt lint    # only these steps
 * ```
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { findRuntimes, ROOT } from "../tests/setup.ts";
import { checkTemplates } from "./templates.ts";
import { doorsOf, members } from "./workspace.ts";

interface Step {
  readonly name: string;
  /** What to do when it fails. */
  readonly remedy: string;
  /** Throws or returns false if it fails. Says why on the terminal. */
  run(): boolean;
}

/** Generated files, and the command that writes each; a run may not change them. */
const GENERATED: readonly (readonly [string, readonly string[]])[] = [
  ["ffi/abi.gen.ts", ["zig/build_native.ts", "gen"]],
  ["plugins/display/page.gen.ts", ["plugins/display/embed_page.ts"]],
  ["create/templates.gen.ts", ["create/embed_templates.ts"]],
];

function steps(deno: string): Step[] {
  const runDeno = (...given: string[]): boolean =>
    spawnSync(deno, given, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
  return [
    { name: "fmt", remedy: "deno fmt", run: () => runDeno("fmt", "--check") },
    { name: "lint", remedy: "deno lint --fix, then by hand", run: () => runDeno("lint") },
    { name: "check", remedy: "mend the types at the lines above", run: () => runDeno("check", "--quiet", ".") },
    {
      name: "generated",
      remedy: "commit the files that the commands above have written",
      run: () =>
        GENERATED.map(([file, given]) => isUpToDate(file, () => runDeno("run", "-A", ...given))).every(Boolean),
    },
    {
      name: "doc",
      remedy: "document the symbols above, or stop exporting them",
      run: () => runDeno("doc", "--lint", ...doors()),
    },
    {
      name: "publish",
      remedy: "give exported symbols explicit types; see the lines above",
      run: () => runDeno("publish", "--dry-run", "--allow-dirty", "--quiet"),
    },
    { name: "test", remedy: "deno task test FOLDER runs a part", run: () => runDeno("run", "-A", "tests/run.ts") },
    {
      name: "templates",
      remedy: "deno task templates",
      run: () => {
        checkTemplates(console.log);
        return true;
      },
    },
    { name: "docs", remedy: "mend the links or snippets above", run: () => runDeno("run", "-A", "scripts/docs.ts") },
  ];
}

/** A door for packages of this group alone: what it shows is not for programs, and is documented for who works on it. */
const INNER_DOORS: readonly string[] = [join("core", "place", "kit.ts")];

/** Every public module, so that a type of one package counts as public in another. */
function doors(): string[] {
  return members().flatMap(({ folder, deno }) => Object.values(doorsOf(deno.exports)).map((file) => join(folder, file)))
    .filter((file) => !INNER_DOORS.includes(file));
}

/** Whether generating leaves the file as it is; else it is left as generated. */
function isUpToDate(file: string, generate: () => boolean): boolean {
  const path = join(ROOT, file);
  const before = readFileSync(path, "utf8");
  if (!generate()) {
    writeFileSync(path, before);
    return false;
  }
  if (readFileSync(path, "utf8") === before) return true;
  console.error(`${file}:1: was out of date and is written anew`);
  return false;
}

function passes(step: Step): boolean {
  try {
    return step.run();
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return false;
  }
}

function main(): number {
  const all = steps(findRuntimes().deno);
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !all.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(`Cannot run ${unknown.join(", ")}: the steps are ${all.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  const chosen = all.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const summary = chosen.map((step) => {
    console.log(`== ${step.name}`);
    const startMs = performance.now();
    const passed = passes(step);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    return {
      passed,
      line: `${passed ? "ok    " : "FAILED"}  ${step.name.padEnd(10)}  ${seconds} s${
        passed ? "" : `  mend: ${step.remedy}`
      }`,
    };
  });
  console.log("");
  for (const { line } of summary) console.log(line);
  return summary.every(({ passed }) => passed) ? 0 : 1;
}

process.exit(main());
