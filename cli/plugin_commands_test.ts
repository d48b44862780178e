/** Commands with plugins of a registry: named on the command line, in a text and in JSON. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { after, before, beforeEach, describe, it } from "@std/testing/bdd";
import type { CheckReport } from "./check_command.ts";
import { LocalRegistry } from "./plugin/testdata/local_registry.ts";
import { samplePlugin } from "./plugin/testdata/sample_plugin.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const SINKS = fileURLToPath(new URL("./pipeline/testdata/pipeline_actors.ts", import.meta.url));
const TIME = { timeout: 120_000 };

interface Done {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

describe("plugins of a registry", { timeout: 300_000 }, () => {
  let registry: LocalRegistry;
  let scratch = "";
  /** A working folder of its own for each test. */
  let folder = "";
  let integrity = "";

  before(async () => {
    registry = await LocalRegistry.start();
    integrity = registry.serve(samplePlugin());
    scratch = mkdtempSync(join(tmpdir(), "streamlib-commands-"));
  });
  after(() => {
    registry.stop();
    rmSync(scratch, { recursive: true, force: true });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(scratch, "work-"));
    writeFileSync(join(folder, ".npmrc"), `registry=${registry.origin}/\ncache=${join(scratch, "cache")}\n`);
  });

  function streamlib(...words: string[]): Promise<Done> {
    const allow = process.versions.deno === undefined ? [] : ["-A", "--no-check"];
    // What npx has set for its own programs would count more than the folder's settings.
    const own = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
    const env = { ...Object.fromEntries(own), XDG_DATA_HOME: join(scratch, "data") };
    const child = spawn(process.execPath, ["run", ...allow, MAIN, ...words], { cwd: folder, env });
    let out = "";
    let err = "";
    child.stdout.on("data", (text) => out += text);
    child.stderr.on("data", (text) => err += text);
    child.stdin.end();
    return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  }

  const locked = (path: string): unknown => JSON.parse(readFileSync(join(folder, path, "streamlib.lock.json"), "utf8"));

  it("run as the command line names them; then without the registry, and frozen", TIME, async () => {
    const words = ["run", "--plugin", "npm:@me/glow@^1", "--plugin", SINKS, "glow | pipe-sink"];
    const first = await streamlib(...words);
    assert.equal(first.code, 0, first.err);
    assert.deepEqual(locked("."), { version: 1, plugins: { "npm:@me/glow@^1": { version: "1.0.0", integrity } } });
    assert.deepEqual(readdirSync(join(scratch, "data/streamlib/plugins")).length, 1);
    const asked = registry.asked.length;
    const second = await streamlib(...words, "--frozen");
    assert.equal(second.code, 0, second.err);
    assert.equal(registry.asked.length, asked);
  });

  it("run in a thread of their own", TIME, async () => {
    const done = await streamlib("run", "--plugin", "npm:@me/glow@^1", "--plugin", SINKS, "glow @thread | pipe-sink");
    assert.equal(done.code, 0, done.err);
  });

  it("stand in JSON, held to the lock file beside it, and are written again by graph", TIME, async () => {
    mkdirSync(join(folder, "sub"));
    const pipeline = {
      plugins: ["npm:@me/glow", "./sink.ts"],
      stages: { a: { actor: "Glow" }, b: { actor: "PipeSink" } },
    };
    writeFileSync(join(folder, "sub/sink.ts"), `export * from ${JSON.stringify(SINKS)};\n`);
    writeFileSync(join(folder, "sub/.npmrc"), readFileSync(join(folder, ".npmrc")));
    writeFileSync(join(folder, "sub/p.json"), JSON.stringify({ ...pipeline, links: [{ from: "a", to: "b" }] }));
    const json = await streamlib("graph", "-f", "sub/p.json", "--format", "json");
    assert.equal(json.code, 0, json.err);
    assert.deepEqual(JSON.parse(json.out).plugins, pipeline.plugins);
    assert.deepEqual(locked("sub"), { version: 1, plugins: { "npm:@me/glow": { version: "1.0.0", integrity } } });
    assert.ok(!existsSync(join(folder, "streamlib.lock.json")));
    const text = await streamlib("graph", "-f", "sub/p.json");
    assert.match(text.out, /^@plugin='npm:@me\/glow'\n@plugin=\.\/sink\.ts\na: glow\n/);
    writeFileSync(join(folder, "sub/p.txt"), text.out);
    const again = await streamlib("graph", "-f", "sub/p.txt", "--frozen");
    assert.equal(again.out, text.out, again.err);
  });

  it("are fetched by several programs at once, and all run", TIME, async () => {
    registry.serve(samplePlugin({ name: "@me/busy", actor: "Busy" }));
    const done = await Promise.all([1, 2, 3].map(() => streamlib("check", "--plugin", "npm:@me/busy", "busy")));
    for (const { code, err } of done) assert.equal(code, 0, err);
    assert.equal(registry.asked.filter((path) => path === "@me/busy/-/1.0.0.tgz").length, 1);
    assert.deepEqual(readdirSync(folder).sort(), [".npmrc", "streamlib.lock.json"]);
    assert.equal(
      readdirSync(join(scratch, "data/streamlib/plugins")).filter((name) => name.includes("busy")).length,
      1,
    );
  });

  it("are explained by inspect", TIME, async () => {
    const { code, out, err } = await streamlib("inspect", "Glow", "--plugin", "npm:@me/glow@1.0.0");
    assert.equal(code, 0, err);
    assert.match(out, /^Glow: Glows/);
  });

  it("are a problem with a code and a place if they cannot be had, and nothing is left of them", TIME, async () => {
    registry.serve(samplePlugin({ name: "@me/empty", module: "export {};" }));
    registry.serve(samplePlugin({ name: "@me/broken", module: "throw new Error('broken');" }));
    const asked: readonly (readonly [string, string])[] = [
      ["npm:@me/none", "plugin-missing"],
      ["npm:@me/empty", "plugin-empty"],
      ["npm:@me/broken", "plugin-failed"],
      ["npm:@me/glow@^1", "plugin-lock"],
    ];
    for (const [specifier, code] of asked) {
      const frozen = code === "plugin-lock" ? ["--frozen"] : [];
      const done = await streamlib("check", "--json", ...frozen, `@plugin=${specifier}; test-pattern | x`);
      assert.equal(done.code, 2);
      const { problems } = JSON.parse(done.out) as CheckReport;
      const [first] = problems;
      assert.deepEqual([first.code, first.column, first.length], [code, 9, specifier.length], done.out);
      assert.deepEqual(readdirSync(folder), [".npmrc"]);
    }
    assert.deepEqual(readdirSync(join(scratch, "data/streamlib/plugins")).filter((name) => name.startsWith(".")), []);
    const inspected = await streamlib("inspect", "--plugin", "npm:@me/none");
    assert.equal(inspected.code, 1);
    assert.match(
      inspected.err,
      /Cannot import npm:@me\/none: the registry has no npm:@me\/none@latest.*\[plugin-missing\]/,
    );
  });
});
