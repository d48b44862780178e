import { stopAll } from "@streamlib/core";
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { within } from "./living.ts";
import { conform, conformChecks, type ConformReport, conformText } from "./mod.ts";

const timeout = 120_000;
const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "../..");

function idsOf(report: ConformReport, outcome: string): string[] {
  return report.results.filter((result) => result.outcome === outcome).map(({ id }) => id);
}

describe("conform()", () => {
  after(() => stopAll());

  it("finds what is wrong with a bad package", { timeout }, async () => {
    const report = await conform(join(HERE, "testdata/bad"));
    assert.deepEqual(idsOf(report, "failed"), [
      "package-manifests",
      "package-version-form",
      "package-module-type",
      "package-no-install-script",
      "package-dependencies",
      "package-readme",
      "package-tests",
      "package-example",
      "package-import-quiet",
      "actor-name",
      "actor-exported",
      "actor-description",
      "actor-port-names",
      "actor-port-descriptions",
      "option-closed",
      "option-names",
      "option-descriptions",
      "option-defaults",
      "option-idempotent",
      "option-untouched",
      "option-unknown",
      "option-type",
      "option-range",
      "option-nonsense",
      "option-error",
      "flow-formats",
      "flow-order",
      "flow-letting-go",
      "flow-reading-only",
      "flow-end",
    ]);
    const text = conformText(report);
    assert.match(text, /video_in is not/);
    assert.match(text, / 30 failed, \d+ skipped$/);
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  });

  it("checks parts that conform.ts names, and says loudly what it could not check", { timeout }, async () => {
    const only = [
      "clock-r",
      "registry-cr",
      "dispatcher-k",
      "codec-n",
      "transport-na",
      "package-r",
      "flow-inputs",
      "flow-sizes",
    ];
    const report = await conform(join(HERE, "testdata/parts"), { only });
    const counts = ["passed", "failed", "skipped", "inapplicable"];
    assert.deepEqual(Object.keys(report), ["path", "runtime", ...counts, "skippedBecause", "results"]);
    const told = report.results.map(({ kind, name, outcome }) => `${kind} ${name} ${outcome}`);
    assert.deepEqual(told, [
      "package @streamlib/parts inapplicable",
      "package @streamlib/parts passed",
      "actor PartsData skipped",
      "actor PartsData inapplicable",
      "actor PartsSilent passed",
      "actor PartsSilent skipped",
      "clock Good passed",
      "registry Local passed",
      "dispatcher Here passed",
      "dispatcher Far skipped",
      "codec-provider Raw passed",
      "codec-provider Raw passed",
      "transport Loop none passed",
    ]);
    assert.deepEqual(report.skippedBecause, [
      { reason: "there are no samples for its inputs", checks: 1, of: ["actor PartsData"] },
      { reason: "it gave nothing in 58 beats", checks: 1, of: ["actor PartsSilent"] },
      { reason: "it is on another machine", checks: 1, of: ["dispatcher Far"] },
    ]);
    const text = conformText(report);
    assert.match(text, /\nNOT CHECKED: 3 checks\n {2}1 of actor PartsData: there are no samples for its inputs\n/);
    assert.match(text, /\n {2}1 of dispatcher Far: it is on another machine\n.* 0 failed, 3 skipped$/);
  });

  it("refuses a conform.ts that names what is not there", async () => {
    await assert.rejects(
      conform(join(HERE, "testdata/misnamed")),
      /misnamed: conform\.ts names actor Nobody; its actors are none$/,
    );
    await assert.rejects(
      conform(join(HERE, "testdata/misnamed_check")),
      /misnamed_check: conform\.ts excepts clock-nonsense, and no check is called so$/,
    );
  });

  it("makes only the checks that are asked for, and tells each as it comes", { timeout }, async () => {
    const heard: string[] = [];
    const only = ["actor-", "option-schema"];
    const report = await conform(join(ROOT, "plugins/audio"), { only, onResult: ({ id }) => void heard.push(id) });
    assert.deepEqual(heard, report.results.map(({ id }) => id));
    assert.ok(heard.includes("option-schema") && heard.includes("actor-json"));
    assert.ok(heard.every((id) => id.startsWith("actor-") || id === "option-schema"));
  });

  it("refuses what is no package, naming it", async () => {
    await assert.rejects(conform(join(HERE, "nowhere")), /Cannot check .*nowhere: there is no such file or folder/);
    await assert.rejects(conform(join(HERE, "testdata")), /testdata: it has neither deno\.json nor package\.json/);
  });
});

describe("conformChecks", () => {
  it("are many, each with a name of its own and a sentence", () => {
    const ids = conformChecks.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length >= 140, `${ids.length}`);
    for (const { id, title } of conformChecks) assert.match(`${id}: ${title}`, /^[a-z]+(-[a-z]+)+: [a-z].*[^.]$/);
  });
});

describe("the page on testing", () => {
  it("says how many checks of each kind there are", () => {
    const page = readFileSync(join(ROOT, "docs/guide/testing.md"), "utf8");
    const told = [...page.matchAll(/^\| `([a-z-]+)` +\| (\d+) +\|/gm)].map(([, kind, count]) => `${kind} ${count}`);
    const kinds = [...new Set(conformChecks.map(({ kind }) => kind))];
    const right = kinds.map((kind) => `${kind} ${conformChecks.filter((check) => check.kind === kind).length}`);
    assert.deepEqual(told, right);
  });
});

describe("within()", () => {
  it("does not wait for ever, and says for what", async () => {
    await assert.rejects(within("a beat", new Promise(() => {}), 10), /^Error: a beat did not come within 0.01 s$/);
    assert.equal(await within("a beat", Promise.resolve(7), 10), 7);
  });
});
