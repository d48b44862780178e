/**
 * Runs every test on Deno and on Bun, and the Zig tests, and says loudly what was absent.
 *
 * A test file that fails is run once more, alone: most tests have a whole machine in them, and one that another program
 * held up says nothing of the code. If it passes then, it is said at the end as unsteady, which is a fault to be mended;
 * if it fails again, or if more than three files fail, the step has failed. The Zig tests are one program, and run again
 * as such.
 *
 * ```sh
 * deno task test             # everything
 * deno task test core ffi    # only these folders
 * ```
 *
 * @module
 */
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { findZig, zigVersion } from "../zig/toolchain.ts";
import { findRuntimes, installDebianPrograms, installPackages, ROOT, type Runtimes } from "./setup.ts";
import { readTestReport } from "../scripts/test_report.ts";
import { excerptOf } from "../scripts/step_output.ts";

/** Folders that hold tests. */
const FOLDERS = [
  "core",
  "ffi",
  "zig",
  "plugins",
  "cli",
  "metrics",
  "sandbox",
  "examples",
  "scripts",
  "tests/integration",
  "tests/compat",
];
/** Core's own tests have actors of the same names as `@streamlib/testing`, and Bun runs all files in one process. */
const PROJECTS = ["testing", "create", "templates"];
/** These count memories, files and threads of their process: nothing else may have run in it. */
const FAULTS = ["tests/soak"];
/** Longest run of one step, ms: a test that hangs ends the step instead of the machine. */
const STEP_MS_MAX = 30 * 60_000;

/** Where the output and the report of each step are kept. */
const OUTPUT = join(ROOT, "out/tests");

/** More files than this are not run again: then it is not the machine. */
const REPEATS_MAX = 3;

interface Step {
  readonly name: string;
  readonly program: string;
  readonly given: readonly string[];
  readonly environment?: Environment;
  /** Of a runtime's tests: where its report will be. */
  readonly report?: string;
  /** It is short enough to be run again as a whole if it fails. */
  readonly isRepeated?: boolean;
  /** The same step with these files only. */
  readonly only?: (files: readonly string[]) => Step;
}

type Environment = Readonly<Record<string, string>>;

/** The file of the output folder that belongs to a step. */
function fileOf(name: string, extension: "log" | "xml"): string {
  return join(OUTPUT, `${name.replaceAll(/\W+/g, "_").toLowerCase()}.${extension}`);
}

function steps(runtimes: Runtimes, folders: readonly string[]): Step[] {
  const deno = (name: string, wanted: readonly string[], environment: Environment = {}): Step => ({
    name,
    program: runtimes.deno,
    given: ["test", "-A", "--no-check", "--quiet", `--junit-path=${fileOf(name, "xml")}`, ...wanted],
    environment,
    report: fileOf(name, "xml"),
    only: (files) => deno(`${name}, again`, files, environment),
  });
  const bun = (name: string, wanted: readonly string[], environment: Environment = {}): Step => ({
    name,
    program: runtimes.bun,
    given: ["test", "--timeout", "120000", "--reporter=junit", `--reporter-outfile=${fileOf(name, "xml")}`].concat(
      wanted.map((one) => one.endsWith(".ts") ? `./${one}` : `./${one}/`),
    ),
    environment,
    report: fileOf(name, "xml"),
    only: (files) => bun(`${name}, again`, files, environment),
  });
  const build = { name: "Build", program: runtimes.deno, given: ["run", "-A", "zig/build_native.ts"] };
  if (folders.length > 0) return [build, deno("Deno", folders), bun("Bun", folders)];
  const environment = { STREAMLIB_NATIVE: "off" };
  return [
    build,
    { name: "Zig", program: runtimes.deno, given: ["run", "-A", "zig/build_native.ts", "test"], isRepeated: true },
    deno("Deno", FOLDERS),
    bun("Bun", FOLDERS),
    deno("Deno, projects", PROJECTS),
    bun("Bun, projects", PROJECTS),
    deno("Deno, faults", FAULTS),
    bun("Bun, faults", FAULTS),
    deno("Deno, core without the library", ["core"], environment),
    bun("Bun, core without the library", ["core"], environment),
  ];
}

/** Lines of a failed step that are said again at the end, where a log that was cut still has them. */
const FAILURE = /\(fail\)|FAILED|^error|^panic|AssertionError|libstreamlib panicked|Segmentation fault/;
const FAILURE_LINES_MAX = 60;
/** Test files that are named as the slowest of a step. */
const SLOWEST = 8;

/**
 * Runs one step; returns why it failed: nothing if it passed. On a terminal its output goes through. Elsewhere only
 * what failed of it is shown, since tests of crashes print crashes, and who reads a log looks for those.
 */
