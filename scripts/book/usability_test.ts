/** The page about usability says what the list says, and our lines of it are right. */
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runCommandLine } from "../../cli/command_line.ts";
import { check } from "../../cli/check_command.ts";
import { inspect } from "../../cli/inspect_command.ts";
import { ROOT } from "../../tests/setup.ts";
import { makeStage, type UsabilityReport } from "./usability.ts";
import { MISTAKES, TASKS } from "./usability_list.ts";

const REMEDY = "run scripts/book/usability.ts again";
const report = JSON.parse(readFileSync(join(ROOT, "docs/usability.json"), "utf8")) as UsabilityReport;
const folder = makeStage();
after(() => rmSync(folder, { recursive: true, force: true }));

/** The words of a line as the shell gives them to `streamlib`. */
function wordsOf(line: string): string[] {
  const told = spawnSync("sh", ["-c", `streamlib() { printf '%s\\0' "$@"; }; ${line}`], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.equal(told.status, 0, told.stderr);
  return told.stdout.split("\0").slice(0, -1);
}

/** What `check` says of a line that is typed with `run`. */
async function checked(line: string): Promise<{ code: number; printed: string }> {
  const [command, ...words] = wordsOf(line);
  const lines: string[] = [];
  const screen = { out: () => {}, err: (text: string) => lines.push(text) };
  const code = await runCommandLine([check, inspect], [command === "run" ? "check" : command, ...words], screen);
  return { code, printed: lines.join("\n") };
}

const isRun = (line: string): boolean => line.startsWith("streamlib run ");

describe("docs/usability.json", () => {
  it("has the lines of the list, counted", () => {
    const lines = report.tasks.flatMap(({ name, remark, gstreamer, ours }) => [name, remark, gstreamer, ours]);
    const wanted = TASKS.flatMap(({ name, remark, gstreamer, ours }) => [
      name,
      remark,
      ...[gstreamer, ours].map(({ command, asRun, partly }) => ({
        command,
        ...(asRun === undefined ? {} : { asRun }),
        characters: [...command].length,
        ...(partly === undefined ? {} : { partly }),
        ran: true,
      })),
    ]);
    assert.deepEqual(lines, wanted, REMEDY);
  });

  it("has the mistakes of the list", () => {
    const made = report.mistakes.map(({ gstreamer, ours, ...rest }) => ({
      ...rest,
      gstreamer: gstreamer.command,
      ours: ours.command,
    }));
    assert.deepEqual(made, MISTAKES.map(({ ...mistake }) => mistake), REMEDY);
  });
});

describe("our lines", { timeout: 120_000 }, () => {
  it("of the tasks pass check", { timeout: 60_000 }, async () => {
    for (const { name, ours } of TASKS.filter(({ ours }) => !ours.command.includes(" top"))) {
      assert.deepEqual(await checked(ours.command), { code: 0, printed: "" }, name);
    }
  });

  it("of the mistakes are refused as the page shows it", { timeout: 60_000 }, async () => {
    const shown = report.mistakes.filter(({ ours }) => isRun(ours.command) && ours.code === 2);
    assert.ok(shown.length >= 7);
    // What a runtime says of a package that is not there differs.
    for (const { name, ours } of shown.filter(({ ours }) => !ours.command.includes("--plugin"))) {
      assert.deepEqual(await checked(ours.command), { code: 2, printed: ours.printed }, `${name}: ${REMEDY}`);
    }
  });
});
