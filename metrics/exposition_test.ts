import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { formatMetrics, wantedFormat } from "./exposition.ts";
import { readFileSync } from "node:fs";
import type { MetricFamily } from "./families.ts";
import { FAMILIES } from "./families.ts";
import type { MetricReading } from "./reading.ts";
import { parseExposition } from "./testdata/parse_exposition.ts";

const FORMATS = ["prometheus", "openmetrics"] as const;
const GAUGE: MetricFamily = { name: "test_size_bytes", type: "gauge", unit: "bytes", help: 'A "size" \\ of\nthings' };
const COUNTER: MetricFamily = { name: "test_things", type: "counter", help: "Things." };

/** The same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("formatMetrics", () => {
  it("writes Prometheus 0.0.4", () => {
    const reading: MetricReading = [
      [COUNTER, [{ labels: {}, value: 3 }, { labels: { actor: "a" }, value: 0 }]],
      [GAUGE, [{ labels: { actor: "a", place: "event-loop" }, value: 1.5e-7 }]],
      [FAMILIES.link, [{ labels: { transport: "ring" }, value: 1 }]],
    ];
    assert.equal(
      formatMetrics(reading, "prometheus"),
      `# HELP test_things_total Things.
# TYPE test_things_total counter
test_things_total 3
test_things_total{actor="a"} 0
# HELP test_size_bytes A "size" \\\\ of\\nthings
# TYPE test_size_bytes gauge
test_size_bytes{actor="a",place="event-loop"} 1.5e-7
# HELP streamlib_link_info ${FAMILIES.link.help}
# TYPE streamlib_link_info gauge
streamlib_link_info{transport="ring"} 1
`,
    );
  });

  it("writes OpenMetrics 1.0", () => {
    const reading: MetricReading = [
      [COUNTER, [{ labels: {}, value: 3 }]],
      [GAUGE, [{ labels: { actor: "a" }, value: NaN }]],
      [FAMILIES.link, [{ labels: { transport: "ring" }, value: 1 }]],
    ];
    assert.equal(
      formatMetrics(reading, "openmetrics"),
      `# TYPE test_things counter
# HELP test_things Things.
test_things_total 3
# TYPE test_size_bytes gauge
# UNIT test_size_bytes bytes
# HELP test_size_bytes A \\"size\\" \\\\ of\\nthings
test_size_bytes{actor="a"} NaN
# TYPE streamlib_link info
# HELP streamlib_link ${FAMILIES.link.help}
streamlib_link_info{transport="ring"} 1
# EOF
`,
    );
  });

  it("adds the buckets of histograms up", () => {
    const value = { bounds: [0.5, 1], counts: [2, 0, 3], sum: 12.5 };
    const reading: MetricReading = [[FAMILIES.latency, [{ labels: { actor: "a" }, value }]]];
    const lines = formatMetrics(reading, "prometheus").split("\n").slice(2, -1);
    assert.deepEqual(lines, [
      'streamlib_latency_seconds_bucket{actor="a",le="0.5"} 2',
      'streamlib_latency_seconds_bucket{actor="a",le="1.0"} 2',
      'streamlib_latency_seconds_bucket{actor="a",le="+Inf"} 5',
      'streamlib_latency_seconds_sum{actor="a"} 12.5',
      'streamlib_latency_seconds_count{actor="a"} 5',
    ]);
  });

  it("writes summaries, also without labels", () => {
    const value = { quantiles: [[0.5, 0.001], [0.99, Infinity]] as const, count: 7, sum: 1 };
    const lines = formatMetrics([[FAMILIES.process, [{ labels: {}, value }]]], "prometheus").split("\n").slice(2, -1);
    assert.deepEqual(lines, [
      'streamlib_actor_process_seconds{quantile="0.5"} 0.001',
      'streamlib_actor_process_seconds{quantile="0.99"} +Inf',
      "streamlib_actor_process_seconds_sum 1",
      "streamlib_actor_process_seconds_count 7",
    ]);
  });

  it("keeps whatever label values hold", () => {
    const pieces = [
      "\\",
      '"',
      "\n",
      "\r",
      "\t",
      "\0",
      "{",
      "}",
      ",",
      "=",
      " ",
      "#",
      "n",
      "é",
      "日",
      "😀",
      "\ud800",
      "\u2028",
    ];
    const random = randomOf(7);
    for (let round = 0; round < 2000; round++) {
      const text = (): string =>
        Array.from({ length: Math.floor(random() * 12) }, () => pieces[Math.floor(random() * pieces.length)]).join("");
      const [labels, other] = [{ actor: text(), place: text(), number: "1" }, { actor: text(), number: "2" }];
      for (const format of FORMATS) {
        const parsed = parseExposition(
          formatMetrics(
            [[{ ...COUNTER, help: text() }, [{ labels, value: round }, { labels: other, value: 2 }]]],
            format,
          ),
          format,
        );
        const samples = [...parsed.values()][0].samples;
        assert.deepEqual(
          samples.map((sample) => sample.labels),
          [labels, other].map((one) =>
            Object.fromEntries(Object.entries(one).map(([name, value]) => [name, value.toWellFormed()]))
          ),
        );
      }
    }
  });

  it("is nothing but its end where there is nothing", () => {
    assert.equal(formatMetrics([], "openmetrics"), "# EOF\n");
    assert.equal(parseExposition(formatMetrics([], "openmetrics"), "openmetrics").size, 0);
  });
});

describe("the families", () => {
  it("are explained in the guide", () => {
    const guide = readFileSync(new URL("../docs/guide/metrics.md", import.meta.url), "utf8");
    for (const { name, type } of Object.values<MetricFamily>(FAMILIES)) {
      const shown = type === "counter" ? `${name}_total` : type === "info" ? `${name}_info` : name;
      const short = shown.replace(/^(streamlib|process)_[a-z]+/, "");
      assert.ok(guide.includes(`\`${shown}\``) || guide.includes(`, \`${short}\``), shown);
    }
  });

  it("have names of base units, none twice, and help", () => {
    const families = Object.values<MetricFamily>(FAMILIES);
    assert.equal(new Set(families.map(({ name }) => name)).size, families.length);
    for (const { name, unit, type, help } of families) {
      assert.match(name, /^(streamlib|process)_[a-z_]+$/);
      assert.doesNotMatch(name, /_(total|info|count|sum|bucket|ns|ms|milliseconds)$/);
      if (unit) assert.ok(name.endsWith(`_${unit}`), name);
      else assert.doesNotMatch(name, /_(seconds|bytes|hertz)$/);
      assert.ok(help.endsWith("."), name);
      assert.ok(type !== "info" || unit === undefined);
    }
  });
});

describe("wantedFormat", () => {
  it("follows the Accept header", () => {
    const cases: [accept: string | undefined, format: string][] = [
      [undefined, "prometheus"],
      ["", "prometheus"],
      ["*/*", "prometheus"],
      ["text/plain", "prometheus"],
      ["application/openmetrics-text", "openmetrics"],
      ["application/openmetrics-text; version=1.0.0; charset=utf-8", "openmetrics"],
      ["Application/OpenMetrics-Text;version=1.0.0;q=0.8, text/plain;version=0.0.4;q=0.5, */*;q=0.1", "openmetrics"],
      ["application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.9", "prometheus"],
      ["application/openmetrics-text;q=0", "prometheus"],
      ["application/openmetrics-text;q=nonsense", "prometheus"],
      ["application/openmetrics-text;version=2.0.0, text/plain;q=0.2", "prometheus"],
      // What Prometheus 2 and 3 send.
      [
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75," +
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "openmetrics",
      ],
      [
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
        "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
        "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "openmetrics",
      ],
    ];
    for (const [accept, format] of cases) assert.equal(wantedFormat(accept), format, accept);
  });
});
