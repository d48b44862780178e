import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { stopAll } from "@streamlib/core";
import type { Meter } from "@opentelemetry/api";
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  type MetricData,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import { observe, type ObservingMeter } from "./observe.ts";
import { PassActor, TakeActor, TellActor } from "./testdata/metric_actors.ts";

const timeout = 60_000;

afterEach(() => stopAll());

/** Collects when it is asked. */
class MemoryReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

interface Point {
  readonly value: number;
  readonly attributes: Record<string, unknown>;
}

async function collected(reader: MetricReader): Promise<Map<string, { data: MetricData; points: Point[] }>> {
  const { resourceMetrics, errors } = await reader.collect();
  assert.deepEqual(errors, []);
  const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
  return new Map(all.map((data) => [data.descriptor.name, { data, points: data.dataPoints as unknown as Point[] }]));
}

describe("observe", { timeout }, () => {
  it("tells the program's own SDK what Prometheus would get", async () => {
    const reader = new MemoryReader();
    const deltas = new MemoryReader({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
    const provider = new MeterProvider({ readers: [reader, deltas] });
    const meter: Meter = provider.getMeter("streamlib");
    const observing = observe(meter);
    const source = new TellActor({ id: "s", fps: 200, ageMs: 60 });
    const sink = source.pipe(new PassActor({ id: "p" })).pipe(new TakeActor({ id: "t" }));
    while (sink.stats.inputs.data.read < 5) await sleep(5);
    const seen = await collected(reader);
    const pointOf = (name: string, attributes: Record<string, string>): Point => {
      const found = seen.get(name)?.points.filter((point) =>
        Object.entries(attributes).every(([key, value]) => point.attributes[key] === value)
      );
      assert.equal(found?.length, 1, `${name} ${JSON.stringify(attributes)}`);
      return found[0];
    };
    const place = "event-loop";
    assert.deepEqual(pointOf("streamlib.actor.ticks", { actor: "s" }).attributes, {
      class: "MetricTell",
      actor: "s",
      place,
    });
    const read = pointOf("streamlib.input.read", { actor: "t" }).value;
    assert.ok(read >= 5 && read <= sink.stats.inputs.data.read);
    assert.ok(pointOf("streamlib.input.copied", { actor: "t" }).value > 0);
    assert.equal(pointOf("streamlib.link", { actor: "t" }).attributes.transport, "ring");
    assert.equal(pointOf("streamlib.latency.count", { actor: "t", origin: "s" }).value, read);
    assert.equal(pointOf("streamlib.latency.bucket", { actor: "t", le: "0.05" }).value, 0);
    assert.equal(pointOf("streamlib.latency.bucket", { actor: "t", le: "+Inf" }).value, read);
    const kinds = ["streamlib.actor.ticks", "streamlib.output.memory", "streamlib.input.copied"].map((name) => {
      const { descriptor, dataPointType } = seen.get(name)!.data;
      return [descriptor.unit, dataPointType];
    });
    assert.deepEqual(kinds, [["1", DataPointType.SUM], ["By", DataPointType.GAUGE], ["By", DataPointType.SUM]]);

    // A cumulative reader of the SDK goes on to tell the last values of what has ended; a delta one does not.
    const namesOfTold = (metrics: Awaited<ReturnType<typeof collected>>): unknown[] =>
      metrics.get("streamlib.output.slots")!.points.map(({ attributes }) => attributes.actor);
    assert.deepEqual(namesOfTold(await collected(deltas)), ["s", "p"]);
    await source.stop();
    await sleep(110);
    assert.deepEqual(namesOfTold(await collected(deltas)), ["p"]);

    observing[Symbol.dispose]();
    assert.deepEqual([...(await collected(deltas)).values()].flatMap(({ points }) => points), []);
    await provider.shutdown();
  });

  it("has one reading for all instruments of a collection", async () => {
    const instruments: string[] = [];
    const callbacks = new Set<(result: { observe(name: string, value: number): void }) => void>();
    const meter: ObservingMeter<string> = {
      createObservableCounter: (name) => instruments[instruments.push(name) - 1],
      createObservableGauge: (name) => instruments[instruments.push(name) - 1],
      addBatchObservableCallback: (callback) => void callbacks.add(callback),
      removeBatchObservableCallback: (callback) => void callbacks.delete(callback),
    };
    const actor = new TellActor({ id: "s" });
    await actor.ready;
    const observing = observe(meter);
    assert.equal(callbacks.size, 1);
    assert.equal(new Set(instruments).size, instruments.length);
    for (const name of instruments) assert.match(name, /^streamlib\.[a-z]+(\.[a-z_]+){0,2}$/);
    const told: string[] = [];
    for (const callback of callbacks) callback({ observe: (name) => told.push(name) });
    assert.ok(told.includes("streamlib.actor.ticks"));
    assert.deepEqual(told.filter((name) => !instruments.includes(name)), []);
    observing[Symbol.dispose]();
    assert.equal(callbacks.size, 0);
  });

  it("refuses what is no meter", () => {
    assert.throws(() => observe(undefined as unknown as Meter), {
      code: "option-invalid",
      message: "Cannot observe metrics: undefined is no meter; metrics.getMeter(name) is right",
    });
    const meter = new MeterProvider().getMeter("x");
    assert.throws(() => observe(meter, { seriesMax: 1 }), {
      code: "option-invalid",
      message: /^Cannot observe metrics/,
    });
  });
});
