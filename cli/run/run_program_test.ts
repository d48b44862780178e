/** `streamlib run --json`, and what a run writes on a terminal: the whole program. */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { hasProgram } from "../../tests/needs.ts";

const SLOW = { timeout: 60_000 };
const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const ACTORS = fileURLToPath(new URL("../pipeline/testdata/pipeline_actors.ts", import.meta.url));
const COMMAND = [process.execPath, "run", ...(process.versions.bun ? [] : ["-A", "--no-check"]), MAIN];

interface Done {
  readonly status: number | null;
  readonly events: Record<string, unknown>[];
  readonly stderr: string;
}

function runJson(...words: string[]): Done {
  const given = [...COMMAND.slice(1), "run", "--json", "--plugin", ACTORS, ...words];
  const { status, stdout, stderr } = spawnSync(COMMAND[0], given, { encoding: "utf8" });
  const events = stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const { atMs } of events) assert.ok(typeof atMs === "number" && atMs > 0);
  return { status, events, stderr };
}

/** What a terminal has got, escape codes too. */
function onTerminal(environment: Readonly<Record<string, string>>, ...words: string[]): string {
  const line = [...COMMAND, ...words].map((word) => `'${word}'`).join(" ");
  const done = spawnSync("script", ["-qec", line, "/dev/null"], {
    encoding: "utf8",
    // On Deno spawnSync() adds to the environment of this process: what shall not be there is set to nothing.
    env: { ...process.env, NO_COLOR: "", TERM: "xterm", ...environment },
    input: "",
  });
  return done.stdout.replaceAll("\x1b", "ESC");
}

describe("run --json", SLOW, () => {
  it("says what is made, and at the end what each stage did", SLOW, () => {
    const { status, events, stderr } = runJson("pipe-count x count=9 | s: pipe-sink @thread=a");
    assert.equal(status, 0, stderr);
    const [started, ended, ...more] = events;
    assert.deepEqual(more, []);
    assert.deepEqual([started.event, started.actors, started.links], [
      "started",
      [{ stage: "pipe-count", actor: "PipeCount", place: "loop" }, {
        stage: "s",
        actor: "PipeSink",
        place: "thread=a",
      }],
      [{ from: "pipe-count.video", to: "s.video", type: "VideoFrame" }],
    ]);
    const { event, reason, exitCode, firstItemMs, lost, actors } = ended as Record<string, unknown> & {
      actors: Record<string, unknown>[];
    };
    assert.deepEqual([event, reason, exitCode, lost], ["ended", "ended", 0, []]);
    assert.ok(Number(firstItemMs) > 0);
    const [count, sink] = actors;
    assert.deepEqual([count.stage, count.state, count.ticks, count.restarts], ["pipe-count", "stopped", 9, 0]);
    assert.deepEqual((count.outputs as { video: { committed: number; dropped: number } }).video.committed, 9);
    assert.deepEqual([sink.counters, sink.inputs], [{ read: 9 }, { video: { read: 9, missed: 0 } }]);
    assert.equal(typeof sink.missed, "number");
  });

  it("says failures, restarts and the reason", SLOW, () => {
    const { status, events } = runJson("bad: pipe-count x fail=true @restart=1 | pipe-sink");
    assert.equal(status, 1);
    assert.deepEqual(events.map(({ event }) => event), ["started", "restarting", "failed", "ended"]);
    const [, restarting, failed, ended] = events;
    assert.deepEqual([restarting.stage, restarting.attempt, restarting.code], ["bad", 1, "actor-failed"]);
    assert.match(String(failed.message), /has made 1 restart .*asked to fail/);
    assert.match(String(restarting.at), /pipeline_actors\.ts:\d+:\d+$/);
    assert.deepEqual([failed.stage, ended.reason, ended.exitCode], ["bad", "failed", 1]);
  });

  it("says what is wrong with the pipeline, as check does: 2", SLOW, () => {
    const { status, events, stderr } = runJson("pipe-count count=2000 x | pipe-snik");
    assert.deepEqual([status, stderr], [2, ""]);
    assert.deepEqual(events.map(({ event, code, line, column, length }) => [event, code, line, column, length]), [
      ["error", "option-invalid", 1, 12, 10],
      ["error", "catalogue-unknown", 1, 27, 9],
    ]);
    const warned = runJson("--set", "UNUSED=1", "--duration", "100ms", "pipe-live | pipe-sink");
    assert.deepEqual(warned.events.map(({ event }) => event), ["warning", "started", "ended"]);
    assert.deepEqual([warned.events[0].code, warned.events[2].reason], ["variable-unset", "duration"]);
    const usage = runJson("--duration", "soon", "pipe-live");
    assert.deepEqual([usage.status, usage.events], [2, []]);
    assert.match(usage.stderr, /--duration soon is no time/);
  });

  it("ends early where the reader has gone: 0", SLOW, () => {
    const words = [...COMMAND, "run", "--json", "--plugin", ACTORS, "--duration", "20s"];
    const line = [...words, "pipe-live | pipe-sink ; test-pattern width=64 height=64 | display"];
    const command = line.map((word) => `'${word}'`).join(" ");
    const done = spawnSync("bash", ["-c", `${command} | head -1; exit $PIPESTATUS`], {
      encoding: "utf8",
      timeout: 50_000,
    });
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /^\{"event":"started".*\n$/);
  });

  it("keeps standard output for itself", SLOW, () => {
    for (const place of ["@loop", "@process=a"]) {
      const { events, stderr } = runJson("--duration", "1s", `pipe-live | pipe-teller ${place}`);
      assert.deepEqual(events.map(({ event }) => event), ["started", "ended"], place);
      assert.match(stderr, /ready/, place);
    }
  });
});

