import {
  Actor,
  type ActorSpec,
  control,
  type Input,
  input,
  optionsFrom,
  registerActor,
  VideoFrame,
} from "@streamlib/core";
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { inspect, type InspectedActor } from "./inspect_command.ts";
import { typeOf } from "./inspect_text.ts";
import { nearest } from "./nearest.ts";
import { importPlugin } from "./plugins.ts";

interface ProbeTypes {
  inputs: { video: Input<VideoFrame> };
  options: { path: string; level?: number };
}

/** A schema without a schema library. */
const schema = optionsFrom<{ path: string; level: number }>({
  "~standard": {
    validate: (value) => ({ value }),
    jsonSchema: {
      input: () => ({
        type: "object",
        properties: {
          path: { type: "string", description: "where" },
          level: { type: "number", minimum: 0, maximum: 1, default: 0.5 },
        },
        required: ["path"],
      }),
    },
  },
});

@registerActor({ name: "InspectProbe", module: import.meta.url })
class InspectProbeActor extends Actor<ProbeTypes> {
  static readonly spec: ActorSpec<ProbeTypes> = {
    description: "Is looked at",
    positional: "path",
    inputs: { video: input(VideoFrame, { description: "the picture" }) },
    options: schema as unknown as NonNullable<ActorSpec<ProbeTypes>["options"]>,
  };

  @control()
  setLevel(_argument: { level: number }): Promise<void> {
    return Promise.resolve();
  }

  override process(): void {}
}

async function run(
  given: { json?: boolean; plugin?: string[] },
  ...names: string[]
): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const screen = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) };
  const code = await inspect.run(given, names, screen);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("inspect", { timeout: 60_000 }, () => {
  it("explains an actor: ports, options with type and default, controls, a line of code", async () => {
    assert.equal(InspectProbeActor.name, "InspectProbeActor");
    const { code, out } = await run({}, "InspectProbe");
    assert.equal(code, 0);
    for (
      const part of [
        /^InspectProbe: Is looked at/,
        /video {2}VideoFrame, latest {2}the picture/,
        /path {3}string\n +required; where/,
        /level {2}number 0 to 1\n +default 0\.5/,
        /setLevel\(\)/,
        /streamlib run '… \| inspect-probe …'/,
        /const inspectProbe = new InspectProbeActor\(\{ path: "…" \}\);/,
      ]
    ) assert.match(out, part);
  });

  it("takes a name in any spelling, as a pipeline does", async () => {
    for (const name of ["inspect-probe", "InspectProbeActor", "inspect_probe"]) {
      assert.match((await run({}, name)).out, /^InspectProbe: /, name);
    }
    assert.match((await run({}, "display")).out, /^WebDisplay: /);
    assert.match((await run({}, "file")).err, /did you mean FileReader or FileWriter\?/, "either could be meant");
  });

  it("lists actors as JSON", async () => {
    const { code, out } = await run({ json: true });
    assert.equal(code, 0);
    const actors = JSON.parse(out) as InspectedActor[];
    const probe = actors.find(({ name }) => name === "InspectProbe");
    assert.deepEqual(probe?.controls, ["setLevel"]);
    assert.equal(probe?.positional, "path");
    assert.ok(actors.some(({ name }) => name === "TestPattern"), "the installed plugins are imported");
  });

  it("exits with 1 for an unknown actor and names near ones", async () => {
    const { code, err } = await run({}, "inspectprobes");
    assert.equal(code, 1);
    assert.match(err, /Cannot find actor inspectprobes: did you mean InspectProbe\?/);
  });

  it("exits with 1 if an asked plugin cannot be imported", async () => {
    const { code, err } = await run({ plugin: ["./nowhere/mod.ts"] });
    assert.equal(code, 1);
    assert.match(err, /Cannot import \.\/nowhere\/mod\.ts: /);
  });
});

describe("importPlugin()", () => {
  it("tells absent from failed", async () => {
    assert.equal((await importPlugin("@streamlib/nothing-of-this-name")).state, "absent");
    const broken = `data:text/javascript,${encodeURIComponent("throw new Error('broken inside')")}`;
    const { state, reason } = await importPlugin(broken);
    assert.equal(state, "failed");
    assert.match(reason ?? "", /broken inside/);
  });
});

describe("typeOf()", () => {
  it("says a JSON Schema in a few words", () => {
    assert.equal(typeOf({ enum: ["a", "b"] }), '"a" | "b"');
    assert.equal(typeOf({ type: "integer", minimum: 2, maximum: 16, multipleOf: 2 }), "integer 2 to 16, multiple of 2");
    assert.equal(typeOf({ type: "number", exclusiveMinimum: 0 }), "number above 0");
    assert.equal(
      typeOf({ anyOf: [{ type: "string" }, { type: "array", items: { type: "number" } }] }),
      "string | list of number",
    );
    assert.equal(typeOf({ type: "object", properties: { num: { type: "integer" } } }), "{ num: integer }");
    assert.equal(typeOf({}), "any");
  });
});

describe("nearest()", () => {
  it("gives close names, nearest first, and nothing for a stranger", () => {
    assert.deepEqual(nearest("compositer", ["TestPattern", "Compositor"]), ["Compositor"]);
    assert.deepEqual(nearest("pattern", ["TestPattern", "Compositor"]), ["TestPattern"]);
    assert.deepEqual(nearest("zzzzz", ["TestPattern", "Compositor"]), []);
  });
});
