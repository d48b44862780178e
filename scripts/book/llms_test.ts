import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tests/setup.ts";

const DOCS = join(ROOT, "docs");

describe("llms.txt", () => {
  it("names pages and files that are there", () => {
    const text = readFileSync(join(DOCS, "public", "llms.txt"), "utf8");
    const targets = [...text.matchAll(/\]\((\/[^)]*)\)/g)].map(([, target]) => target);
    assert.ok(targets.length > 10);
    for (const target of targets) {
      const page = target.endsWith("/") ? `${target}index.md` : `${target}.md`;
      assert.ok(existsSync(join(DOCS, page)) || existsSync(join(DOCS, "public", target)), target);
    }
  });
});
