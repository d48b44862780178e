import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRuntimes, ROOT } from "../tests/setup.ts";
import { runCreate, type Terminal } from "./mod.ts";

const timeout = 60_000;

interface Screen extends Terminal {
  readonly lines: string[];
  readonly errors: string[];
  readonly questions: string[];
}

/** A terminal on which `answers` are typed; without them nobody can be asked. */
function screen(answers?: readonly string[]): Screen {
  const [lines, errors, questions]: string[][] = [[], [], []];
  const left = [...answers ?? []];
  const base = {
    lines,
    errors,
    questions,
    out: (line: string) => void lines.push(line),
    err: (line: string) => void errors.push(line),
  };
  if (answers === undefined) return base;
  return {
    ...base,
    ask: (question) => {
      questions.push(question);
      assert.ok(left.length > 0, `nothing to answer to ${question}`);
      return Promise.resolve(left.shift()!);
    },
  };
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "streamlib-create-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("create-streamlib", () => {
  it("makes a project by flags, asking nothing", async () => {
    await inFolder(async (base) => {
      const dir = join(base, "glow");
      const terminal = screen([]);
      const code = await runCreate(
        ["@me/glow", "--template", "native-plugin", "--dir", dir, "--actor", "Shine"],
        terminal,
      );
      assert.deepEqual([code, terminal.errors], [0, []]);
      assert.equal(terminal.lines[0], `Made @me/glow in ${dir}\n`);
      assert.ok(existsSync(join(dir, "shine_actor.ts")) && existsSync(join(dir, "native/shine.zig")));
    });
  });

  it("asks for name, template and actor on a terminal, by number or name, empty for the default", async () => {
    await inFolder(async (base) => {
      for (const [template, file] of [["", "glow_actor.ts"], ["2", "native/glow.zig"], ["app", "pipeline.ts"]]) {
        const dir = join(base, `project-${template}`);
        const terminal = screen(template === "app" ? [" glow ", template] : ["glow", template, ""]);
        assert.equal(await runCreate(["--dir", dir], terminal), 0, terminal.errors.join());
        assert.ok(existsSync(join(dir, file)), file);
        assert.match(terminal.questions[1], /1 {2}actor-plugin .*\n.*2 {2}native-plugin .*\n.*3 {2}app/);
      }
    });
  });

  it("asks nothing with --yes, or where nobody can be asked", async () => {
    for (const [given, terminal] of [[["--yes"], screen([])], [[], screen()]] as const) {
      assert.equal(await runCreate(given, terminal), 2);
      assert.match(terminal.errors.join("\n"), /without a name: create-streamlib NAME/);
    }
  });

  it("says what is wrong: 2 for wrong arguments, 1 for what cannot be made", async () => {
    const cases: [string[], number, RegExp][] = [
      [["glow", "--colour", "red"], 2, /colour.*\n.*--help/],
      [["glow", "glim"], 2, /Unexpected argument "glim"/],
      [["Glow"], 1, /^Cannot name the package "Glow"/],
      [["glow", "--template", "film"], 1, /^Cannot use the template "film": there are/],
      [["glow", "--dir", ROOT], 1, /it is not empty/],
    ];
    for (const [given, code, message] of cases) {
      const terminal = screen();
      assert.equal(await runCreate(given, terminal), code, given.join(" "));
      assert.match(terminal.errors.join("\n"), message);
      assert.deepEqual(terminal.lines, []);
    }
    const help = screen();
    assert.equal(await runCreate(["--help"], help), 0);
    assert.match(help.lines.join("\n"), /--template {2}actor-plugin, native-plugin, app/);
  });

  for (const runtime of ["deno", "bun"] as const) {
    it(`runs as templates/create.ts on ${runtime}`, { timeout }, async () => {
      await inFolder((base) => {
        const words = runtime === "deno" ? ["run", "-A", "--no-check"] : ["run"];
        const given = [...words, join(ROOT, "templates/create.ts"), "glow", "--yes"];
        const done = spawnSync(findRuntimes()[runtime], given, { cwd: base, encoding: "utf8" });
        assert.equal(done.status, 0, done.stderr);
        assert.match(
          readFileSync(join(base, "glow/glow_actor.ts"), "utf8"),
          /class GlowActor extends Actor<GlowTypes>/,
        );
        const again = spawnSync(findRuntimes()[runtime], given, { cwd: base, encoding: "utf8" });
        assert.deepEqual([again.status, again.stdout], [1, ""]);
        return Promise.resolve();
      });
    });
  }
});
