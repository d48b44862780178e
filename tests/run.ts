/**
 * Runs every test on Deno and on Bun, and the Zig tests, and says loudly what was absent.
 *
 * ```sh
 * deno task test             # everything
 * deno task test core ffi    # only these folders
 * ```
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { findZig, zigVersion } from "../zig/toolchain.ts";
import { findRuntimes, installDebianPrograms, installPackages, ROOT, type Runtimes } from "./setup.ts";

/** Folders that hold tests. */
const FOLDERS = [
  "core",
  "ffi",
  "zig",
  "plugins",
  "cli",
  "examples",
  "scripts",
  "tests/integration",
  "templates",
];
/** These count memories, files and threads of their process: nothing else may have run in it. */
const FAULTS = ["tests/soak"];
/** Longest run of one step, ms: a test that hangs ends the step instead of the machine. */
const STEP_MS_MAX = 15 * 60_000;

interface Step {
  readonly name: string;
  readonly program: string;
  readonly given: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

function steps(runtimes: Runtimes, folders: readonly string[]): Step[] {
  const deno = (wanted: readonly string[]) => ["test", "-A", "--no-check", "--quiet", ...wanted];
  const bun = (wanted: readonly string[]) => ["test", "--timeout", "120000", ...wanted.map((one) => `./${one}/`)];
  const build = { name: "Build", program: runtimes.deno, given: ["run", "-A", "zig/build_native.ts"] };
  if (folders.length > 0) {
    return [
      build,
      { name: "Deno", program: runtimes.deno, given: deno(folders) },
      { name: "Bun", program: runtimes.bun, given: bun(folders) },
    ];
  }
  const environment = { STREAMLIB_NATIVE: "off" };
  return [
    build,
    { name: "Zig", program: runtimes.deno, given: ["run", "-A", "zig/build_native.ts", "test"] },
    { name: "Deno", program: runtimes.deno, given: deno(FOLDERS) },
    { name: "Bun", program: runtimes.bun, given: bun(FOLDERS) },
    { name: "Deno, faults", program: runtimes.deno, given: deno(FAULTS) },
    { name: "Bun, faults", program: runtimes.bun, given: bun(FAULTS) },
    { name: "Deno, core without the library", program: runtimes.deno, given: deno(["core"]), environment },
    { name: "Bun, core without the library", program: runtimes.bun, given: bun(["core"]), environment },
  ];
}

/** Lines of a failed step that are said again at the end, where a log that was cut still has them. */
const FAILURE = /\(fail\)|FAILED|^error|^panic|AssertionError|libstreamlib panicked|Segmentation fault/;
const FAILURE_LINES_MAX = 60;

/** Runs one step with its output going through; returns why it failed: nothing if it passed. */
function runStep(step: Step, absenceFile: string): Promise<string[]> {
  console.log(`\n== ${step.name}: ${step.program} ${step.given.join(" ")}`);
  return new Promise((resolve) => {
    const environment = { ...process.env, ...step.environment, STREAMLIB_TEST_ABSENCES: absenceFile };
    const child = spawn(step.program, step.given, {
      cwd: ROOT,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const failures: string[] = [];
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]] as const) {
      from.pipe(to, { end: false });
      createInterface(from).on("line", (line) => {
        if (FAILURE.test(line) && failures.length < FAILURE_LINES_MAX) failures.push(line);
      });
    }
    const timer = setTimeout(() => {
      console.error(`${step.name}: stopped after ${STEP_MS_MAX / 60_000} minutes`);
      child.kill("SIGKILL");
    }, STEP_MS_MAX);
    child.on("error", (error) => console.error(`${step.name}: ${error.message}`));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? [] : [`${step.name} (${signal ?? `code ${code}`})`, ...failures]);
    });
  });
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
  findZig();
  const programs = installDebianPrograms();
  const scratch = mkdtempSync(join(tmpdir(), "streamlib-tests-"));
  const absenceFile = join(scratch, "absences.txt");
  console.log(`Deno ${runtimes.deno}\nBun ${runtimes.bun}\nZig ${zigVersion}`);
  const failed: string[] = [];
  const all = steps(runtimes, process.argv.slice(2));
  for (const step of all) {
    const why = await runStep(step, absenceFile);
    if (why.length > 0) failed.push(why.join("\n    "));
  }
  const absent = [...programs.map((name) => `program ${name}`), ...readAbsences(absenceFile)];
  rmSync(scratch, { recursive: true, force: true });
  for (const what of absent) console.log(`ABSENT, so not tested: ${what}`);
  const isStrict = process.env.CI === "true";
  if (absent.length > 0 && isStrict) failed.push("completeness (in CI nothing may be absent)");
  for (const name of failed) console.log(`FAILED: ${name}`);
  console.log(`\nsteps: ${Math.max(0, all.length - failed.length)} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
