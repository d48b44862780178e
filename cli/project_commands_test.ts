import { afterEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const SLOW = { timeout: 60_000 };
const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const PLUGIN = fileURLToPath(new URL("../plugins/audio", import.meta.url));
const PARTS = fileURLToPath(new URL("../testing/conform/testdata/parts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "streamlib-cli-"));

function streamlib(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const run = process.versions.bun ? ["run"] : ["run", "-A", "--no-check"];
  return spawnSync(process.execPath, [...run, MAIN, ...words], { cwd: folder, encoding: "utf8" });
}

describe("streamlib new", SLOW, () => {
  afterEach(() => rmSync(join(folder, "glow"), { recursive: true, force: true }));

  it("makes a project, and not over another one", SLOW, () => {
    const made = streamlib("new", "@me/glow", "--actor", "Glow", "--yes");
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stdout, /^Made @me\/glow in /);
    assert.ok(existsSync(join(folder, "glow", "glow_actor.ts")));
    const again = streamlib("new", "@me/glow", "--yes");
    assert.equal(again.status, 1);
    assert.match(again.stderr, /Cannot make .*glow: it is not empty/);
  });

  it("says what is wrong with its arguments", SLOW, () => {
    const wrong = streamlib("new", "glow", "--template", "nothing", "--yes");
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /actor-plugin, native-plugin, app/);
    assert.equal(existsSync(join(folder, "glow")), false);
    assert.match(streamlib("new", "--yes").stderr, /without a name: streamlib new NAME/);
  });
});

describe("streamlib conform", SLOW, () => {
  it("checks a package on this runtime and on the other", SLOW, () => {
    const { status, stdout, stderr } = streamlib("conform", PLUGIN, "--only", "option-", "--json");
    assert.equal(status, 0, stderr);
    const reports = JSON.parse(stdout) as { runtime: string; passed: number; failed: number }[];
    assert.deepEqual(reports.map(({ runtime }) => runtime.split(" ")[0]).sort(), ["bun", "deno"]);
    for (const { passed, failed } of reports) assert.ok(passed > 0 && failed === 0);
  });

  it("refuses a project that has a core of its own, and says which command is right", SLOW, () => {
    const project = join(folder, "own-core");
    const core = join(project, "node_modules", "@streamlib", "core");
    mkdirSync(core, { recursive: true });
    const manifest = { name: "@streamlib/core", version: "0.1.0", type: "module", exports: "./mod.js" };
    writeFileSync(join(core, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(core, "mod.js"), "");
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "own-core", exports: "./mod.ts" }));
    writeFileSync(join(project, "mod.ts"), "export {};");
    for (const path of [project, join(project, "mod.ts")]) {
      const { status, stdout, stderr } = streamlib("conform", path);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
      assert.match(
        stderr,
        /: two copies of core in one program \(version-clash\): it uses .*own-core.*, this command /,
      );
      assert.match(stderr, /in its folder: (deno run -A npm:|bunx --bun )@streamlib\/cli conform \.$/m);
    }
  });

  it("says which checks there are", SLOW, () => {
    const { status, stdout, stderr } = streamlib("conform", "--list");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^package package-manifests: has deno\.json and package\.json$/m);
    assert.match(stdout, /^transport transport-stamps: brings it with its time stamp$/m);
    const listed = JSON.parse(streamlib("conform", "--list", "--json").stdout) as object[];
    assert.equal(listed.length, stdout.trim().split("\n").length);
  });

  it("fails for what could not be checked only if it is asked to", SLOW, () => {
    const words = ["conform", PARTS, "--here", "--only", "flow-inputs"];
    const { status, stdout } = streamlib(...words);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^NOT CHECKED: 1 checks\n {2}1 of actor PartsData: there are no samples for its inputs$/m);
    assert.equal(streamlib(...words, "--strict").status, 1);
  });

  it("says what is wrong with its arguments", SLOW, () => {
    const nothing = streamlib("conform");
    assert.equal(nothing.status, 2);
    assert.match(nothing.stderr, /PATH is missing/);
    const absent = streamlib("conform", "./not/there", "--here");
    assert.equal(absent.status, 2);
    assert.equal(absent.stderr.trim(), "Cannot check ./not/there: there is no such file or folder");
  });
});
