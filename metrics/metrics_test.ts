import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Actor,
  loadNative,
  ManualClock,
  ProcessPoolDispatcher,
  SoftwareClock,
  stopAll,
  Supervisor,
  ThreadPoolDispatcher,
} from "@streamlib/core";
import { setProfiling } from "../core/profile/profile.ts";
import { COUNTS_MAX, LABEL_CHARACTERS_MAX } from "./actor_points.ts";
import { formatMetrics } from "./exposition.ts";
import { addPtp, type PtpFacts } from "./machine_points.ts";
import { Metrics } from "./metrics.ts";
import type { MetricsOptions } from "./metrics_options.ts";
import { Points } from "./reading.ts";
import { type ParsedFamily, type ParsedSample, parseExposition } from "./testdata/parse_exposition.ts";
import { PassActor, TakeActor, TellActor } from "./testdata/metric_actors.ts";

const timeout = 60_000;
const { library } = await loadNative();
const skip = library ? false : "it takes the native library";

afterEach(() => stopAll());

/** What a scrape shows, read strictly. Both formats have the same samples. */
function scrape(metrics: Metrics): Map<string, ParsedFamily> {
  let [reading, text, openText] = [metrics.read(), metrics.text(), metrics.text("openmetrics")];
  // Each is a reading of its own where the machine took too long for both.
  while (metrics.read() !== reading) {
    [reading, text, openText] = [metrics.read(), metrics.text(), metrics.text("openmetrics")];
  }
  const families = parseExposition(text, "prometheus");
  const open = parseExposition(openText, "openmetrics");
  assert.deepEqual(samplesOf(open), samplesOf(families));
  return families;
}

function samplesOf(families: Map<string, ParsedFamily>): ParsedSample[] {
  return [...families.values()].flatMap(({ samples }) => samples);
}

/** The samples of a name whose labels are these, and perhaps others. */
function find(metrics: Metrics, name: string, labels: Record<string, string> = {}): ParsedSample[] {
  return samplesOf(scrape(metrics)).filter((sample) =>
    sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
  );
}

function valueOf(metrics: Metrics, name: string, labels: Record<string, string> = {}): number {
  const found = find(metrics, name, labels);
  assert.equal(found.length, 1, `${name} ${JSON.stringify(labels)}: ${JSON.stringify(found)}`);
  return found[0].value;
}

/** A reading of its own, without what was read a moment ago. */
async function withMetrics<T>(options: MetricsOptions, look: (metrics: Metrics) => T | Promise<T>): Promise<T> {
  using metrics = new Metrics(options);
  return await look(metrics);
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await sleep(5);
}

/** Until `look` of a fresh reading is true. */
async function untilShown(metrics: Metrics, look: () => boolean): Promise<void> {
  while (!look()) await sleep(110);
  metrics.read();
}

