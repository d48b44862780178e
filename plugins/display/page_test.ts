import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { embedPage } from "./embed_page.ts";
import { PAGE_FILES } from "./page.gen.ts";

describe("page.gen.ts", () => {
  it("is what the files in page/ give; if not, run embed_page.ts", () => {
    assert.equal(readFileSync(new URL("page.gen.ts", import.meta.url), "utf8"), embedPage());
  });

  it("needs nothing from elsewhere and no inline script or style", () => {
    const html = PAGE_FILES["/"].text;
    const links = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1]);
    assert.ok(links.length > 0);
    for (const link of links) assert.ok(link.startsWith("data:") || Object.hasOwn(PAGE_FILES, link), link);
    assert.doesNotMatch(html, /<style|<script(?![^>]*src)|\son\w+=|\sstyle=/);
    for (const { text } of Object.values(PAGE_FILES)) {
      assert.doesNotMatch(text, /@import|\bimport\b.*from|https?:\/\/(?!www\.w3\.org)/);
    }
  });
});
