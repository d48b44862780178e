/**
 * A strict reader of the two text formats, after their descriptions: it refuses what a lenient one would let pass.
 *
 * @module
 */
import assert from "node:assert/strict";

/** One line with a value. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric with its lines. */
export interface ParsedFamily {
  readonly name: string;
  type: string;
  help: string | undefined;
  unit: string | undefined;
  readonly samples: ParsedSample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]Inf|NaN)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
};

/** Reads a text. Throws an `AssertionError` that names the line. */
export function parseExposition(text: string, format: "prometheus" | "openmetrics"): Map<string, ParsedFamily> {
  const isOpen = format === "openmetrics";
  assert.ok(text.endsWith("\n"), "the last line is ended");
  const lines = text.slice(0, -1).split("\n");
  if (isOpen) assert.equal(lines.pop(), "# EOF");
  const families = new Map<string, ParsedFamily>();
  const series = new Set<string>();
  let family: ParsedFamily | undefined;
  for (const line of lines) {
    const head = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/s.exec(line);
    if (head) {
      const [, kind, name, rest] = head;
      if (family?.name !== name) {
        assert.ok(!families.has(name), `${line}: the lines of a metric are together`);
        families.set(name, family = { name, type: "", help: undefined, unit: undefined, samples: [] });
      }
      assert.equal(family.samples.length, 0, `${line}: comes before the samples`);
      addHead(family, kind, unescapedHelp(rest, isOpen), isOpen);
      continue;
    }
    assert.ok(!line.startsWith("#"), `${line}: is no line of the format`);
    const sample = parseSample(line);
    assert.ok(family, `${line}: has no TYPE`);
    checkName(family, sample, isOpen);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    assert.ok(!series.has(key), `${line}: is there twice`);
    series.add(key);
    family.samples.push(sample);
  }
  for (const one of families.values()) checkFamily(one);
  return families;
}

function addHead(family: ParsedFamily, kind: string, rest: string, isOpen: boolean): void {
  if (kind === "HELP") {
    assert.equal(family.help, undefined, `${family.name}: one HELP`);
    family.help = rest;
  } else if (kind === "TYPE") {
    assert.equal(family.type, "", `${family.name}: one TYPE`);
    const types = ["counter", "gauge", "histogram", "summary", ...(isOpen ? ["info"] : [])];
    assert.ok(types.includes(rest), `${family.name}: type ${rest}`);
    family.type = rest;
    if (!isOpen) assert.equal(rest === "counter", family.name.endsWith("_total"), `${family.name} is a ${rest}`);
  } else {
    assert.ok(isOpen && family.name.endsWith(`_${rest}`), `${family.name}: unit ${rest}`);
    family.unit = rest;
  }
}

function checkName(family: ParsedFamily, { name, labels }: ParsedSample, isOpen: boolean): void {
  const own = isOpen ? { counter: ["_total"], info: ["_info"] }[family.type] : { counter: [""] }[family.type];
  const suffixes = own ?? SUFFIXES[family.type];
  assert.ok(suffixes?.some((suffix) => name === family.name + suffix), `${name} in ${family.name}`);
  assert.equal("le" in labels, name.endsWith("_bucket") && family.type === "histogram", name);
  assert.equal("quantile" in labels, family.type === "summary" && name === family.name, name);
}

function checkFamily({ name, type, samples }: ParsedFamily): void {
  assert.notEqual(type, "", `${name} has a TYPE`);
  if (type === "counter") { for (const { value } of samples) assert.ok(value >= 0, `${name} is ${value}`); }
  if (type !== "histogram") return;
  const byThing = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  for (const [thing, own] of byThing) {
    const buckets = own.filter((sample) => sample.name.endsWith("_bucket"));
    const bounds = buckets.map(({ labels }) => labels.le === "+Inf" ? Infinity : Number(labels.le));
    assert.deepEqual(bounds, bounds.toSorted((a, b) => a - b), `${name} ${thing}: bounds ascend`);
    assert.equal(bounds.at(-1), Infinity, `${name} ${thing}: the last bound is +Inf`);
    const counts = buckets.map(({ value }) => value);
    assert.deepEqual(counts, counts.toSorted((a, b) => a - b), `${name} ${thing}: buckets add up`);
    assert.equal(own.find((sample) => sample.name.endsWith("_count"))?.value, counts.at(-1), `${name} ${thing}: count`);
    assert.ok(own.some((sample) => sample.name.endsWith("_sum")), `${name} ${thing}: sum`);
  }
}

function parseSample(line: string): ParsedSample {
  const name = NAME.exec(line)?.[0] ?? assert.fail(`${line}: begins with no name`);
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith("{")) {
    rest = rest.slice(1);
    for (;;) {
      const label = LABEL.exec(rest)?.[0] ?? assert.fail(`${line}: no label at ${rest}`);
      assert.ok(!Object.hasOwn(labels, label), `${line}: ${label} twice`);
      rest = rest.slice(label.length);
      const quoted = /^="((?:[^"\\\n]|\\["\\n])*)"([,}])/.exec(rest) ?? assert.fail(`${line}: no value at ${rest}`);
      labels[label] = quoted[1].replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
      rest = rest.slice(quoted[0].length);
      if (quoted[2] === "}") break;
    }
  }
  assert.ok(rest.startsWith(" "), `${line}: a space before the value`);
  const value = rest.slice(1);
  assert.match(value, NUMBER, line);
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

function unescapedHelp(text: string, isOpen: boolean): string {
  assert.match(text, isOpen ? /^(?:[^"\\]|\\["\\n])*$/ : /^(?:[^\\]|\\[\\n])*$/, text);
  return text.replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
}
