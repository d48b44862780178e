import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const timeout = 60_000;
const program = fileURLToPath(new URL("testdata/profiled_program.ts", import.meta.url));
const isDeno = "deno" in process.versions;
const RULER = /^-+$/;

interface Result {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  /** Lines on standard error. */
  readonly lines: readonly string[];
}

function start(what: string, setting = "1"): { child: ChildProcess; result: Promise<Result> } {
  const given = isDeno ? ["run", "-A", "--no-check", program, what] : [program, what];
  const env = { ...process.env, STREAMLIB_PROFILE: setting, STREAMLIB_NATIVE: "off" };
  const child = spawn(process.execPath, given, { stdio: ["ignore", "pipe", "pipe"], env });
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  let [out, errors] = ["", ""];
  child.stdout!.on("data", (bytes) => out += bytes);
  child.stderr!.on("data", (bytes) => errors += bytes);
  child.on("error", reject);
  child.on("close", (code, signal) => {
    resolve({ code, signal, out, lines: errors.split("\n").slice(0, -1) });
  });
  return { child, result: promise };
}

/** Not by `child.kill`: on Deno a child that was sent a signal that way is said to have died by it, whatever it did. */
function send(child: ChildProcess, signal: "SIGINT" | "SIGTERM"): void {
  process.kill(child.pid!, signal);
}

/** Operation and count of each row. */
function rowsOf(lines: readonly string[]): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const line of lines.slice(lines.findIndex((text) => RULER.test(text)) + 1)) {
    const [, operation, count] = /^(.*?) +(\d+)(?: +[\d.]+(?:ns|us|ms|s)){5}$/.exec(line) ?? ["", line, "0"];
    rows[operation] = Number(count);
  }
  return rows;
}

const EXPECTED = {
  'TestFilter "filter" commit': 10,
  'TestFilter "filter" copy': 10,
  'TestFilter "filter" loan': 10,
  'TestFilter "filter" process': 10,
  'TestFilter "filter" tick': 10,
  'TestScript "source" commit': 10,
  'TestScript "source" loan': 10,
  'TestScript "source" process': 10,
  'TestScript "source" tick': 10,
};

describe("a program with STREAMLIB_PROFILE=1", () => {
  it("prints one table on standard error when it ends", { timeout }, async () => {
    const { code, out, lines } = await start("works").result;
    assert.deepEqual({ code, out }, { code: 0, out: "" });
    assert.deepEqual(lines.slice(0, 2), ["=== Profiling Results ===", ""]);
    assert.match(lines[2], /^Operation +Count +Mean +P50 +P95 +P99 +Max$/);
    assert.match(lines[3], RULER);
    assert.deepEqual(rowsOf(lines), EXPECTED);
    assert.deepEqual(Object.keys(rowsOf(lines)), Object.keys(EXPECTED));
  });

  it("prints the table when it calls process.exit, and keeps the exit code", { timeout }, async () => {
    const { code, lines } = await start("exits").result;
    assert.equal(code, 3);
    assert.deepEqual(rowsOf(lines), EXPECTED);
  });

  it("says so if there was nothing to measure", { timeout }, async () => {
    const { lines } = await start("idles").result;
    assert.deepEqual(lines, ["streamlib: profiling is on, and there was nothing to measure"]);
  });

  for (const ending of ["SIGINT", "SIGTERM"] as const) {
    it(`prints the table and dies when ${ending} comes and nobody else listens`, { timeout }, async () => {
      const { child, result } = start("stays");
      child.stdout!.once("data", () => send(child, ending));
      const { code, signal, lines } = await result;
      assert.deepEqual({ code, signal }, { code: null, signal: ending });
      assert.deepEqual(rowsOf(lines), EXPECTED);
    });
  }

  it("leaves a signal to a program that listens to it", { timeout }, async () => {
    const { child, result } = start("listens");
    child.stdout!.once("data", () => send(child, "SIGINT"));
    const { code, out, lines } = await result;
    assert.deepEqual({ code, out }, { code: 0, out: "ready\nbye\n" });
    assert.deepEqual(rowsOf(lines), EXPECTED);
  });

  it("prints nothing as a place of another process, and its snapshot travels as JSON", { timeout }, async () => {
    const { out, lines } = await start("serves").result;
    assert.deepEqual(lines, []);
    const entries: { actor: string; span: string; durations: { count: number } }[] = JSON.parse(out);
    const counts = Object.fromEntries(
      entries.map(({ actor, span, durations }) => [`${actor} ${span}`, durations.count]),
    );
    assert.deepEqual(counts, EXPECTED);
  });

  it("turns its threads on too, which print nothing, and shows what they send", { timeout }, async () => {
    const { code, lines } = await start("threads").result;
    assert.equal(code, 0);
    const here = Object.entries(EXPECTED).map(([operation, count]) => [`  ${operation}`, count]);
    assert.deepEqual(rowsOf(lines), { main: 0, ...Object.fromEntries(here), "thread 1": 0, "  decode": 5 });
    assert.equal(lines.filter((line) => line.startsWith("===")).length, 1);
  });
});

describe("STREAMLIB_PROFILE", () => {
  it("leaves profiling off when it is 0, off or empty", { timeout }, async () => {
    for (const setting of ["0", "off", ""]) assert.deepEqual((await start("works", setting).result).lines, []);
  });

  it("leaves profiling off with one line when it is neither yes nor no", { timeout }, async () => {
    const { code, lines } = await start("works", "yes").result;
    assert.equal(code, 0);
    assert.deepEqual(lines, ["streamlib: STREAMLIB_PROFILE=yes leaves profiling off: 1 turns it on, 0 or nothing off"]);
  });
});
