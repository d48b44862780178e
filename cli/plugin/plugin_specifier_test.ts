import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { parsePluginSpecifier } from "./plugin_specifier.ts";

/** The registry of other tests plays it; nothing is asked for here. */
const JSR = "jsr";

describe("parsePluginSpecifier()", () => {
  const parsed = (text: string) => parsePluginSpecifier(text, "/work");

  it("tells packages of registries: name, range, module", () => {
    const cases: readonly (readonly [string, string, string, string])[] = [
      ["npm:glow", "glow", "latest", "."],
      ["npm:glow@^1.2", "glow", "^1.2", "."],
      ["npm:@me/glow", "@me/glow", "latest", "."],
      ["npm:@me/glow@1.0.0/sub/part", "@me/glow", "1.0.0", "./sub/part"],
      ["npm:/@me/glow@~2", "@me/glow", "~2", "."],
      [`${JSR}:@me/glow@^1`, "@jsr/me__glow", "^1", "."],
      [`${JSR}:@me/glow/sub`, "@jsr/me__glow", "latest", "./sub"],
    ];
    for (const [text, name, range, door] of cases) {
      const specifier = parsed(text);
      assert.ok(specifier.kind === "registry", text);
      const { source } = specifier;
      assert.deepEqual([source.name, source.range, source.door], [name, range, door], text);
      assert.equal(source.title.split(":")[0], text.split(":")[0]);
    }
  });

  it("tells paths, installed packages and addresses", () => {
    assert.deepEqual(parsed("./a"), { kind: "path", text: "./a", path: "/work/a" });
    assert.deepEqual(parsed("../a/mod.ts"), { kind: "path", text: "../a/mod.ts", path: "/a/mod.ts" });
    assert.deepEqual(parsed("mine.ts"), { kind: "path", text: "mine.ts", path: "/work/mine.ts" });
    assert.deepEqual(parsed("/b"), { kind: "path", text: "/b", path: "/b" });
    assert.deepEqual(parsed("."), { kind: "path", text: ".", path: "/work" });
    for (const text of ["glow", "@me/glow", "@streamlib/video/sub"]) assert.equal(parsed(text).kind, "installed", text);
    for (const text of ["https://x/y.ts", "data:text/javascript,1", "file:///a.ts"]) {
      assert.equal(parsed(text).kind, "address", text);
    }
  });

  it("refuses what names no package of a registry, or one under another's name", () => {
    for (
      const text of [
        "npm:",
        "npm:@me",
        "npm:a b",
        "npm:../evil",
        "npm:a@npm:b@1",
        "npm:a@file:..",
        `${JSR}:glow`,
        `${JSR}:@me`,
        `${JSR}:@me/glow@npm:x`,
      ]
    ) {
      assert.throws(
        () => parsed(text),
        { code: "option-invalid", message: /names no package: (npm|jsr):.* is right/ },
        text,
      );
    }
  });
});
