import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "@std/testing/bdd";
import { ROOT } from "../setup.ts";
import { RUNTIME, tryEntry } from "./behaviour.ts";
import { tablesOfPage, wantedTables } from "./page.ts";
import { TOPICS } from "./topics.ts";

for (const { title, entries } of TOPICS) {
  describe(`what is relied on: ${title}`, () => {
    for (const entry of entries) {
      const name = entry.kind === "behaviour" ? entry.name : `${entry.name}: ${entry.answers[RUNTIME]}`;
      it(name, { timeout: 60_000 }, () => tryEntry(entry));
    }
  });
}

describe("the list of what is relied on", () => {
  it("is that of docs/internals/runtimes.md", () => {
    const remedy = "run: deno run -A tests/compat/page.ts && deno fmt docs/internals/runtimes.md";
    assert.deepEqual(tablesOfPage(), wantedTables(), remedy);
  });

  it("names files that exist", () => {
    const named = TOPICS.flatMap(({ entries }) =>
      entries.flatMap(({ name, reliedOnBy }) => {
        assert.ok(reliedOnBy.length > 0, `"${name}" names no file: say which relies on it, or let it go`);
        return reliedOnBy;
      })
    );
    assert.deepEqual(named.filter((path) => !existsSync(join(ROOT, path))), []);
  });

  it("says each thing once, and differences that are some", () => {
    const names = TOPICS.flatMap(({ entries }) => entries.map(({ name }) => name));
    assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), []);
    for (const entry of TOPICS.flatMap(({ entries }) => entries)) {
      if (entry.kind === "difference") assert.notEqual(entry.answers.deno, entry.answers.bun, entry.name);
    }
  });
});
