import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { check, resultName, results } from "./mod.ts";
import { notSupportedMeaning } from "./not_supported.ts";

describe("check()", () => {
  it("passes values through", () => {
    assert.equal(check(0, "do it"), 0);
    assert.equal(check(7, "do it"), 7);
  });

  it("throws an error with name, number and action", () => {
    assert.throws(() => check(results.writer_taken, 'open ring "a"'), {
      name: "NativeError",
      code: "writer_taken",
      result: results.writer_taken,
      message: 'Cannot open ring "a": it has a writer already (writer_taken)',
    });
    assert.throws(() => check(-9999, "do it"), { code: "result -9999", message: "Cannot do it: result -9999" });
  });
});

describe("notSupportedMeaning()", () => {
  it("names the system, what works there, and what needs Linux", () => {
    assert.equal(notSupportedMeaning("linux"), "this system cannot do it");
    assert.match(notSupportedMeaning("darwin"), /^on macOS the native library has pixels, .*; .* need Linux$/);
    assert.match(notSupportedMeaning("win32"), /^on Windows /);
  });
});

describe("resultName()", () => {
  it("knows every code", () => {
    for (const [name, code] of Object.entries(results)) assert.equal(resultName(code), name);
    assert.equal(resultName(5), "ok");
  });
});
