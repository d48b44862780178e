import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { ShaderError } from "./shader_error.ts";
import { formatShaderMessage, type ShaderMessage } from "./shader_message.ts";

const MESSAGE: ShaderMessage = { severity: "error", file: "a.comp", text: "no" };

describe("formatShaderMessage()", () => {
  it("shows as much as is known", () => {
    assert.equal(formatShaderMessage(MESSAGE), "a.comp: error: no");
    assert.equal(formatShaderMessage({ ...MESSAGE, line: 3 }), "a.comp:3: error: no");
    assert.equal(formatShaderMessage({ ...MESSAGE, line: 3, lineText: "  x" }), "a.comp:3: error: no\n  3 |   x");
    const warning = { ...MESSAGE, severity: "warning", line: 12, column: 3, lineText: "\t x" } as const;
    assert.equal(formatShaderMessage(warning), "a.comp:12:3: warning: no\n  12 | \t x\n     | \t ^");
  });

  it("shows no empty line, and of a long one what is around the column", () => {
    assert.equal(formatShaderMessage({ ...MESSAGE, line: 3, column: 1, lineText: " " }), "a.comp:3:1: error: no");
    const lineText = `${"a".repeat(1000)}b${"c".repeat(1000)}`;
    const [, shown, caret] = formatShaderMessage({ ...MESSAGE, line: 1, column: 1001, lineText }).split("\n");
    assert.equal(shown.length, "  1 | ".length + 160);
    assert.equal(shown[caret.indexOf("^")], "b");
  });

  it("counts characters and not halves of them", () => {
    const [, shown, caret] = formatShaderMessage({ ...MESSAGE, line: 1, column: 3, lineText: "𝄞𝄞b" }).split("\n");
    assert.equal([...shown][caret.indexOf("^")], "b");
  });
});

describe("ShaderError", () => {
  it("shows the first 20 messages and keeps all", () => {
    const error = new ShaderError("a.comp", Array.from({ length: 25 }, () => MESSAGE));
    assert.equal(error.messages.length, 25);
    assert.equal(error.message.split("\n").length, 22);
    assert.match(error.message, /^Cannot compile shader "a\.comp": 25 errors\n.*\nand 5 more$/s);
  });
});
