/** Runs the examples that the guide quotes, each as a program of its own. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { parseExposition } from "./testdata/parse_exposition.ts";

function run(example: string): string {
  const allow = process.versions.deno === undefined ? [] : ["-A", "--no-check"];
  const path = fileURLToPath(new URL(example, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["run", ...allow, path], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

describe("examples", { timeout: 60_000 }, () => {
  it("example.ts prints its metrics and ends", { timeout: 60_000 }, () => {
    const printed = run("example.ts");
    assert.match(printed, /^streamlib_actor_ticks_total\{class="TestPattern",actor="testpattern-1",.*\} [1-9]/m);
    assert.match(printed, /^streamlib_input_read_total\{class="Compositor",.*,input="base"\} [1-9]/m);
    assert.match(printed, /^streamlib_latency_seconds_count\{.*,origin="testpattern-1"\} [1-9]/m);
  });

  it("example_own_server.ts answers with the metrics", { timeout: 60_000 }, () => {
    parseExposition(run("example_own_server.ts").slice(0, -1), "prometheus");
  });

  it("example_opentelemetry.ts exports them", { timeout: 60_000 }, () => {
    const printed = run("example_opentelemetry.ts");
    assert.match(printed, /name: "streamlib\.actor\.ticks"/);
    assert.match(printed, /actor: "testpattern-1"/);
  });

  it("example_traces.ts prints traces of frames through both actors", { timeout: 60_000 }, () => {
    const traces = run("example_traces.ts").split(/^(?=[0-9a-f]{32}$)/m);
    const whole = traces.filter((text) =>
      /^ {2}TestPattern process @event-loop \d+ ns$/m.test(text) &&
      /^ {2}Compositor process @thread 1 \d+ ns$/m.test(text)
    );
    assert.ok(whole.length > 0, traces.join(""));
  });
});