function runStep(step: Step, absenceFile: string): Promise<string[]> {
  const outputFile = fileOf(step.name, "log");
  console.log(`\n== ${step.name}: ${step.program} ${step.given.join(" ")}\n   (${outputFile})`);
  const startedMs = Date.now();
  return new Promise((resolve) => {
    const environment = {
      ...process.env,
      ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }),
      ...step.environment,
      STREAMLIB_TEST_ABSENCES: absenceFile,
    };
    const child = spawn(step.program, step.given, {
      cwd: ROOT,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const file = createWriteStream(outputFile);
    const lines: string[] = [];
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]] as const) {
      if (process.stdout.isTTY) from.pipe(to, { end: false });
      createInterface(from).on("line", (line) => {
        lines.push(line);
        file.write(`${line}\n`);
      });
    }
    const timer = setTimeout(() => {
      lines.push(`${step.name}: stopped after ${STEP_MS_MAX / 60_000} minutes`);
      child.kill("SIGKILL");
    }, STEP_MS_MAX);
    child.on("error", (error) => lines.push(`${step.name}: ${error.message}`));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      file.end();
      const ended = signal ?? `code ${code}`;
      console.log(`   ${code === 0 ? "passed" : ended} after ${((Date.now() - startedMs) / 1000).toFixed(0)} s`);
      if (code === 0) return resolve([]);
      if (!process.stdout.isTTY) console.log(excerptOf(lines).map((line) => `   | ${line}`).join("\n"));
      resolve([`${step.name} (${ended})`, ...lines.filter((line) => FAILURE.test(line)).slice(0, FAILURE_LINES_MAX)]);
    });
  });
}

/** Runs a step, and once more what failed of it; see the top of this file. */
async function runSteadily(step: Step, absenceFile: string, unsteady: string[]): Promise<string[]> {
  if (step.report) rmSync(step.report, { force: true });
  const why = await runStep(step, absenceFile);
  if (step.isRepeated && why.length > 0) {
    const again = await runStep({ ...step, name: `${step.name}, again` }, absenceFile);
    if (again.length > 0) return [...why, ...again];
    unsteady.push(...why);
    return [];
  }
  if (!step.report || !step.only) return why;
  const files = existsSync(step.report) ? readTestReport(readFileSync(step.report, "utf8")) : [];
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  console.log(`   slowest: ${slowest.map((one) => `${one.path} ${one.seconds.toFixed(0)} s`).join(", ")}`);
  const failed = files.filter((one) => one.failures > 0).map((one) => one.path);
  if (why.length === 0 || failed.length === 0 || failed.length > REPEATS_MAX) return why;
  const again = await runStep(step.only(failed), absenceFile);
  if (again.length > 0) return [...why, ...again];
  unsteady.push(...failed.map((path) => `${step.name}: ${path}`), ...why.slice(1));
  return [];
}

function readAbsences(file: string): string[] {
  try {
    return [...new Set(readFileSync(file, "utf8").split("\n").filter((line) => line !== ""))];
  } catch {
    return [];
  }
}

async function main(): Promise<number> {
  const runtimes = findRuntimes();
  installPackages(runtimes.bun);
  // The template with native code builds with this Zig, and the command calls both runtimes by their names.
  process.env.ZIG = findZig();
  process.env.PATH = [dirname(runtimes.deno), dirname(runtimes.bun), process.env.PATH].join(delimiter);
  const programs = installDebianPrograms();
  rmSync(OUTPUT, { recursive: true, force: true });
  mkdirSync(OUTPUT, { recursive: true });
  const absenceFile = join(OUTPUT, "absences.txt");
  console.log(`Deno ${runtimes.deno}\nBun ${runtimes.bun}\nZig ${zigVersion}`);
  const failed: string[] = [];
  const unsteady: string[] = [];
  const all = steps(runtimes, process.argv.slice(2));
  for (const step of all) {
    const why = await runSteadily(step, absenceFile, unsteady);
    if (why.length > 0) failed.push(why.join("\n    "));
  }
  const absent = [...programs.map((name) => `program ${name}`), ...readAbsences(absenceFile)];
  for (const what of absent) console.log(`ABSENT, so not tested: ${what}`);
  const isStrict = process.env.CI === "true";
  if (absent.length > 0 && isStrict) failed.push("completeness (in CI nothing may be absent)");
  for (const line of unsteady) console.log(`UNSTEADY, to be mended though it passed when run again: ${line}`);
  for (const name of failed) console.log(`FAILED: ${name}`);
  console.log(`\nsteps: ${Math.max(0, all.length - failed.length)} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