describe("Metrics of actors", { timeout }, () => {
  it("are what their stats and the graph are", async () => {
    const clock = new SoftwareClock(50);
    const source = new TellActor({ id: "s2", clock });
    source.pipe(new PassActor({ id: "p2" }));
    await source.ready;
    await withMetrics({}, (metrics) => {
      const told = { class: "MetricTell", actor: "s2", place: "event-loop" };
      assert.equal(valueOf(metrics, "streamlib_actor_rate_hertz", told), 50);
      assert.equal(valueOf(metrics, "streamlib_actor_state", { ...told, state: "running" }), 1);
      assert.equal(valueOf(metrics, "streamlib_actor_state", { ...told, state: "failed" }), 0);
      assert.equal(valueOf(metrics, "streamlib_output_links", { ...told, output: "data" }), 1);
      assert.equal(valueOf(metrics, "streamlib_clock_locked", { clock: clock.clockId }), 1);
      assert.deepEqual(find(metrics, "streamlib_link_info", { actor: "p2" }).map(({ labels }) => labels), [{
        class: "MetricPass",
        actor: "p2",
        place: "event-loop",
        input: "data",
        from_class: "MetricTell",
        from_actor: "s2",
        from_output: "data",
        type: "DataMessage",
        transport: "ring",
      }]);
    });
  });

  it("count with inputs, outputs and the actors' own counters", async () => {
    const source = new TellActor({ id: "s", fps: 200, counters: { 'odd "name"\n\\': 7 } });
    const sink = source.pipe(new TakeActor({ id: "t" }));
    await until(() => sink.stats.inputs.data.read > 5);
    await withMetrics({}, (metrics) => {
      const [output, input] = [source.stats.outputs.data, sink.stats.inputs.data];
      assert.equal(valueOf(metrics, "streamlib_output_committed_total", { actor: "s" }), output.committed);
      assert.equal(valueOf(metrics, "streamlib_output_memory_bytes", { actor: "s" }), output.memoryBytes);
      assert.equal(valueOf(metrics, "streamlib_output_slots", { actor: "s" }), output.slots);
      assert.equal(valueOf(metrics, "streamlib_input_read_total", { actor: "t" }), input.read);
      assert.equal(valueOf(metrics, "streamlib_input_copied_bytes_total", { actor: "t" }), input.bytesCopied);
      assert.ok(input.bytesCopied > 0);
      assert.ok(valueOf(metrics, "streamlib_input_age_seconds", { actor: "t" }) > 0);
      assert.equal(valueOf(metrics, "streamlib_actor_counts_total", { counter: "told" }), source.stats.counters.told);
      assert.equal(valueOf(metrics, "streamlib_actor_counts_total", { counter: 'odd "name"\n\\' }), 7);
    });
  });

  it("are gone with their actor", async () => {
    const source = new TellActor({ id: "s" });
    await source.ready;
    using metrics = new Metrics();
    assert.notEqual(samplesOf(scrape(metrics)).filter(({ labels }) => labels.actor === "s").length, 0);
    await source.stop();
    await sleep(110);
    assert.equal(samplesOf(scrape(metrics)).filter(({ labels }) => "actor" in labels).length, 0);
  });

  it("have the restarts that a supervisor has made", async () => {
    await using supervisor = new Supervisor({ backoff: { firstMs: 1, maxMs: 1 }, maxRestarts: 1000 });
    const source = new TellActor({ id: "s", failAt: 2, supervisor });
    await until(() => source.stats.restarts >= 2);
    await withMetrics({}, (metrics) => {
      assert.equal(valueOf(metrics, "streamlib_actor_restarts_total", { actor: "s" }), source.stats.restarts);
    });
  });

  it("have the profiler's P50 and P99 where it is on", async () => {
    setProfiling(true);
    try {
      const source = new TellActor({ id: "s" });
      await until(() => source.stats.ticks > 5);
      await withMetrics({}, (metrics) => {
        assert.ok(valueOf(metrics, "streamlib_actor_process_seconds_count", { actor: "s" }) > 5);
        const at = (quantile: string): number =>
          valueOf(metrics, "streamlib_actor_process_seconds", { actor: "s", quantile });
        assert.ok(at("0.5") > 0 && at("0.99") >= at("0.5"));
      });
    } finally {
      setProfiling(false);
    }
    await withMetrics({}, (metrics) => {
      assert.equal(find(metrics, "streamlib_actor_process_seconds_count").length, 0);
    });
  });

  it("are of a bounded number, and say what is left out", async () => {
    const counters = Object.fromEntries(Array.from({ length: 100 }, (_, number) => [`counter-${number}`, number]));
    const long = `${"x".repeat(300)}`;
    const many = new TellActor({ id: "many", counters: { ...counters, [long]: 1, [`${long}y`]: 2, shrinks: -1 } });
    await many.ready;
    await withMetrics({}, (metrics) => {
      assert.equal(find(metrics, "streamlib_actor_counts_total").length, COUNTS_MAX);
      const { length } = Object.keys(many.stats.counters);
      assert.equal(valueOf(metrics, "streamlib_metrics_omitted_counts"), length - COUNTS_MAX);
    });
    await many.stop();
    const few = new TellActor({ id: "few", counters: { [long]: 1, [`${long}y`]: 2, shrinks: -1 } });
    const others = Array.from({ length: 20 }, () => new TellActor({}));
    await Promise.all([few, ...others].map((actor) => actor.ready));
    await withMetrics({ seriesMax: 100 }, (metrics) => {
      assert.equal(valueOf(metrics, "streamlib_metrics_omitted_counts"), 2);
      const cut = find(metrics, "streamlib_actor_counts_total", { actor: "few" }).map(({ labels }) => labels.counter);
      assert.ok(cut.every((counter) => counter.length <= LABEL_CHARACTERS_MAX));
      const shown = find(metrics, "streamlib_actor_ticks_total").length;
      assert.ok(shown > 0);
      assert.equal(valueOf(metrics, "streamlib_metrics_omitted_actors"), 21 - shown);
      assert.ok(samplesOf(scrape(metrics)).length < 110);
    });
  });
});

