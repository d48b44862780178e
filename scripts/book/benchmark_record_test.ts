import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { shownBenchmarks } from "../../docs/benchmarks.data.ts";
import { parseRecord, rowsOf } from "./benchmark_record.ts";

const MACHINE = JSON.stringify({ cpu: "a processor", command: "deno task bench ring --json" });
const figure = (name: string, runtime: string, more: object = {}) =>
  JSON.stringify({ bench: "ring", case: name, runtime, value: 1, unit: "us", ...more });

describe("parseRecord", () => {
  it("takes the machine from the first line", () => {
    const { machine, figures } = parseRecord(`${MACHINE}\n${figure("hop", "deno 2.9.6")}\n`, "ring.jsonl");
    assert.equal(machine.cpu, "a processor");
    assert.deepEqual(figures.map(({ runtime }) => runtime), ["deno 2.9.6"]);
  });

  it("names file and line of what cannot be read", () => {
    assert.throws(() => parseRecord(`${MACHINE}\n{"case"\n`, "ring.jsonl"), /^Error: Cannot read ring\.jsonl:2: /);
    assert.throws(() => parseRecord(`${figure("hop", "bun 1.4.5")}\n`, "ring.jsonl"), /ring\.jsonl:1: the first line/);
    assert.throws(() => parseRecord(`${MACHINE}\n{"case":"hop"}\n`, "ring.jsonl"), /ring\.jsonl:2: a figure has/);
  });
});

describe("rowsOf", () => {
  it("puts both runtimes into one row, in the order of the cases", () => {
    const lines = [figure("hop", "deno 2.9.6"), figure("copy", "deno 2.9.6"), figure("hop", "bun 1.4.5")];
    const rows = rowsOf(parseRecord([MACHINE, ...lines].join("\n"), "ring.jsonl").figures);
    assert.deepEqual(rows.map((row) => [row.case, row.deno?.runtime, row.bun?.runtime]), [
      ["hop", "deno 2.9.6", "bun 1.4.5"],
      ["copy", "deno 2.9.6", undefined],
    ]);
  });

  it("leaves no figure out", () => {
    const lines = [figure("hop", "deno 2.9.6"), figure("hop", "deno 2.9.6", { value: 2 }), figure("hop", "bun 1.4.5")];
    const rows = rowsOf(parseRecord([MACHINE, ...lines].join("\n"), "ring.jsonl").figures);
    assert.deepEqual(rows.map((row) => [row.deno?.value, row.bun?.value]), [[1, 1], [2, undefined]]);
  });
});

describe("docs/public/benchmarks", () => {
  it("has figures of both runtimes in every file, measured by the command that it names", () => {
    const shown = shownBenchmarks();
    assert.ok(shown.length > 0);
    for (const { name, machine, rows } of shown) {
      assert.equal(machine.command.replace(" --json", ""), `deno task bench ${name.replace("-load", " --load")}`, name);
      assert.ok(rows.some((row) => row.deno) && rows.some((row) => row.bun), name);
    }
  });
});
