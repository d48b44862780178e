import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { localActors } from "@streamlib/core";
import { BuildError, buildPipeline, type BuiltPipeline } from "./build_pipeline.ts";
import { checkPipeline } from "./check_pipeline.ts";
import type { Plan } from "./plan.ts";
import { type RunOptions, runPipeline } from "./run_pipeline.ts";
import { lossesOf, lossLine, statsLines } from "./run_stats.ts";
import "./testdata/pipeline_actors.ts";

async function build(text: string): Promise<{ plan: Plan; built: BuiltPipeline }> {
  const { plan, problems } = await checkPipeline({ text, name: undefined, isJson: false });
  assert.ok(plan, problems.map(({ message }) => message).join("\n"));
  return { plan, built: await buildPipeline(plan) };
}

async function run(text: string, options: Partial<RunOptions> = {}) {
  const { plan, built } = await build(text);
  const outcome = await runPipeline(plan, built, { stop: new AbortController().signal, ...options });
  assert.deepEqual(localActors().filter(({ id }) => plan.stages.some(({ name }) => name === id)), [], "none lives on");
  return { plan, ...outcome, read: built.actors.map(({ stats }) => stats.counters.read ?? 0), actors: built.actors };
}

describe("runPipeline()", { timeout: 60_000 }, () => {
  it("ends when every source has ended, and loses nothing", { timeout: 60_000 }, async () => {
    const { reason, failures, read, plan, actors } = await run(
      "a: pipe-count x count=12 | pipe-pass | pipe-sink ; b: pipe-count y count=7 fps=100 | other: pipe-sink",
    );
    assert.deepEqual([reason, failures], ["ended", []]);
    assert.deepEqual(read, [0, 0, 12, 0, 7]);
    assert.deepEqual(lossesOf(plan, actors), []);
    assert.equal(lossLine([]), undefined);
  });

  it("stops what never ends by itself once its sources have ended", { timeout: 60_000 }, async () => {
    const { reason, read } = await run("pipe-count x count=6 | pipe-never | pipe-sink");
    assert.equal(reason, "ended");
    assert.equal(read[2], 6, "what is on its way arrives first");
  });

  it("ends when its time is over", { timeout: 60_000 }, async () => {
    const { reason, read } = await run("pipe-live | pipe-sink", { durationMs: 300 });
    assert.equal(reason, "duration");
    assert.ok(read[1] > 0);
  });

  it("ends when it is told to, also before it has begun", { timeout: 60_000 }, async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    assert.equal((await run("pipe-live | pipe-sink", { stop: stop.signal })).reason, "stopped");
    assert.equal((await run("pipe-live | pipe-sink", { stop: stop.signal })).reason, "stopped");
  });

  it("ends with the first failure", { timeout: 60_000 }, async () => {
    const { reason, failures } = await run("bad: pipe-count x fail=true | s: pipe-sink ; pipe-live | t: pipe-sink");
    assert.equal(reason, "failed");
    assert.equal(failures[0].stage, "bad");
    assert.match(failures[0].error.message, /asked to fail/);
  });

  it("renders in virtual time: every picture, as fast as it goes", { timeout: 60_000 }, async () => {
    const { reason, read } = await run("@lockstep; pipe-count x count=200 fps=25 | pipe-sink");
    assert.equal(reason, "ended");
    assert.equal(read[1], 200);
    const some = await run("@lockstep; pipe-live | pipe-sink", { durationMs: 5000 });
    assert.equal(some.reason, "duration");
    assert.equal(some.read[1], 500);
  });

  it("runs stages in threads and processes", { timeout: 60_000 }, async () => {
    const { reason, actors } = await run(
      "pipe-count x count=30 fps=60 @thread=one | pipe-pass @process | pipe-sink @thread=one",
    );
    assert.equal(reason, "ended");
    assert.ok((actors[2].stats.counters.read ?? 0) > 0);
  });
});

describe("buildPipeline()", { timeout: 60_000 }, () => {
  it("names the stage that cannot be made, and leaves nothing running", { timeout: 60_000 }, async () => {
    const { plan } = await checkPipeline({ text: "n: pipe-live | m: pipe-sink", name: undefined, isJson: false });
    const { built, plan: running } = await build("m: pipe-sink");
    await assert.rejects(
      buildPipeline(plan!),
      (thrown: unknown) =>
        thrown instanceof BuildError && thrown.stage.name === "m" && /one with this id runs/.test(thrown.message),
    );
    assert.deepEqual(localActors().filter(({ id }) => id === "n"), []);
    const stop = new AbortController();
    stop.abort();
    await runPipeline(running, built, { stop: stop.signal });
  });
});

describe("what a run says", { timeout: 60_000 }, () => {
  it("a table at its end", { timeout: 60_000 }, async () => {
    const { plan, built } = await build("pipe-count x count=20 fps=100 | s: pipe-sink");
    await runPipeline(plan, built, { stop: new AbortController().signal });
    const table = statsLines(plan, built.actors).join("\n");
    assert.match(table, /^stage +ticks +missed +state +counters\npipe-count +20 +/);
    assert.match(table, /^pipe-count\.video out +20 +0$/m);
    assert.match(table, /^s\.video in +20 +0$/m);
    assert.equal(lossLine([{ port: "a.b", items: 2 }, { port: "c.d", items: 1 }]), "3 items were lost: a.b 2, c.d 1");
  });
});
