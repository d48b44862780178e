import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { TracedCall } from "@streamlib/core";
import { eventCountOf, writeTrace } from "./trace_file.ts";

const FIRST_NS = 1_800_000_000_000_000_000n;
const folder = mkdtempSync(join(tmpdir(), "streamlib-trace-file-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function callAt(number: number, spans: number): TracedCall {
  const startNs = FIRST_NS + BigInt(number) * 1000n;
  return {
    place: "",
    actor: 'Würfel "w"',
    span: "process",
    startNs,
    durationNs: 500,
    latenessNs: 0,
    error: undefined,
    frames: [{ instantNs: startNs, timestampNs: startNs, frameNumber: number, taiFrame: 0n, isCommitted: true }],
    spans: Array.from({ length: spans }, (_, i) => ({ span: "step", atNs: i, durationNs: 1 })),
    omitted: 0,
  };
}

describe("writeTrace()", () => {
  it("writes more than it does at a time, sorted", { timeout: 60_000 }, () => {
    const path = join(folder, "many.json");
    const calls = Array.from({ length: 100 }, (_, i) => callAt(99 - i, 200));
    const expected = calls.reduce((sum, call) => sum + eventCountOf(call), 2);
    writeTrace(path, calls, 7);
    assert.ok(statSync(path).size > 1e6);
    const { traceEvents: events, otherData } = JSON.parse(readFileSync(path, "utf8"));
    assert.equal(events.length, expected);
    assert.deepEqual(otherData, { startTaiNs: String(FIRST_NS), omitted: 7 });
    assert.equal(events[1].args.name, 'Würfel "w"');
    const starts = events.filter(({ cat }: { cat?: string }) => cat === "call").map(({ ts }: { ts: number }) => ts);
    assert.deepEqual(starts, Array.from({ length: 100 }, (_, i) => i));
  });

  it("is a whole file without a call", () => {
    const path = join(folder, "empty.json");
    writeTrace(path, [], 0);
    assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).traceEvents, []);
  });
});
