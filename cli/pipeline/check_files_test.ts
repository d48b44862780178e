import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "@std/testing/bdd";
import { checkPipeline } from "./check_pipeline.ts";
import { reportOf } from "./problem.ts";

const folder = mkdtempSync(join(tmpdir(), "streamlib-check-files-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "real"));
symlinkSync(join(folder, "real"), join(folder, "link"));
writeFileSync(join(folder, "real", "clip.mp4"), "");

async function problemsOf(text: string): Promise<string[]> {
  const { problems } = await checkPipeline({ text, name: undefined, isJson: text.startsWith("{") });
  return problems.map((problem) => {
    const { column, code, message } = reportOf(text, problem);
    return `${column} ${code}: ${message.replaceAll(folder, "")}`;
  });
}

describe("checkFiles()", { timeout: 60_000 }, () => {
  const clip = join(folder, "real", "clip.mp4");
  const linked = join(folder, "link", "clip.mp4");

  it("refuses to write what is read, whatever it is called", { timeout: 60_000 }, async () => {
    const text = `file ${clip} | copy: file ${linked}`;
    assert.deepEqual(await problemsOf(text), [
      `${text.indexOf(linked) + 1} option-invalid: Cannot write /link/clip.mp4 in copy: file reads the same file; ` +
      "a path of its own is right",
    ]);
  });

  it("refuses two writers of one file that is not there yet", { timeout: 60_000 }, async () => {
    const [one, two] = [join(folder, "real", "new.mkv"), join(folder, "link", "new.mkv")];
    const text = `test-pattern | a: file ${one} ; t2: test-pattern | b: file path=${two}`;
    assert.deepEqual(await problemsOf(text), [
      `${text.indexOf(two) + 1} option-invalid: Cannot write /link/new.mkv in b: a writes the same file; ` +
      "a path of its own is right",
    ]);
  });

  it("lets one file be read twice, and others be written", { timeout: 60_000 }, async () => {
    const text = `file ${clip} | file ${join(folder, "a.mp4")} ; f2: file ${clip} | file ${join(folder, "b.mp4")}`;
    assert.deepEqual(await problemsOf(text), []);
  });
});
