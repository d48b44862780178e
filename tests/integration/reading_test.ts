/** The guide's page about reading: its programs print what it shows. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { describe, it } from "@std/testing/bdd";
import { runProgram } from "../../scripts/workspace.ts";
import { ROOT } from "../setup.ts";

const PAGE = readFileSync(join(ROOT, "docs/guide/reading.md"), "utf8");
/** A program, and the block of text after it. */
const SHOWN = [...PAGE.matchAll(/^<<< @\/\.\.\/(examples\/reading\/\w+\.ts)\n\n```text\n(.*?)^```$/gms)];

describe("docs/guide/reading.md", () => {
  for (const [, program, output] of SHOWN) {
    it(`shows what ${program} prints`, { timeout: 60_000 }, () => {
      const given = process.versions.bun ? ["run", program] : ["run", "-A", "--no-check", program];
      assert.equal(runProgram(process.execPath, given, { env: { NO_COLOR: "1" } }), output);
    });
  }

  it("shows every program about reading", () => {
    const programs = readdirSync(join(ROOT, "examples/reading")).filter((file) => file !== "counter.ts").sort();
    assert.deepEqual(SHOWN.map(([, program]) => basename(program)).sort(), programs);
  });
});
