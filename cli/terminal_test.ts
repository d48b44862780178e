import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { fit, redrawText } from "./terminal.ts";

describe("redrawText()", () => {
  it("writes the first lines where the cursor is", () => {
    assert.equal(redrawText(0, ["a", "b"]), "\ra\x1b[K\nb\x1b[K\n\x1b[J");
  });

  it("goes up to the first of the lines before, and erases what is left of them", () => {
    assert.equal(redrawText(3, ["c"]), "\x1b[3A\rc\x1b[K\n\x1b[J");
  });
});

describe("fit()", () => {
  it("leaves the last line of the terminal to the cursor, and cuts what is too wide by letters", () => {
    assert.deepEqual(fit(["abcd", "µ█xy", "c", "d"], 3, 4), ["abc", "µ█x", "c"]);
    assert.deepEqual(fit(["a", "b"], 80, 1), ["a"]);
  });

  it("does not count colours, and ends them where the line is cut", () => {
    assert.deepEqual(fit(["\x1b[33mabcd\x1b[0mef"], 3, 4), ["\x1b[33mabc\x1b[0m"]);
  });
});
