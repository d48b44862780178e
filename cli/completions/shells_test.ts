/** The scripts in the shells that they are for: real words, completed by the real command. */
import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { hasProgram } from "../../tests/needs.ts";
import { SCRIPTS } from "./scripts.ts";

const SLOW = { timeout: 120_000 };
const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "streamlib-completions-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const run = process.versions.bun ? ["run"] : ["run", "-A", "--no-check"];
const words = [process.execPath, ...run, MAIN].map((word) => `'${word}'`).join(" ");
writeFileSync(join(folder, "streamlib"), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
writeFileSync(join(folder, "mix.txt"), "");
// Put in as they are, most of these would do something.
for (
  const sign of ["&", ";", "|", "(", ")", "<", ">", "*", "?", "!", "~", "$(touch boo)", "`touch boo`", "\n", " ", "-"]
) {
  writeFileSync(join(folder, `clip${sign}b.mp4`), "");
}
writeFileSync(join(folder, "odd&$(touch boo).json"), "");
const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder };

/** What a shell makes of each line. */
function complete(shell: string, options: readonly string[], script: string, lines: readonly string[]): string[] {
  const path = fileURLToPath(new URL(`./testdata/${script}`, import.meta.url));
  const done = spawnSync(shell, [...options, path, ...lines], { encoding: "utf8", env, cwd: folder, timeout: 100_000 });
  assert.equal(done.status, 0, done.stderr);
  assert.equal(done.stderr, "");
  assert.ok(!existsSync(join(folder, "boo")), "no name of a file is run");
  return done.stdout.trimEnd().split("\n").map((line) => line.trimEnd());
}

describe("completions", SLOW, () => {
  const hasZsh = hasProgram("zsh", "completions in zsh");

  it("in bash: words behind the signs that part them, and none that ends quotes", {
    ...SLOW,
    skip: !hasProgram("bash", "completions in bash"),
  }, () => {
    const found = complete("bash", ["--norc", "--noprofile"], "complete.bash", [
      "streamlib ins",
      "streamlib inspect TestP",
      "streamlib graph --form",
      "streamlib graph --format=me",
      "streamlib run 'test-pat",
      "streamlib run 'test-pattern wid",
      "streamlib run 'test-pattern pattern=s",
      "streamlib run test-pattern pattern=zone",
      "streamlib run file path=cl",
      "streamlib run 'file cl",
      'streamlib run "file cl',
      "streamlib completions ",
      "streamlib tpo",
    ]);
    assert.deepEqual(found, [
      "inspect",
      "TestPattern",
      "--format",
      "mermaid",
      "test-pattern / test-pattern...",
      "test-pattern width= / test-pattern width=...",
      "test-pattern pattern=smpte-bars / test-pattern pattern=solid",
      "zone-plate",
      "clip-b.mp4",
      "file clip-b.mp4 / file clip-b.mp4...",
      "file clip-b.mp4 / file clip-b.mp4...",
      "bash / zsh / fish",
    ]);
  });

  it("in zsh: as it puts them in", { ...SLOW, skip: !hasZsh }, () => {
    const found = complete("zsh", ["-f"], "complete.zsh", [
      folder,
      "streamlib ins",
      "streamlib inspect TestP",
      "streamlib graph --format=me",
      "streamlib run 'test-pat",
      "streamlib run 'test-pattern wid",
      "streamlib run --file=mi",
      "streamlib run -f mi",
      "streamlib run file path=cl",
      "streamlib run 'file cl",
      "streamlib run -f od",
    ]);
    assert.deepEqual(found, [
      "streamlib inspect",
      "streamlib inspect TestPattern",
      "streamlib graph --format=mermaid",
      "streamlib run 'test-pattern",
      "streamlib run 'test-pattern width=",
      "streamlib run --file=mix.txt",
      "streamlib run -f mix.txt",
      "streamlib run file path=clip-b.mp4",
      "streamlib run 'file clip-b.mp4",
      "streamlib run -f odd\\&\\$\\(touch\\ boo\\).json",
    ]);
  });

  it("in zsh, as a file of fpath", { ...SLOW, skip: !hasZsh }, () => {
    writeFileSync(join(folder, "_streamlib"), SCRIPTS.zsh);
    const lines = ["streamlib ins", "streamlib inspect TestP"];
    const found = complete("zsh", ["-f"], "complete.zsh", [folder, ...lines]);
    assert.deepEqual(found, ["streamlib inspect", "streamlib inspect TestPattern"]);
  });

  it("in fish", { ...SLOW, skip: !hasProgram("fish", "completions in fish") }, () => {
    const found = complete("fish", ["--no-config"], "complete.fish", [
      "streamlib ins",
      "streamlib inspect TestP",
      "streamlib graph --format=me",
      "streamlib run 'test-pat",
      "streamlib run 'test-pattern wid",
      "streamlib run 'test-pattern pattern=s",
      "streamlib run -f mi",
      "streamlib run file path=cl",
      "streamlib run 'file cl",
      "streamlib run -f od",
      "streamlib completions ",
    ]);
    assert.deepEqual(found, [
      "inspect",
      "TestPattern",
      "--format=mermaid",
      "test-pattern",
      "test-pattern width=",
      "test-pattern pattern=smpte-bars / test-pattern pattern=solid",
      "mix.txt",
      "path=clip-b.mp4",
      "file clip-b.mp4",
      "odd&$(touch boo).json",
      "bash / fish / zsh",
    ]);
  });
});