describe("Metrics of the latency from the source", { timeout }, () => {
  async function readLatencies(
    options: MetricsOptions,
    ageMs: number,
    look: (metrics: Metrics) => void,
  ): Promise<void> {
    using metrics = new Metrics(options);
    const source = new TellActor({ id: "s", fps: 200, ageMs });
    const sink = source.pipe(new PassActor({ id: "p" })).pipe(new TakeActor({ id: "t" }));
    await until(() => sink.stats.inputs.data.read > 5);
    look(metrics);
  }

  it("are a histogram per sink, with the actor where its items begin", async () => {
    await readLatencies({}, 60, (metrics) => {
      const path = { actor: "t", input: "data", origin: "s", origin_class: "MetricTell" };
      const name = "streamlib_latency_seconds";
      const count = valueOf(metrics, `${name}_count`, path);
      assert.equal(count, valueOf(metrics, "streamlib_input_read_total", { actor: "t" }));
      assert.equal(valueOf(metrics, `${name}_bucket`, { ...path, le: "0.05" }), 0);
      assert.ok(valueOf(metrics, `${name}_sum`, path) >= 0.06 * count);
      assert.equal(valueOf(metrics, "streamlib_latency_early_total", path), 0);
      assert.equal(find(metrics, `${name}_count`).length, 1, "only sinks");
    });
  });

  it("are of all inputs, or of none, where that is asked for", async () => {
    await readLatencies({ latency: "all" }, 0, (metrics) => {
      const found = find(metrics, "streamlib_latency_seconds_count");
      assert.deepEqual(found.map(({ labels }) => [labels.actor, labels.origin]), [["p", "s"], ["t", "s"]]);
    });
    await stopAll();
    await readLatencies({ latency: "off" }, 0, (metrics) => {
      assert.equal(find(metrics, "streamlib_latency_seconds_count").length, 0);
    });
  });

  it("count as early what comes before its time", async () => {
    await readLatencies({}, -10_000, (metrics) => {
      const count = valueOf(metrics, "streamlib_latency_seconds_count");
      assert.equal(valueOf(metrics, "streamlib_latency_early_total"), count);
      assert.equal(valueOf(metrics, "streamlib_latency_seconds_sum"), 0);
    });
  });

  it("are none in virtual time", async () => {
    using metrics = new Metrics();
    const clock = new ManualClock(60);
    const source = new TellActor({ id: "s", clock });
    const sink = source.pipe(new TakeActor({ id: "t" }));
    await source.ready;
    await clock.advance(3);
    assert.ok(sink.stats.inputs.data.read > 0);
    assert.equal(find(metrics, "streamlib_latency_seconds_count").length, 0);
  });

  for (const [place, make] of [["thread", ThreadPoolDispatcher], ["process", ProcessPoolDispatcher]] as const) {
    it(`come home from a ${place}, while somebody asks`, { skip, timeout }, async () => {
      await using dispatcher = new make({ workers: 1 });
      const early = new TakeActor({ id: "early", dispatcher });
      await early.ready;
      const source = new TellActor({ id: "s", fps: 200, ageMs: 60 });
      source.pipe(early);
      await until(() => early.stats.inputs.data.read > 0);
      assert.equal(early.stats.inputs.data.latency, undefined, "nobody has asked");
      const metrics = new Metrics();
      const late = new TakeActor({ id: "late", dispatcher });
      source.outputs.data.pipe(late.inputs.data);
      for (const actor of ["early", "late"]) {
        const labels = { actor, origin: "s" };
        const name = "streamlib_latency_seconds";
        await untilShown(metrics, () => (find(metrics, `${name}_count`, labels)[0]?.value ?? 0) > 5);
        assert.equal(valueOf(metrics, `${name}_bucket`, { ...labels, le: "0.05" }), 0);
        assert.match(find(metrics, `${name}_count`, labels)[0].labels.place, new RegExp(`^${place} \\d+$`));
        assert.equal(valueOf(metrics, "streamlib_link_info", { actor, transport: place, from_actor: "s" }), 1);
      }
      metrics.close();
      const count = (actor: Actor): number => actor.stats.inputs.data.latency!.count;
      // What the place has read before it learnt that nobody asks any more comes with its next message.
      for (let last = -1; last !== count(late); await sleep(250)) last = count(late);
      const [counted, read] = [count(late), late.stats.inputs.data.read];
      await until(() => late.stats.inputs.data.read > read + 5);
      assert.equal(count(late), counted);
      await stopAll();
    });
  }
});

