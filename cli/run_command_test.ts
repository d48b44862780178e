/** The commands that take a pipeline, as programs: what they print and how they exit. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { after, describe, it } from "@std/testing/bdd";
import type { CheckReport } from "./check_command.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const ACTORS = fileURLToPath(new URL("./pipeline/testdata/pipeline_actors.ts", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "streamlib-run-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Given {
  readonly stdin?: string;
  /** Signals to send, each once standard output has its text. */
  readonly signals?: readonly (readonly [after: RegExp, name: NodeJS.Signals])[];
  readonly environment?: Readonly<Record<string, string>>;
}

function streamlib(
  words: readonly string[],
  { stdin = "", signals = [], environment = {} }: Given = {},
): Promise<Done> {
  const allow = process.versions.deno === undefined ? [] : ["-A", "--no-check"];
  const child = spawn(process.execPath, ["run", ...allow, MAIN, ...words], {
    cwd: scratch,
    env: { ...process.env, ...environment },
  });
  let out = "";
  let err = "";
  const left = [...signals];
  child.stdout.on("data", (text) => {
    out += text;
    while (left[0]?.[0].test(out)) process.kill(child.pid!, left.shift()![1]);
  });
  child.stderr.on("data", (text) => err += text);
  child.stdin.end(stdin);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

const TEST = ["--plugin", ACTORS];

describe("streamlib run", { timeout: 120_000 }, () => {
  it("runs to the end: 0, and says what was done", { timeout: 60_000 }, async () => {
    const { code, out, err } = await streamlib(["run", ...TEST, "--stats", "pipe-count x count=9 | s: pipe-sink"]);
    assert.equal(code, 0, err);
    assert.match(out, /^first item at the end of the pipeline after \d+\.\d{3} s\nstage /);
    assert.match(out, /^s +\d+ +\d+ +stopped +read 9$/m);
    assert.equal(err, "", "no progress where nobody sees it");
  });

  it("words that the shell has parted are one pipeline", { timeout: 60_000 }, async () => {
    const { code, err } = await streamlib(["run", ...TEST, "pipe-count", "a b.mp4", "|", "pipe-sink"]);
    assert.equal(code, 0, err);
  });

  it("says where a page is", { timeout: 60_000 }, async () => {
    const { code, err } = await streamlib([
      "run",
      "--duration",
      "1s",
      "test-pattern width=64 height=64 | show: display",
    ]);
    assert.equal(code, 0, err);
    assert.match(err, /^show: http:\/\/127\.0\.0\.1:\d+\/$/m);
  });

  it("ends with --duration: 0", { timeout: 60_000 }, async () => {
    assert.equal((await streamlib(["run", ...TEST, "--duration", "200ms", "pipe-live | pipe-sink"])).code, 0);
  });

  it("a failed actor: 1, and the stage is named", { timeout: 60_000 }, async () => {
    const { code, err } = await streamlib(["run", ...TEST, "bad: pipe-count x fail=true | pipe-sink"]);
    assert.equal(code, 1);
    assert.match(err, /^Stage bad: .*asked to fail \(\/.*pipeline_actors\.ts:\d+:\d+\)$/m);
  });

  it("a pipeline that cannot be: 2, and every problem with its column", { timeout: 60_000 }, async () => {
    const { code, out, err } = await streamlib(["run", ...TEST, "pipe-cuont x | pipe-sink.vdieo"]);
    assert.equal(code, 2);
    assert.equal(out, "");
    assert.match(
      err,
      /^column 1: There is no actor pipe-cuont: did you mean pipe-count.*\n {2}pipe-cuont x .*\n {2}\^~{9}\n/,
    );
    assert.equal((await streamlib(["run"])).code, 2);
    assert.match((await streamlib(["run", "--duration", "soon", "x"])).err, /--duration soon is no time: 10s/);
    assert.match((await streamlib(["run", "-f", "nowhere.txt"])).err, /nowhere\.txt cannot be read/);
    assert.match((await streamlib(["run", "--set", "x", "y"])).err, /"x" sets no variable: --set NAME=VALUE/);
  });

  it("SIGINT ends it in good order: 130, SIGTERM: 143", { timeout: 60_000 }, async () => {
    for (const [name, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      const signals = [[/ready/, name]] as const;
      const { code, out } = await streamlib(["run", ...TEST, "--stats", "pipe-live | pipe-teller"], { signals });
      assert.equal(code, expected);
      assert.match(out, /^stage +ticks/m);
    }
  });
});

describe("streamlib run, asked twice", { timeout: 60_000 }, () => {
  it("ends at once: 130", { timeout: 60_000 }, async () => {
    const { code, out } = await streamlib(["run", ...TEST, "pipe-live | pipe-teller"], {
      signals: [[/ready/, "SIGINT"], [/stopping/, "SIGINT"]],
      environment: { PIPE_TELLER_STOP_MS: "4500" },
    });
    assert.equal(code, 130);
    assert.match(out, /stopping/);
    assert.doesNotMatch(out, /stopped/);
  });

  it("--profile says where the time went", { timeout: 60_000 }, async () => {
    const { code, err } = await streamlib(["run", ...TEST, "--profile", "pipe-count x | s: pipe-sink"]);
    assert.equal(code, 0);
    assert.match(err, /^PipeSink "s" +process +\d/m);
  });
});

describe("streamlib check and graph", { timeout: 120_000 }, () => {
  it("read files and standard input, text and JSON", { timeout: 60_000 }, async () => {
    const text = "# two stages\npipe-count $FILE count=${N:-4}\n  | s: pipe-sink\n";
    writeFileSync(join(scratch, "p.txt"), text);
    const file = await streamlib(["graph", ...TEST, "-f", "p.txt", "--set", "FILE=x", "--format", "json"]);
    assert.equal(file.code, 0, file.err);
    const piped = await streamlib(["graph", ...TEST, "--file", "-", "--format", "json"], {
      stdin: text,
      environment: { FILE: "x" },
    });
    assert.equal(piped.out, file.out);
    writeFileSync(join(scratch, "p.json"), file.out);
    const read = await streamlib(["graph", ...TEST, "-f", "p.json"]);
    assert.equal(
      read.out,
      "pipe-count: pipe-count path=x count=4\ns:          pipe-sink\npipe-count.video | s.video\n",
    );
    const run = await streamlib(["run", ...TEST, "-f", "p.json", "--stats"]);
    assert.match(run.out, /read 4/, run.err);
    const wrong = await streamlib(["check", ...TEST, "-f", "p.txt"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /^p\.txt:2:12: Variable FILE has no value: .*--set FILE=VALUE.*\n {2}pipe-count \$FILE/);
  });

  it("check --json gives problems with line, column and code, or the pipeline", { timeout: 60_000 }, async () => {
    const bad = await streamlib(["check", ...TEST, "--json", "pipe-live | pipe-live"]);
    assert.equal(bad.code, 2);
    const report = JSON.parse(bad.out) as CheckReport;
    assert.equal(report.ok, false);
    assert.deepEqual(
      report.problems.map(({ code, severity, line, column, length }) => ({ code, severity, line, column, length })),
      [
        { code: "link-none", severity: "error", line: 1, column: 13, length: 9 },
      ],
    );
    const good = await streamlib(["check", ...TEST, "--json", "pipe-live | pipe-sink"]);
    assert.equal(good.code, 0);
    assert.deepEqual(Object.keys((JSON.parse(good.out) as CheckReport).pipeline!.stages), ["pipe-live", "pipe-sink"]);
    assert.match((await streamlib(["check", ...TEST, "pipe-live | pipe-sink"])).out, /^ok: 2 stages, 1 link$/m);
  });

  it("graph refuses a format that it has not", { timeout: 60_000 }, async () => {
    const { code, err } = await streamlib(["graph", "--format", "mermiad", "test-pattern"]);
    assert.equal(code, 2);
    assert.match(err, /Cannot write a graph as mermiad: did you mean mermaid\?/);
  });
});
