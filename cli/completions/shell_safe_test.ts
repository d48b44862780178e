import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { isPlain, safeOnes } from "./shell_safe.ts";

describe("isPlain()", () => {
  it("takes letters of any script, digits and a few signs", () => {
    for (const text of ["", "a/b_c-d.mp4", "x=1,y:2@3%4+5", "größe", "映像", "हिंदी", "o\u0308"]) {
      assert.ok(isPlain(text), text);
    }
  });

  it("takes nothing that a shell or a pipeline understands", () => {
    const signs = [..." \t\n|;&()<>[]{}*?!~^#$`'\"\\", "\0", "\x1b", "\x7f", "\x85", "\u00a0", "\u202e"];
    for (const sign of signs) assert.ok(!isPlain(`a${sign}b`), JSON.stringify(sign));
  });
});

describe("safeOnes()", () => {
  const suggestions = { words: [{ word: "a&b" }, { word: "ab" }], isFile: true };

  it("keeps plain words, and all else that there is", () => {
    assert.deepEqual(safeOnes(suggestions, "a", "a"), { words: [{ word: "ab" }], isFile: true });
    assert.deepEqual(safeOnes(suggestions, "'a", "a"), { words: [{ word: "ab" }], isFile: true });
  });

  it("keeps what was typed before within quotes only", () => {
    const { words } = { words: [{ word: "a | b" }] };
    assert.deepEqual(safeOnes({ words }, "'a | ", "a | ").words, words);
    assert.deepEqual(safeOnes({ words }, '"a | ', "a | ").words, words);
    assert.deepEqual(safeOnes({ words }, "a\\ \\|\\ ", "a | ").words, []);
    assert.deepEqual(safeOnes({ words }, "'a | '", "a | ").words, []);
  });
});