describe("Metrics of the machine", () => {
  it("have the process", async () => {
    await withMetrics({}, (metrics) => {
      assert.ok(valueOf(metrics, "process_resident_memory_bytes") > 1e6);
      assert.ok(valueOf(metrics, "process_cpu_seconds_total") > 0);
      assert.ok(Math.abs(valueOf(metrics, "process_start_time_seconds") - Date.now() / 1000) < 3600);
      assert.ok(valueOf(metrics, "streamlib_metrics_collect_seconds") > 0);
    });
  });

  it("have TAI in one state", { skip }, async () => {
    await withMetrics({}, (metrics) => {
      const states = find(metrics, "streamlib_tai_state");
      assert.deepEqual(states.map(({ labels }) => labels.state), ["free", "acquiring", "locked", "holdover"]);
      assert.equal(states.reduce((sum, { value }) => sum + value, 0), 1);
      assert.ok(valueOf(metrics, "streamlib_tai_error_seconds") >= 0);
    });
  });

  it("have the PTP client that tells TAI, as far as it knows anything", () => {
    const shown = (ptp: PtpFacts): [string, number][] => {
      const points = new Points();
      addPtp(points, ptp);
      const families = parseExposition(formatMetrics(points.reading(), "prometheus"), "prometheus");
      return samplesOf(families).map(({ name, labels, value }) => {
        assert.deepEqual(labels, { domain: "127" });
        return [name.replace("streamlib_ptp_", ""), value];
      });
    };
    const known = { domain: 127, errorNs: 2000, masterChanges: 3 };
    const none = { offsets: undefined, pathDelayNs: undefined };
    assert.deepEqual(shown({ ...known, ...none }), [["error_seconds", 2e-6], ["master_changes_total", 3]]);
    const zeros = { count: 1, meanNs: 0, rmsNs: 0, deviationNs: 0, p99Ns: 0, maxNs: 0 };
    assert.deepEqual(shown({ ...known, offsets: { ...zeros, lastNs: -150 }, pathDelayNs: 800 }), [
      ["offset_seconds", -1.5e-7],
      ["path_delay_seconds", 8e-7],
      ["error_seconds", 2e-6],
      ["master_changes_total", 3],
    ]);
  });

  it("refuse options that cannot be", () => {
    const refused = (options: unknown, message: RegExp): void => {
      assert.throws(() => new Metrics(options as MetricsOptions), { code: "option-invalid", message });
    };
    refused({ latency: "some" }, /^Cannot make Metrics: option latency = "some": "sinks", "all" or "off" is right$/);
    refused({ seriesMax: 3 }, /^Cannot make Metrics: option seriesMax = 3: an integer from 100 to 1000000 is right$/);
    refused({ series: 3 }, /^Cannot make Metrics: there is no option series; latency, seriesMax are right$/);
    refused(null, /^Cannot make Metrics: options are null; an object is right$/);
  });
});
