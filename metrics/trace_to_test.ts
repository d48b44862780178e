import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadNative, ManualClock, stopAll, ThreadPoolDispatcher } from "@streamlib/core";
import { BusyActor, PassActor, TakeActor, TellActor } from "./testdata/metric_actors.ts";
import { traceTo } from "./trace_to.ts";

const timeout = 60_000;
const { library } = await loadNative();
const folder = mkdtempSync(join(tmpdir(), "streamlib-trace-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

afterEach(() => stopAll());

interface Event {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id: number;
  readonly args: { readonly name: string; readonly frames: readonly { readonly instantNs: string }[] };
}

function read(path: string): { readonly traceEvents: readonly Event[]; readonly otherData: Record<string, unknown> } {
  return JSON.parse(readFileSync(path, "utf8"));
}

describe("traceTo", () => {
  it(
    "writes calls by place and actor, their spans, and an arrow along each frame",
    { skip: !library, timeout },
    async () => {
      const path = join(folder, "frames.json");
      const threads = new ThreadPoolDispatcher({ workers: 1 });
      const trace = traceTo(path);
      const source = new TellActor({ id: "s", fps: 50 });
      const sink = source.pipe(new PassActor({ id: "p", dispatcher: threads })).pipe(new TakeActor({ id: "t" }));
      while (sink.stats.inputs.data.read < 5) await sleep(20);
      await stopAll();
      await threads.close();
      trace.close();
      trace.close();
      const { traceEvents: events, otherData } = read(path);
      assert.equal(otherData.omitted, 0);
      const namesOf = (kind: string): string[] =>
        events.filter(({ ph, name }) => ph === "M" && name === kind).map(({ args }) => args.name);
      assert.match(namesOf("process_name").sort().join(), /^event-loop,thread \d+$/);
      assert.deepEqual(namesOf("thread_name").sort(), ['MetricPass "p"', 'MetricTake "t"', 'MetricTell "s"']);
      const calls = events.filter(({ ph, name }) => ph === "X" && name === "process");
      assert.equal(calls.length, trace.calls);
      assert.equal(calls[0].ts, 0);
      const commits = events.filter(({ ph, name }) => ph === "X" && name === "commit");
      assert.ok(commits.length >= 10);
      for (const { ts, dur, tid } of commits) {
        const around = calls.filter((call) => call.tid === tid && call.ts <= ts && ts + dur <= call.ts + call.dur + 1);
        assert.equal(around.length, 1);
      }
      const arrows = [...Map.groupBy(events.filter(({ ph }) => ph === "s" || ph === "t"), ({ id }) => id).values()];
      const whole = arrows.filter((steps) => steps.length === 3);
      assert.ok(whole.length >= 4, `${whole.length} of ${arrows.length}`);
      for (const steps of whole) {
        assert.deepEqual(steps.map(({ ph }) => ph), ["s", "t", "t"]);
        // A call that came late has several.
        const instants = steps.map((step) => {
          const { args } = calls.find(({ tid, ts }) => tid === step.tid && ts === step.ts)!;
          return new Set(args.frames.map(({ instantNs }) => instantNs));
        });
        assert.ok(instants.reduce((common, own) => common.intersection(own)).size > 0);
      }
    },
  );

  it("keeps as many calls as it may, and counts the others", async () => {
    const path = join(folder, "few.json");
    {
      using trace = traceTo(path, { callsMax: 3 });
      const sink = new TellActor().pipe(new TakeActor());
      while (sink.stats.inputs.data.read < 5) await sleep(20);
      await stopAll();
      await sleep(150);
      assert.equal(trace.calls, 3);
      assert.ok(trace.omitted >= 5);
    }
    const { traceEvents: events, otherData } = read(path);
    assert.equal(events.filter(({ ph, name }) => ph === "X" && name === "process").length, 3);
    assert.ok(otherData.omitted as number >= 5);
  });

  it("keeps no more events than ten for each call that it may keep", async () => {
    const path = join(folder, "busy.json");
    const trace = traceTo(path, { callsMax: 4 });
    // A call of its own in each tick: with its 30 spans, 28 of them steps, there is room for one.
    const clock = new ManualClock(60);
    const source = new BusyActor({ clock });
    await source.ready;
    await clock.advance(5);
    await stopAll();
    trace.close();
    assert.deepEqual([trace.calls, trace.omitted], [1, 4]);
    const { traceEvents: events, otherData } = read(path);
    assert.equal(events.filter(({ name }) => name === "step").length, 28);
    assert.equal(otherData.omitted, 4);
  });

  it("says once that the file cannot be completed", async () => {
    const gone = mkdtempSync(join(folder, "gone-"));
    const trace = traceTo(join(gone, "x.json"));
    const sink = new TellActor().pipe(new TakeActor());
    while (sink.stats.inputs.data.read < 2) await sleep(20);
    await stopAll();
    rmSync(gone, { recursive: true });
    assert.throws(() => trace.close(), { code: "resource", message: /^Cannot write a trace to .*x\.json: / });
    trace.close();
    assert.ok(trace.calls > 0);
  });

  it("writes the file when the program ends without closing it", { timeout }, () => {
    const path = join(folder, "ended.json");
    const program = fileURLToPath(new URL("./testdata/traced_program.ts", import.meta.url));
    const words = process.versions.deno === undefined ? [program, path] : ["run", "-A", "--no-check", program, path];
    const { status, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
    assert.equal(status, 3, stderr);
    assert.ok(read(path).traceEvents.some(({ name }) => name === "process"));
  });

  it("refuses what cannot be, at once", () => {
    const refused = (path: string, options: object, message: RegExp, code = "option-invalid"): void =>
      void assert.throws(() => traceTo(path, options), { code, message });
    refused("", {}, /^Cannot write a trace: option path = "": the name of a file is right$/);
    refused("x.json", { callsMax: 0 }, /option callsMax = 0: an integer from 1 to 10000000 is right$/);
    refused("x.json", { oneOf: 1.5 }, /option oneOf = 1.5: an integer from 1 to 1000000 is right$/);
    refused("x.json", { every: 1 }, /^Cannot write a trace: there is no option every; oneOf, callsMax are right$/);
    refused(join(folder, "none", "x.json"), {}, /^Cannot write a trace to .*x\.json: /, "resource");
  });
});
