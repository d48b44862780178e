import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { colorTable, parseCube } from "./cube_table.ts";

const COLOURS = ["0 0 0", "1 0 0", "0 1 0", "1 1 0", "0 0 1", "1 0 1", "0 1 1", "1 1 0.5"];
const WHAT = 'Cannot start Lut3d "look": file "look.cube"';

describe("tables of colours", () => {
  it("are read from .cube files", () => {
    const text = ["# made by hand", 'TITLE "a look"', "LUT_3D_SIZE 2", "DOMAIN_MIN 0.0 0 0", "DOMAIN_MAX 1 1 1.0", ""];
    const { edge, entries } = parseCube([...text, ...COLOURS, ""].join("\r\n"), WHAT);
    assert.equal(edge, 2);
    assert.deepEqual([...entries.slice(0, 8)], [0, 0, 0, 1, 1, 0, 0, 1]);
    assert.deepEqual([...entries.slice(-4)], [1, 1, 0.5, 1]);
  });

  it("say in which line they are wrong", () => {
    const cases: [string[], string][] = [
      [["LUT_3D_SIZE 1"], `${WHAT}, line 1: a size from 2 to 129 is right: "LUT_3D_SIZE 1"`],
      [["LUT_1D_SIZE 16"], `${WHAT}, line 1: this is a table of one dimension, three are needed: "LUT_1D_SIZE 16"`],
      [["", "DOMAIN_MAX 2 2 2"], `${WHAT}, line 2: only tables over 0 to 1 are taken: "DOMAIN_MAX 2 2 2"`],
      [["LUT_3D_SIZE 2", "0 0"], `${WHAT}, line 2: three numbers, R G B, are right: "0 0"`],
      [["LUT_3D_SIZE 2", "0 0 red"], `${WHAT}, line 2: three numbers, R G B, are right: "0 0 red"`],
      [["LUT_3D_SIZE 2", "0 0 0"], `${WHAT}: it has 1 colours, its size 2 needs 8`],
      [COLOURS, `${WHAT}: it has no LUT_3D_SIZE`],
    ];
    for (const [lines, message] of cases) {
      assert.throws(() => parseCube(lines.join("\n"), WHAT), { code: "option-invalid", message });
    }
  });

  it("are taken as numbers in a row", () => {
    const numbers = COLOURS.join(" ").split(" ").map(Number);
    assert.deepEqual(colorTable(numbers, WHAT), parseCube(["LUT_3D_SIZE 2", ...COLOURS].join("\n"), WHAT));
    assert.throws(() => colorTable(numbers.slice(3), `${WHAT}: option table`), {
      message: `${WHAT}: option table has 21 numbers: 3 for each of n × n × n colours are right, with n from 2 to 129`,
    });
  });
});
