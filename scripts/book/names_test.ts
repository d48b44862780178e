import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tests/setup.ts";
import { filesBelow } from "../workspace.ts";

/** Names of ours: what stands between backticks in the second column. */
function ourNames(page: string): string[] {
  return page.split("\n").filter((line) => line.startsWith("|")).flatMap((line) => {
    const column = line.split(/(?<!\\)\|/)[2] ?? "";
    return [...column.matchAll(/`([^`]+)`/g)].map(([, name]) => name.split(".").at(-1)!);
  });
}

describe("the table of names", () => {
  it("has only names that the sources have", () => {
    const names = [...new Set(ourNames(readFileSync(join(ROOT, "docs/names.md"), "utf8")))];
    assert.ok(names.length > 80, `${names.length} names`);
    const sources = ["core", "plugins", "sandbox"].flatMap((folder) =>
      filesBelow(folder).filter((file) => file.endsWith(".ts") && !file.endsWith("_test.ts"))
        .map((file) => readFileSync(join(ROOT, folder, file), "utf8"))
    );
    const words = new Set(sources.flatMap((text) => text.match(/[A-Za-z_][\w]*/g) ?? []));
    assert.deepEqual(names.filter((name) => !words.has(name)), []);
  });
});
