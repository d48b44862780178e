import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { satisfies } from "./version_range.ts";

describe("satisfies()", () => {
  const CASES: readonly (readonly [range: string, inside: readonly string[], outside: readonly string[]])[] = [
    ["^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0", "2.0.0-rc.1", "1.2.3-rc.1"]],
    ["^0.1.0", ["0.1.0", "0.1.9"], ["0.2.0", "0.0.9", "0.2.0-rc.1"]],
    ["^0.0.3", ["0.0.3"], ["0.0.4"]],
    ["^0", ["0.9.1"], ["1.0.0"]],
    ["^1.0.0-rc.2", ["1.0.0-rc.2", "1.0.0-rc.10", "1.0.0"], ["1.0.0-rc.1", "1.0.0-beta"]],
    ["~1.2.3", ["1.2.9"], ["1.3.0", "1.2.2"]],
    ["~1", ["1.9.9"], ["2.0.0"]],
    ["1.2", ["1.2.0", "1.2.7"], ["1.3.0"]],
    ["1.x", ["1.0.0", "1.7.7"], ["2.0.0", "0.9.0"]],
    ["=1.2.3", ["1.2.3", "1.2.3+build"], ["1.2.4"]],
    [">=2.9", ["2.9.0", "3.0.0"], ["2.8.9"]],
    [">= 2.9 < 4", ["2.9.0", "3.9.9"], ["4.0.0", "4.0.0-rc.1"]],
    [">1.2", ["1.3.0"], ["1.2.9"]],
    ["<=1.2", ["1.2.9"], ["1.3.0"]],
    ["1.0.0 - 2", ["1.0.0", "2.9.0"], ["3.0.0", "0.9.9"]],
    ["^1 || ^3", ["1.5.0", "3.0.1"], ["2.0.0"]],
    ["*", ["0.0.1", "9.0.0"], []],
    ["", ["0.0.1"], []],
  ];
  for (const [range, inside, outside] of CASES) {
    it(`"${range}"`, () => {
      for (const version of inside) assert.equal(satisfies(version, range), true, version);
      for (const version of outside) assert.equal(satisfies(version, range), false, version);
    });
  }

  it("says nothing of what it cannot read", () => {
    for (const range of ["latest", "workspace:^", "file:../core", "^1 || next"]) {
      assert.equal(satisfies("1.0.0", range), undefined, range);
    }
    assert.equal(satisfies("newest", "^1"), undefined);
  });
});
