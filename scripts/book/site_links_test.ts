import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { deadLinks } from "./site_links.ts";

/** The dead links of a site of these files, as `page target: why`. */
function check(files: Readonly<Record<string, string>>): string[] {
  const site = mkdtempSync(join(tmpdir(), "streamlib-site-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(site, name)), { recursive: true });
      writeFileSync(join(site, name), text);
    }
    return deadLinks(site).map(({ page, target, why }) => `${page} ${target}: ${why}`);
  } finally {
    rmSync(site, { recursive: true });
  }
}

describe("deadLinks()", () => {
  it("follows pages, headings and pictures", () => {
    const index =
      '<a class="x" href="/guide/run#the%20end">a</a><a href="/guide/">b</a><img src="/a.png"><a href="#top">';
    assert.deepEqual(
      check({
        "index.html": `<h1 id="top">${index}<a href="https://example.com/x">c</a><a href="mailto:a@b.c">d</a>`,
        "guide/run.html": '<h2 id="the end"></h2><a href="./index">e</a><a href="../">f</a>',
        "guide/index.html": '<a href="run?x=1#the end">g</a>',
        "a.png": "",
      }),
      [],
    );
  });

  it("names what is missing, once for a page", () => {
    assert.deepEqual(
      check({
        "index.html": '<a href="/no"></a><a href="/no"></a><a href="/g/x#a&amp;b"></a><img alt="" src="b.png">',
        "g/x.html": '<a href="x#here"></a><a href="#here"></a><a href="/g"></a><script>"<a href=\'/z\'>"</script>',
      }),
      [
        "g/x.html x#here: g/x.html has no heading #here",
        "g/x.html #here: g/x.html has no heading #here",
        "g/x.html /g: there is no such file",
        "index.html /no: there is no such file",
        "index.html /g/x#a&b: g/x.html has no heading #a&b",
        "index.html b.png: there is no such file",
      ],
    );
  });
});
