/**
 * The runtimes' own test runners, as the stand-in for `@std/testing/bdd` uses them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { behaviour, RUNTIME, type Topic } from "./behaviour.ts";
import { type Ended, endOf, inFolder, writeModule } from "./script.ts";

const RELIED_ON = { reliedOnBy: ["testing/bdd.ts", "tests/run.ts"] } as const;

/** Runs a file of tests with the runtime's test runner. */
function runTests(source: string): Promise<Ended> {
  return inFolder((folder) => {
    const head = `import { after, afterEach, before, beforeEach, describe, it } from "node:test";
      import { appendFileSync } from "node:fs";\n`;
    writeModule(folder, "sample_test.ts", head + source);
    const given = RUNTIME === "bun" ? ["test", "./sample_test.ts"] : ["test", "-A", "--no-check", "sample_test.ts"];
    return endOf(spawn(process.execPath, given, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] }));
  });
}

/** See {@linkcode TOPICS}. */
export const TESTS: Topic = {
  title: "Test runners",
  entries: [
    behaviour(
      "node:test runs the hooks of a group around its tests, those of the outer group outside, and awaits them",
      RELIED_ON,
      () =>
        inFolder(async (folder) => {
          const seen = join(folder, "seen");
          const { code, out, errors } = await runTests(`
          const say = async (word: string) => {
            await new Promise((resolve) => setTimeout(resolve, 1));
            appendFileSync(${JSON.stringify(seen)}, word + " ");
          };
          describe("outer", () => {
            before(() => say("before"));
            after(() => say("after"));
            beforeEach(() => say("each"));
            afterEach(() => say("each-end"));
            it("first", () => say("first"));
            describe("inner", () => {
              before(() => say("before-inner"));
              after(() => say("after-inner"));
              it("second", { timeout: 60000 }, () => say("second"));
            });
          });`);
          assert.equal(code, 0, out + errors);
          const words = readFileSync(seen, "utf8").trim().split(" ");
          assert.deepEqual(words, [
            ...["before", "each", "first", "each-end"],
            ...["before-inner", "each", "second", "each-end", "after-inner", "after"],
          ]);
        }),
    ),
    behaviour(
      "A test that throws, rejects, or leaves a rejection to nobody while it runs, fails its run",
      RELIED_ON,
      async () => {
        const bodies = [
          `() => { throw new Error("thrown"); }`,
          `async () => { await 0; throw new Error("rejected"); }`,
          `async () => { Promise.reject(new Error("unheard")); await new Promise((resolve) => setTimeout(resolve, 50)); }`,
        ];
        for (const body of bodies) {
          const { code, out, errors } = await runTests(`it("passes", () => {}); it("fails", ${body});`);
          assert.equal(code, 1, `${body}: ${out}${errors}`);
        }
      },
    ),
  ],
};
