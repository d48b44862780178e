import { after, afterEach, before, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as api from "@opentelemetry/api";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import {
  loadNative,
  ManualClock,
  type PoolDispatcher,
  ProcessPoolDispatcher,
  stopAll,
  TAI_MINUS_UTC_S,
  taiNowNs,
  ThreadPoolDispatcher,
} from "@streamlib/core";
import { PassActor, RestampActor, TakeActor, TellActor } from "./testdata/metric_actors.ts";
import { namesOf, traceFrames, traceIdOf } from "./trace_frames.ts";

const timeout = 60_000;
const { library } = await loadNative();

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });

function instantOf({ attributes }: ReadableSpan): bigint {
  return BigInt(attributes["frame.instant_ns"] as string);
}

/** Spans of calls, without those within. */
function callsOf(spans: readonly ReadableSpan[]): ReadableSpan[] {
  return spans.filter(({ attributes }) => "frame.number" in attributes);
}

function nanoseconds([seconds, rest]: api.HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}

describe("traceFrames", { timeout }, () => {
  before(() => void api.trace.setGlobalTracerProvider(provider));
  beforeEach(() => exporter.reset());
  afterEach(() => stopAll());
  after(() => api.trace.disable());

  it("makes a trace of each frame, with a span per call and what it did within", async () => {
    using tracing = traceFrames(api, { oneOf: 1 });
    const beganNs = taiNowNs();
    const source = new TellActor({ id: "s", fps: 100 });
    const sink = source.pipe(new PassActor({ id: "p" })).pipe(new TakeActor({ id: "t" }));
    while (sink.stats.inputs.data.read < 5) await sleep(10);
    await stopAll();
    const endedNs = taiNowNs();
    tracing[Symbol.dispose]();
    const traces = Map.groupBy(exporter.getFinishedSpans(), (span) => span.spanContext().traceId);
    const whole = [...traces.values()].filter((spans) => callsOf(spans).length === 3);
    assert.ok(whole.length >= 4, `${whole.length} of ${traces.size}`);
    for (const spans of whole) {
      const calls = callsOf(spans).sort((a, b) => Number(nanoseconds(a.startTime) - nanoseconds(b.startTime)));
      assert.deepEqual(calls.map(({ name }) => name), [
        "MetricTell process",
        "MetricPass process",
        "MetricTake process",
      ]);
      const [tell, pass, take] = calls;
      const { traceId } = tell.spanContext();
      assert.equal(traceId, traceIdOf(instantOf(tell)));
      assert.ok(traceId.startsWith(instantOf(tell).toString(16).padStart(16, "0")));
      assert.deepEqual([take.attributes.class, take.attributes.actor, take.attributes.place], [
        "MetricTake",
        "t",
        "event-loop",
      ]);
      assert.deepEqual(calls.map(({ attributes }) => attributes["frame.committed"]), [true, true, false]);
      assert.equal(new Set(calls.map(({ attributes }) => attributes["frame.number"])).size, 1);
      assert.deepEqual(new Set(calls.map(({ parentSpanContext }) => parentSpanContext?.spanId)).size, 1);
      const within = spans.filter(({ parentSpanContext }) => parentSpanContext?.spanId === pass.spanContext().spanId);
      assert.deepEqual(within.map(({ name }) => name), ["loan", "commit"]);
      for (const span of within) {
        assert.ok(nanoseconds(span.startTime) >= nanoseconds(pass.startTime));
        assert.ok(nanoseconds(span.endTime) <= nanoseconds(pass.endTime) + 1n);
      }
      const startNs = nanoseconds(tell.startTime) + BigInt(TAI_MINUS_UTC_S) * 1_000_000_000n;
      assert.ok(startNs >= beganNs && startNs <= endedNs, "spans tell UTC");
    }
  });

  it("follows a frame into threads and processes", { skip: !library, timeout }, async () => {
    using tracing = traceFrames(api, { oneOf: 1 });
    const pools: PoolDispatcher[] = [
      new ThreadPoolDispatcher({ workers: 1 }),
      new ProcessPoolDispatcher({ workers: 1 }),
    ];
    const source = new TellActor({ fps: 50, dispatcher: pools[0] });
    const sink = source.pipe(new PassActor({ dispatcher: pools[1] })).pipe(new TakeActor());
    while (sink.stats.inputs.data.read < 10) await sleep(20);
    await stopAll();
    for (const pool of pools) await pool.close();
    tracing[Symbol.dispose]();
    const traces = Map.groupBy(callsOf(exporter.getFinishedSpans()), (span) => span.spanContext().traceId);
    const places = [...traces.values()].map((calls) => calls.map(({ attributes }) => attributes.place).sort().join());
    assert.ok(places.filter((own) => /^event-loop,process \d+,thread \d+$/.test(own)).length >= 5, places.join("; "));
  });

  it("links the traces of frames that met in one call", async () => {
    using tracing = traceFrames(api, { oneOf: 1 });
    // Items whose source is a second older than they are; what follows them is stamped as they are.
    const clock = new ManualClock(50, 1_800_000_000_000_000_000n);
    const sink = new TellActor({ clock, ageMs: 1000 }).pipe(new RestampActor());
    await sink.ready;
    await clock.advance(3);
    await stopAll();
    tracing[Symbol.dispose]();
    const meets = callsOf(exporter.getFinishedSpans()).filter(({ name }) => name.startsWith("MetricRestamp"));
    assert.ok(meets.length >= 4 && meets.length % 2 === 0, String(meets.length));
    for (const span of meets) {
      assert.equal(span.links.length, 1);
      const other = meets.filter((one) => one.spanContext().traceId === span.links[0].context.traceId);
      assert.equal(other.length, 1, "the same call is in the other trace too");
      assert.deepEqual(other[0].links.map(({ context }) => context.traceId), [span.spanContext().traceId]);
      assert.deepEqual(other[0].startTime, span.startTime);
    }
  });

  it("says of a call that threw what it threw", async () => {
    using tracing = traceFrames(api, { oneOf: 1 });
    const breaks = new TellActor().pipe(new RestampActor({ failAt: 2 }));
    await assert.rejects(breaks.ended, /the cable is out/);
    await stopAll();
    tracing[Symbol.dispose]();
    const failed = exporter.getFinishedSpans().filter(({ status }) => status.code === api.SpanStatusCode.ERROR);
    assert.ok(failed.length > 0);
    for (const { name, status } of failed) {
      assert.deepEqual([name, status.message], ["MetricRestamp process", "Cannot stamp: the cable is out"]);
    }
  });

  it("refuses what is no API, and options that cannot be", () => {
    assert.throws(() => traceFrames(undefined as unknown as typeof api), {
      code: "option-invalid",
      message:
        "Cannot trace frames: undefined is no API of OpenTelemetry; the namespace of @opentelemetry/api is right",
    });
    assert.throws(() => traceFrames(api, { oneOf: 0 }), {
      code: "option-invalid",
      message: "Cannot trace frames: option oneOf = 0: an integer from 1 to 1000000 is right",
    });
    assert.throws(() => traceFrames(api, { every: 5 } as object), {
      message: "Cannot trace frames: there is no option every; oneOf is right",
    });
  });
});

describe("traceIdOf", () => {
  it("is the instant and 16 digits that are spread, never nothing", () => {
    const ids = Array.from({ length: 1000 }, (_, i) => traceIdOf(BigInt(i) * 20_000_000n));
    for (const id of ids) assert.ok(api.isValidTraceId(id), id);
    assert.equal(new Set(ids.map((id) => id.slice(16))).size, 1000);
    const ones = ids.map((id) => BigInt(`0x${id.slice(16)}`).toString(2).replaceAll("0", "").length);
    assert.ok(Math.abs(ones.reduce((sum, count) => sum + count) / 1000 - 32) < 1);
    assert.equal(traceIdOf(1_800_000_000_000_000_000n).slice(0, 16), "18fae27693b40000");
  });
});

describe("namesOf", () => {
  it("takes a label apart, whatever the id", () => {
    assert.deepEqual(namesOf('Invert "a b"'), { className: "Invert", id: "a b" });
    assert.deepEqual(namesOf("nobody"), { className: "", id: "nobody" });
  });
});