describe(
  "a run on a terminal",
  { ...SLOW, skip: !hasProgram("script", "what the command writes on a terminal") },
  () => {
    it("shows a line of progress and takes it away; elsewhere and on a dumb terminal there is none", SLOW, () => {
      const words = ["run", "--plugin", ACTORS, "--duration", "1800ms", "--stats", "pipe-live | pipe-sink"];
      const seen = onTerminal({}, ...words);
      assert.match(seen, /\r0:00:01 {2}pipe-live \d+\.\d\/s {2}pipe-sink \d+\.\d\/s {2}0 lostESC\[K\r/);
      const after = seen.slice(seen.lastIndexOf("lostESC[K\r") + "lostESC[K\r".length);
      assert.match(after, /^\rESC\[K\rfirst item at the end/, "it has gone before the table");
      assert.doesNotMatch(onTerminal({ TERM: "dumb" }, ...words), /ESC|\/s {2}pipe-sink/);
    });

    it("colours what is wrong, and not with NO_COLOR or TERM=dumb", SLOW, () => {
      const words = ["check", "--plugin", ACTORS, "pipe-live | pipe-snik"];
      assert.match(onTerminal({}, ...words), /pipe-live \| ESC\[31mpipe-snikESC\[0m\r\n {14}ESC\[31m\^~{8}ESC\[0m/);
      for (const environment of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
        assert.match(onTerminal(environment, ...words), /pipe-live \| pipe-snik\r\n {14}\^~{8}\r\n$/);
      }
    });
  },
);

describe("long answers", SLOW, () => {
  it("come whole to who reads slowly, and end in peace if nobody reads on", SLOW, () => {
    const line = [...COMMAND, "inspect", "--json"].map((word) => `'${word}'`).join(" ");
    const whole = spawnSync("sh", ["-c", `${line} | (sleep 0.5; cat)`], { encoding: "utf8", maxBuffer: 1 << 26 });
    assert.ok(whole.stdout.length > 70_000, "more than a pipe holds");
    assert.ok(Array.isArray(JSON.parse(whole.stdout)));
    const cut = spawnSync("sh", ["-c", `${line} | head -c 1`], { encoding: "utf8" });
    assert.deepEqual([cut.stdout, cut.stderr], ["[", ""]);
  });
});
