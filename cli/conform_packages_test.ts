/** Every package of this repository by `streamlib conform`, as a user would check it: each in a process of its own. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { type ConformReport, conformText } from "@streamlib/testing/conform";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SLOW = { timeout: 300_000 };
/** Checked at the same time: most checks wait for something. */
const AT_ONCE = 3;
const PACKAGES: readonly string[] = [
  "core",
  ...["audio", "display", "drawing", "gpu", "media", "st2110", "video"].map((name) => `plugins/${name}`),
  "templates/actor-plugin",
];
/** Why a machine without a GPU, or without the library, cannot check all. */
const LACKING =
  /^this machine lacks what it needs|^without the native library|does not tell what a process holds open$/;

/** Checks one package on this runtime; rejects if it says nothing that can be read. */
function conform(path: string): Promise<ConformReport> {
  const run = process.versions.bun ? ["run"] : ["run", "-A", "--no-check"];
  const given = [...run, join(ROOT, "cli/main.ts"), "conform", join(ROOT, path), "--here", "--json"];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, given, { maxBuffer: 1 << 26 }, (_error, stdout, stderr) => {
      try {
        const [report] = JSON.parse(stdout) as ConformReport[];
        resolve(report);
      } catch (thrown) {
        reject(new Error(`${path}: ${stderr}`, { cause: thrown }));
      }
    });
  });
}

describe("every package of this repository conforms", SLOW, () => {
  const reports = new Map<string, Promise<ConformReport>>();
  const start = (path: string): void => void reports.set(path, conform(path));

  for (const [at, path] of PACKAGES.entries()) {
    it(path, SLOW, async () => {
      for (const next of PACKAGES.slice(at, at + AT_ONCE)) if (!reports.has(next)) start(next);
      const report = await reports.get(path)!;
      assert.equal(report.failed, 0, conformText(report));
      assert.ok(report.passed > 50 || report.skipped > 0, `${report.passed} passed`);
      const gaps = report.skippedBecause.filter(({ reason }) => !LACKING.test(reason));
      assert.deepEqual(gaps, [], conformText(report));
    });
  }
});
