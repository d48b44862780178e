import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tests/setup.ts";
import { packagePage } from "./package_page.ts";
import { members } from "../workspace.ts";

describe("packagePage()", () => {
  it("turns links into those of the site", () => {
    const links = [
      ["../../README.md", "/"],
      ["../../docs/guide/rings.md", "/guide/rings"],
      ["../../docs/tutorial/index.md#the-command", "/tutorial/#the-command"],
      ["../media/README.md", "/packages/media"],
      ["https://example.com/a.md", "https://example.com/a.md"],
      ["#here", "#here"],
    ];
    const { content, summary, problems } = packagePage(
      "plugins/video",
      `# a\n\nFor \`x\` of\n[y](../../README.md).\n\n${links.map(([from]) => `[a](${from})`).join("\n")}\n`,
    );
    assert.deepEqual(problems, []);
    assert.equal(summary, "For x of y.");
    for (const [, to] of links) assert.ok(content.includes(`](${to})`), to);
  });

  it("says which link has no page", () => {
    const { content, problems } = packagePage("core", "# a\n\nb [c](../docs/no.md)");
    assert.deepEqual(problems, ["core/README.md: no page of the site stands for ../docs/no.md"]);
    assert.match(content, /\(\.\.\/docs\/no\.md\)/);
  });

  it("every README is a page", () => {
    for (const { folder } of members()) {
      const { summary, problems } = packagePage(folder, readFileSync(join(ROOT, folder, "README.md"), "utf8"));
      assert.deepEqual(problems, []);
      assert.ok(summary.length > 20, folder);
    }
  });
});
