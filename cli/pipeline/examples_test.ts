/** The pipelines that the guide shows. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, describe, it } from "@std/testing/bdd";
import { buildPipeline } from "./build_pipeline.ts";
import { checkPipeline } from "./check_pipeline.ts";
import { runPipeline } from "./run_pipeline.ts";

const FOLDER = fileURLToPath(new URL("../../examples/pipelines", import.meta.url));
const GUIDE = fileURLToPath(new URL("../../docs/guide/run.md", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "streamlib-pipelines-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

function check(file: string, set: Record<string, string> = {}) {
  const text = readFileSync(join(FOLDER, file), "utf8");
  return checkPipeline({ text, name: file, isJson: file.endsWith(".json") }, { set });
}

describe("examples/pipelines", { timeout: 120_000 }, () => {
  it("can all be run, and the guide shows them", { timeout: 60_000 }, async () => {
    const files = readdirSync(FOLDER);
    assert.ok(files.length >= 3);
    for (const file of files) {
      const { plan, problems } = await check(file);
      assert.deepEqual(problems.map(({ message }) => message), [], file);
      assert.ok(plan);
      assert.ok(readFileSync(GUIDE, "utf8").includes(`<<< @/../examples/pipelines/${file}`), `the guide lacks ${file}`);
    }
  });

  it("the guide's lines can all be run", { timeout: 60_000 }, async () => {
    const lines = [...readFileSync(GUIDE, "utf8").matchAll(/streamlib (?:run|graph|check)[^'\n]* '([^']+)'/g)];
    assert.ok(lines.length >= 5);
    for (const [, text] of lines) {
      const { problems } = await checkPipeline({ text, name: undefined, isJson: false });
      assert.deepEqual(problems.map(({ message }) => message), [], text);
    }
  });

  it("render.txt renders every picture", { timeout: 60_000 }, async () => {
    const out = join(scratch, "zone.mp4");
    const { plan } = await check("render.txt", { OUT: out });
    const built = await buildPipeline(plan!);
    const outcome = await runPipeline(plan!, built, { stop: new AbortController().signal, durationMs: 2000 });
    assert.equal(outcome.reason, "duration");
    const [source, , writer] = built.actors;
    assert.equal(source.outputs.video.stats().committed, 50);
    assert.equal(writer.stats.counters.picturesTaken, 50);
    assert.ok(existsSync(out) && statSync(out).size > 10_000);
  });
});
