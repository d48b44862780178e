import type { JsonSchema } from "@streamlib/core";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "@std/testing/bdd";
import { parseJson } from "./parse_json.ts";
import { PIPELINE_SCHEMA } from "./pipeline_schema.ts";
import { Problems } from "./problem.ts";

/** Whether a value fits a schema, as far as this one goes: it throws for a keyword that it does not know. */
function fits(value: unknown, schema: JsonSchema): boolean {
  return Object.entries(schema).every(([keyword, wanted]) => keywords(value, schema, keyword, wanted));
}

function keywords(value: unknown, schema: JsonSchema, keyword: string, wanted: unknown): boolean {
  const members = typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : undefined;
  switch (keyword) {
    case "$schema":
    case "$defs":
    case "title":
    case "description":
      return true;
    case "$ref":
      return fits(value, (PIPELINE_SCHEMA.$defs as Record<string, JsonSchema>)[String(wanted).split("/").at(-1)!]);
    case "type":
      if (wanted === "integer") return Number.isInteger(value);
      return (Array.isArray(value) ? "array" : value === null ? "null" : typeof value) === wanted;
    case "required":
      return !members || (wanted as string[]).every((name) => members.some(([key]) => key === name));
    case "properties":
      return !members || members.every(([key, one]) => fits(one, (wanted as Record<string, JsonSchema>)[key] ?? {}));
    case "additionalProperties": {
      const known = Object.keys(schema.properties ?? {});
      const others = (members ?? []).filter(([key]) => !known.includes(key));
      return wanted === false ? others.length === 0 : others.every(([, one]) => fits(one, wanted as JsonSchema));
    }
    case "minProperties":
      return !members || members.length >= Number(wanted);
    case "maxProperties":
      return !members || members.length <= Number(wanted);
    case "propertyNames":
      return !members || members.every(([key]) => fits(key, wanted as JsonSchema));
    case "items":
      return !Array.isArray(value) || value.every((one) => fits(one, wanted as JsonSchema));
    case "pattern":
      return typeof value !== "string" || new RegExp(String(wanted), "u").test(value);
    case "anyOf":
      return (wanted as JsonSchema[]).some((one) => fits(value, one));
    case "const":
      return value === wanted;
    case "minimum":
      return typeof value !== "number" || value >= Number(wanted);
    case "maximum":
      return typeof value !== "number" || value <= Number(wanted);
    case "exclusiveMinimum":
      return typeof value !== "number" || value > Number(wanted);
    default:
      throw new Error(`The test knows no ${keyword}`);
  }
}

describe("PIPELINE_SCHEMA", () => {
  it("is what is published", () => {
    const published = new URL("../../docs/public/pipeline.schema.json", import.meta.url);
    assert.equal(
      readFileSync(published, "utf8"),
      `${JSON.stringify(PIPELINE_SCHEMA, null, 2)}\n`,
      "write PIPELINE_SCHEMA of cli/pipeline/pipeline_schema.ts into docs/public/pipeline.schema.json",
    );
  });

  it("allows what the reader takes, and nothing else", () => {
    const stage = { actor: "test-pattern", options: { width: 64 }, dispatcher: "thread=a", clock: 60 };
    const good = {
      $schema: "x",
      stages: { a: stage, b: { actor: "B" } },
      links: [{ from: "a.video", to: "b.layer.x" }],
    };
    const changes: [unknown, boolean][] = [
      [good, true],
      [{ stages: good.stages }, true],
      [{ ...good, plugins: ["npm:@me/glow@^1", "./mine.ts"] }, true],
      [{ ...good, plugins: "npm:@me/glow" }, false],
      [{ ...good, plugins: [1] }, false],
      [{ ...good, plugins: [""] }, false],
      [{ ...good, stages: { a: { ...stage, clock: "lockstep=25" }, b: { actor: "B" } } }, true],
      [{ ...good, stages: { a: { ...stage, dispatcher: "gpu=H 200" }, b: { actor: "B" } } }, true],
      [{ ...good, links: [{ from: "a", to: "b", bridge: true }] }, true],
      [{ ...good, links: [{ from: "a", to: "b", bridge: "yes" }] }, false],
      [{ ...good, stages: { a: { ...stage, restart: true }, b: { actor: "B", restart: 5 } } }, true],
      [[], false],
      [{ links: [] }, false],
      [{ stages: {} }, false],
      [{ ...good, defaults: {} }, false],
      [{ stages: Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`s${index}`, stage])) }, false],
      [{ stages: { "1": stage } }, false],
      [{ stages: { a: { options: {} } } }, false],
      [{ stages: { a: { ...stage, actor: "a b" } } }, false],
      [{ stages: { a: { ...stage, options: [] } } }, false],
      [{ stages: { a: { ...stage, clock: true } } }, false],
      [{ stages: { a: { ...stage, restart: false } } }, false],
      [{ stages: { a: { ...stage, dispatcher: 1 } } }, false],
      [{ stages: { a: { ...stage, colour: 1 } } }, false],
      [{ ...good, links: {} }, false],
      [{ ...good, links: [{ from: "a" }] }, false],
      [{ ...good, links: [{ from: "a", to: "b.1" }] }, false],
      [{ ...good, links: [{ from: "a", to: "b.x.y.z" }] }, false],
    ];
    for (const [pipeline, isRight] of changes) {
      const text = JSON.stringify(pipeline);
      const problems = new Problems();
      parseJson(text, problems);
      assert.equal(fits(pipeline, PIPELINE_SCHEMA), isRight, text);
      assert.equal(problems.errors === 0, isRight, `${text} ${problems.all.map(({ message }) => message)}`);
    }
  });
});
