import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import type { Command, Screen } from "./command.ts";
import { runCommandLine } from "./command_line.ts";

const greet: Command = {
  name: "greet",
  summary: "Greet someone",
  positionals: "[NAME]",
  positionalsMax: 1,
  options: { loud: { kind: "flag", description: "Shout" }, tag: { kind: "texts", value: "TAG", description: "Add" } },
  run({ loud, tag }, [name], screen) {
    if (name === "nobody") throw new Error("Cannot greet nobody");
    screen.out(`${loud === true ? "HELLO" : "hello"} ${name ?? "you"} ${(tag as string[] | undefined)?.join() ?? ""}`);
    return Promise.resolve(0);
  },
};

async function run(...given: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const screen: Screen = { out: (line) => void out.push(line), err: (line) => void err.push(line) };
  return { code: await runCommandLine([greet], given, screen), out, err };
}

describe("runCommandLine()", () => {
  it("gives options and arguments to the command", async () => {
    assert.deepEqual(await run("greet", "Ada", "--loud", "--tag", "a", "--tag=b"), {
      code: 0,
      out: ["HELLO Ada a,b"],
      err: [],
    });
  });

  const misused: readonly [string[], RegExp][] = [
    [[], /Usage/],
    [["gret"], /no such command; did you mean greet\?/],
    [["xyz"], /see streamlib --help/],
    [["greet", "--laud"], /Unknown option '--laud'; see streamlib greet --help/],
    [["greet", "--tag"], /argument missing/],
    [["greet", "--loud=3"], /does not take an argument/],
    [["greet", "a", "b"], /"b" is one argument too many \(it takes 1\)/],
  ];
  for (const [given, message] of misused) {
    it(`exits with 2 for "${given.join(" ")}"`, async () => {
      const { code, out, err } = await run(...given);
      assert.equal(code, 2);
      assert.deepEqual(out, []);
      assert.match(err.join("\n"), message);
    });
  }

  it("exits with 1 and the message when the command throws", async () => {
    assert.deepEqual(await run("greet", "nobody"), { code: 1, out: [], err: ["Cannot greet nobody"] });
  });

  it("writes help", async () => {
    const all = await run("--help");
    assert.equal(all.code, 0);
    assert.match(all.out.join("\n"), /greet {2}Greet someone[^]*streamlib --version/);
    const one = await run("greet", "--help");
    assert.equal(one.code, 0);
    assert.match(one.out.join("\n"), /Usage: streamlib greet \[NAME\] \[OPTIONS\][\s\S]*--tag TAG {2}Add/);
  });

  it("tells its version", async () => {
    const { code, out, err } = await run("--version");
    assert.deepEqual([code, out.length, err], [0, 1, []]);
    assert.match(out[0], /^\d+\.\d+\.\d+/);
  });
});

describe("streamlib command", () => {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const streamlib = (...given: string[]): { status: number | null; stdout: string; stderr: string } => {
    const allow = process.versions.deno === undefined ? [] : ["-A"];
    return spawnSync(process.execPath, ["run", ...allow, main, ...given], { encoding: "utf8" });
  };

  it("doctor --json gives a report whose verdict is the exit code", { timeout: 60_000 }, () => {
    const { status, stdout } = streamlib("doctor", "--json");
    const report = JSON.parse(stdout) as { ok: boolean; findings: { subject: string; state: string }[] };
    assert.equal(status, report.ok ? 0 : 1);
    assert.equal(report.findings.find(({ subject }) => subject === "runtime")?.state, "found");
  });

  it("doctor tells that the native library is missing, and exits with 1", { timeout: 60_000 }, () => {
    const kept = process.env.STREAMLIB_LIBRARY;
    process.env.STREAMLIB_LIBRARY = "/nowhere/libstreamlib.so";
    const { status, stdout } = streamlib("doctor");
    if (kept === undefined) delete process.env.STREAMLIB_LIBRARY;
    else process.env.STREAMLIB_LIBRARY = kept;
    assert.equal(status, 1);
    assert.match(stdout, /missing +native library.*\/nowhere\/libstreamlib\.so/);
    assert.match(stdout, /Needed and missing: native library/);
  });

  it(
    "inspect exits with 1 and near names for an unknown actor, with 2 for an unknown option",
    { timeout: 60_000 },
    () => {
      const unknown = streamlib("inspect", "TestPatern");
      assert.equal(unknown.status, 1);
      assert.match(unknown.stderr, /Cannot find actor TestPatern: did you mean TestPattern\?/);
      assert.equal(streamlib("inspect", "--jason").status, 2);
    },
  );
});
