import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { AudioBuffer, input, isStreamError, output, VideoFrame } from "@streamlib/core";
import { type Declaration, declarationOf, specOf } from "./declaration.ts";
import { checkMessage } from "./message_check.ts";

const OUTPUTS: ReadonlySet<string> = new Set(["video"]);
const address = { pid: 7, fd: 3, key: "0".repeat(32) };
const config = { slotCount: 3, readerMax: 8, payloadBytes: 64, metadataBytes: 0, generation: 1, descriptor: "" };
const news = { origin: 1, ring: { address }, config, format: {}, sequenceBase: 0, after: 0 };
const stats = {
  stats: { ticks: 1, missedTicks: 0, freewheelTicks: 0, processMs: 0.1, counters: {}, inputs: {}, outputs: {} },
  children: [],
  lastTick: undefined,
  pending: {},
  formats: { video: {} },
};
const frame = { instantNs: 1n, timestampNs: 1n, frameNumber: 0, taiFrame: 0n, isCommitted: true };
const span = { span: "loan", atNs: 0, durationNs: 1 };
const call = {
  place: "",
  actor: 'Right "r"',
  span: "process",
  startNs: 1n,
  durationNs: 1.5,
  latenessNs: 0,
  error: undefined,
  frames: [frame],
  spans: [span],
  omitted: 0,
};

describe("checkMessage()", () => {
  it("lets through what places say", () => {
    const error = { name: "Error", message: "no", stack: undefined, code: undefined, cause: undefined };
    const messages = [
      { type: "hello", error: undefined },
      { type: "ended", actor: 1, reason: 0, error, committed: [[1, 2]] },
      { type: "stats", actor: 1, stats },
      { type: "ring", link: 1, news },
      { type: "bell", bell: { address } },
      { type: "rate", actor: 1, rate: { num: 60, den: 1 } },
      { type: "done", call: 1, value: { any: "thing" }, error: undefined },
      { type: "traced", calls: [call] },
      { type: "traced", calls: Array(1000).fill(call) },
      { type: "traced", calls: [{ ...call, frames: Array(16).fill(frame), spans: Array(256).fill(span) }] },
      { type: "traced", calls: [{ ...call, latenessNs: -5, span: "x".repeat(200), error: "x".repeat(1000) }] },
    ];
    for (const message of messages) assert.equal(checkMessage(message, 7, OUTPUTS), message);
  });

  it("refuses everything else", () => {
    const wrong: unknown[] = [
      undefined,
      null,
      "hello",
      [],
      {},
      { type: "toString" },
      { type: "constructor" },
      { type: "opened" },
      { type: "opened", actor: -1 },
      { type: "opened", actor: "1" },
      Object.create({ type: "opened", actor: 1 }),
      { type: "ended", actor: 1, reason: 0, error: { name: "E" }, committed: [] },
      { type: "ended", actor: 1, reason: 0, error: undefined, committed: [[1]] },
      { type: "bell", bell: { handle: 1 } },
      { type: "bell", bell: { address: { ...address, pid: 8 } } },
      { type: "ring", link: 1, news: { ...news, ring: { address: { ...address, pid: 1 } } } },
      { type: "ring", link: 1, news: { ...news, config: { ...config, slotCount: 0 } } },
      { type: "rate", actor: 1, rate: { num: 0, den: 1 } },
      { type: "stats", actor: 1, stats: { ...stats, formats: { other: {} } } },
      { type: "stats", actor: 1, stats: { ...stats, stats: { ...stats.stats, counters: { a: "1" } } } },
      { type: "next", clock: 1, rate: { num: 60, den: 1 }, ticket: 1, previous: {} },
      { type: "traced", calls: [{ ...call, durationNs: Infinity }] },
      { type: "traced", calls: [{ ...call, startNs: 1 }] },
      { type: "traced", calls: [{ ...call, frames: [{ ...frame, instantNs: "1" }] }] },
      { type: "traced", calls: [{ ...call, spans: [{ ...span, atNs: -1 }] }] },
      { type: "traced", calls: Array(1001).fill(call) },
      { type: "traced", calls: [{ ...call, frames: Array(17).fill(frame) }] },
      { type: "traced", calls: [{ ...call, spans: Array(257).fill(span) }] },
      { type: "traced", calls: [{ ...call, spans: [{ ...span, span: "x".repeat(201) }] }] },
      { type: "traced", calls: [{ ...call, span: "x".repeat(201) }] },
      { type: "traced", calls: [{ ...call, actor: "x".repeat(1001) }] },
      { type: "traced", calls: [{ ...call, place: "x".repeat(1001) }] },
      { type: "traced", calls: [{ ...call, error: "x".repeat(1001) }] },
      { type: "traced", calls: [{ ...call, latenessNs: NaN }] },
      { type: "traced", calls: [{ ...call, startNs: 2n ** 63n }] },
      { type: "traced", calls: [{ ...call, frames: [{ ...frame, instantNs: -(2n ** 64n) }] }] },
    ];
    for (const message of wrong) assert.throws(() => checkMessage(message, 7, OUTPUTS), inspect(message));
  });
});

describe("specOf()", () => {
  const spec = {
    description: "For tests",
    rate: 25,
    inputs: { sound: input(AudioBuffer, { depth: 9 }) },
    outputs: { video: output(VideoFrame, { slots: 5 }) },
  };
  const right = declarationOf("Right", spec, { a: 1 });

  it("gives back what the class declares", () => {
    const got = specOf(right);
    assert.deepEqual(got.inputs, spec.inputs);
    assert.deepEqual(got.outputs, spec.outputs);
    assert.deepEqual(got.rate, { num: 25, den: 1 });
    assert.deepEqual(got.options?.validate({}), { value: { a: 1 } });
  });

  it("refuses what no class declares", () => {
    const port = right.outputs[0];
    const wrong: Partial<Record<keyof Declaration, unknown>>[] = [
      { name: "no name" },
      { ends: "soon" },
      { inputs: undefined },
      { outputs: [{ ...port, name: "__proto__" }] },
      { outputs: [{ ...port, name: "toString" }] },
      { outputs: [{ ...port, type: "GpuFrame" }] },
      { description: "x".repeat(1001) },
      { schema: [] },
    ];
    for (const part of wrong) {
      assert.throws(
        () => specOf({ ...right, ...part } as Declaration),
        (thrown) => isStreamError(thrown) && thrown.code === "sandbox-refused",
        JSON.stringify(part),
      );
    }
    assert.throws(() => specOf({ ...right, outputs: [{ ...port, slots: 9999 }] }), /slots 9999/);
  });
});
