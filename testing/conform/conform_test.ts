import { SoftwareClock, stopAll } from "@streamlib/core";
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { clockChecks } from "./clock_checks.ts";
import { within } from "./living.ts";
import { conform, conformChecks, type ConformReport, conformText } from "./mod.ts";

const timeout = 120_000;
const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "../..");

/** Packages of this repository that need no GPU. */
const CONFORMING: readonly string[] = [
  ...["audio", "display", "drawing", "media", "st2110", "video"].map((name) => `plugins/${name}`),
  "templates/actor-plugin",
];

function idsOf(report: ConformReport, outcome: string): string[] {
  return report.results.filter((result) => result.outcome === outcome).map(({ id }) => id);
}

describe("conform()", () => {
  after(() => stopAll());

  for (const path of CONFORMING) {
    it(`finds nothing wrong with ${path}`, { timeout }, async () => {
      const report = await conform(join(ROOT, path));
      assert.equal(report.failed, 0, conformText(report));
      assert.ok(report.passed > 50, `${report.passed} passed`);
      assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
    });
  }

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
    assert.ok(ids.length >= 75, `${ids.length}`);
    for (const { id, title } of conformChecks) assert.match(`${id}: ${title}`, /^[a-z]+(-[a-z]+)+: [a-z].*[^.]$/);
  });
});

describe("checks of clocks", () => {
  it("find nothing wrong with a software clock", { timeout }, async () => {
    for (const check of clockChecks) await check.run({ make: () => new SoftwareClock(100) });
  });

  it("find a clock that beats early, numbers wrongly and never gives up", { timeout }, async () => {
    class BadClock extends SoftwareClock {
      override async nextTick(...given: Parameters<SoftwareClock["nextTick"]>): ReturnType<SoftwareClock["nextTick"]> {
        const tick = await super.nextTick(given[0]);
        const timestampNs = tick.timestampNs + 1_000_000_000n;
        return { ...tick, timestampNs, frameNumber: 7, clockId: "other", taiFrame: 0n };
      }
      override stats(): ReturnType<SoftwareClock["stats"]> {
        return { ...super.stats(), ticks: 1 };
      }
    }
    const wrong = ["clock-early", "clock-numbers", "clock-frames", "clock-stats", "clock-abort"];
    for (const check of clockChecks.filter(({ id }) => wrong.includes(id))) {
      await assert.rejects(async () => await check.run({ make: () => new BadClock(100) }), check.id);
    }
  });
});

describe("within()", () => {
  it("does not wait for ever, and says for what", async () => {
    await assert.rejects(within("a beat", new Promise(() => {}), 10), /^Error: a beat did not come within 0.01 s$/);
    assert.equal(await within("a beat", Promise.resolve(7), 10), 7);
  });
});
