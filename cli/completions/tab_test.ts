/** What a Tab does, and what it must not do: the whole program. */
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { commands } from "../commands.ts";
import { completionsOf } from "../completions_command.ts";

const SLOW = { timeout: 60_000 };
const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "streamlib-tab-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A module that leaves a mark when it runs, and prints what looks like a word. */
const MARKING = `import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(join(scratch, "ran"))}, "");
console.log("test-$(touch boo)");
process.stdout.write("test-two\\n");
`;

function streamlib(...words: string[]): { readonly stdout: string; readonly stderr: string } {
  const run = process.versions.bun ? ["run"] : ["run", "-A", "--no-check"];
  return spawnSync(process.execPath, [...run, MAIN, ...words], { cwd: scratch, encoding: "utf8", timeout: 50_000 });
}

function tab(line: string): string[] {
  return streamlib("completions", "words", "--", line).stdout.split("\n").slice(0, -1);
}

describe("a Tab", SLOW, () => {
  it("runs nothing of the working folder, nor what the line names", SLOW, () => {
    const folder = join(scratch, "node_modules", "@streamlib", "video");
    mkdirSync(folder, { recursive: true });
    const manifest = { name: "@streamlib/video", version: "1.0.0", type: "module", exports: "./mod.js" };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "mod.js"), MARKING);
    writeFileSync(join(scratch, "side.ts"), `import process from "node:process";\n${MARKING}`);
    assert.match(tab("streamlib inspect TestP")[0], /^TestPattern\t/);
    assert.match(tab("streamlib run 'test-p")[1], /^test-pattern\t/);
    assert.deepEqual(tab("streamlib run 'test-pattern pattern=zo"), [":open", "test-pattern pattern=zone-plate"]);
    assert.equal(tab("streamlib run --plugin ./side.ts 'nobody x").length, 0);
    tab("streamlib run --plugin ./side.ts 'test-p");
    tab("streamlib inspect --plugin ./side.ts te");
    assert.ok(!existsSync(join(scratch, "ran")));
    streamlib("inspect", "TestPattern");
    assert.ok(existsSync(join(scratch, "ran")), "asked in earnest, the command does import it");
  });

  it("offers nothing of what modules print", SLOW, async () => {
    const lines: string[] = [];
    const write = process.stdout.write;
    const seen: unknown[] = [];
    process.stdout.write = ((text: unknown) => seen.push(text) > 0) as typeof write;
    try {
      const loud = {
        name: "loud",
        summary: "Print while it is looked at",
        get options() {
          console.log("printed");
          process.stdout.write("printed\n");
          return {};
        },
        run: () => Promise.resolve(0),
      };
      const screen = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) };
      await completionsOf([loud]).run({}, ["words", "streamlib loud --h"], screen);
    } finally {
      process.stdout.write = write;
    }
    assert.deepEqual([lines, seen], [["--help\tSay this"], []]);
  });

  it("does not wait for a program that says hello and then nothing", SLOW, async () => {
    const folder = join(scratch, "streamlib");
    mkdirSync(folder, { mode: 0o700 });
    const pid = 4_194_305;
    const hello = { streamlib: 1, pid, argv: ["x", "silent"], runtime: "none", startedAt: "2026-01-01T00:00:00.000Z" };
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(`${JSON.stringify(hello)}\n`);
    });
    await new Promise<void>((resolve) => server.listen(join(folder, `${pid}.sock`), resolve));
    const before = process.env.XDG_RUNTIME_DIR;
    process.env.XDG_RUNTIME_DIR = scratch;
    try {
      const lines: string[] = [];
      const screen = { out: (line: string) => void lines.push(line), err: (line: string) => void lines.push(line) };
      const { run } = completionsOf(commands);
      await run({}, ["words", "streamlib top --pid 4194305"], screen);
      assert.deepEqual(lines, [`${pid}\tsilent`], "it is there");
      lines.length = 0;
      assert.equal(await run({}, ["words", `streamlib tap --pid ${pid} `], screen), 0);
      assert.deepEqual(lines, []);
    } finally {
      if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
      else process.env.XDG_RUNTIME_DIR = before;
      server.close();
    }
  });
});
