import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createPattern, patternNames, type PatternOptions } from "./catalogue.ts";
import { readColor, toRgb, toYcbcr } from "./color.ts";
import { MovingBarPattern } from "./moving_bar.ts";
import { picturePlanes, type PictureSize, pictureWords } from "./picture.ts";

const small: PictureSize = { width: 64, height: 36 };

function render(name: string, frameNumber = 0, options: PatternOptions = {}, size = small): Uint16Array {
  const words = new Uint16Array(pictureWords(size)).fill(0xffff);
  createPattern(name, size, options).render(frameNumber, words);
  return words;
}

describe("createPattern()", () => {
  it("fills every word of a used picture with a legal code, for every pattern", () => {
    for (const name of patternNames) {
      for (const frameNumber of [0, 1, 1e9]) {
        const words = render(name, frameNumber);
        assert.ok(words.every((code) => code >= 4 && code <= 1019), name);
      }
    }
  });

  it("gives the same picture for the same frame number, whatever came between", () => {
    for (const name of patternNames) {
      const pattern = createPattern(name, small);
      const [first, other, again] = [1, 2, 3].map(() => new Uint16Array(pictureWords(small)));
      pattern.render(7, first);
      pattern.render(8, other);
      pattern.render(7, again);
      assert.deepEqual(again, first, name);
      assert.equal(other.some((code, index) => code !== first[index]), pattern.moving, name);
    }
  });

  it("refuses an unknown pattern and lists the names", () => {
    assert.throws(() => createPattern("smtpe", small), (error: Error) => {
      assert.match(error.message, /^Test pattern "smtpe" is unknown/);
      for (const name of patternNames) assert.ok(error.message.includes(name));
      return true;
    });
    assert.throws(() => createPattern("constructor", small), /unknown/);
  });

  it("refuses odd, missing and absurd sizes, naming side and range", () => {
    for (const width of [0, 1, 3, -2, 1.5, NaN, 16386]) {
      assert.throws(() => createPattern("black", { width, height: 2 }), /option "width" is .*: it must be an even/);
      assert.throws(() => createPattern("black", { width: 2, height: width }), /option "height" is .* from 2 to 16384/);
    }
  });

  it("refuses an option out of range or of another pattern", () => {
    const wrong: [string, PatternOptions, RegExp][] = [
      ["smpte-bars", { chromaSet: "i" as "plus-i" }, /"chromaSet" is "i": it must be one of white-75, /],
      ["smpte-bars", { edges: "soft" as "hard" }, /"edges" is "soft"/],
      ["gradient", { direction: "up" as "vertical" }, /"direction" is "up"/],
      ["gradient", { from: "red" }, /"from" is "red": it must be "#rrggbb" or/],
      ["solid", { color: { y: 3, cb: 512, cr: 512 } }, /"color" is .* from 4 to 1019/],
      ["solid", { color: { y: 64.5, cb: 512, cr: 512 } }, /"color"/],
      ["moving-bar", { stepPixels: 0.5 }, /"stepPixels" is 0.5/],
      ["moving-bar", { barPixels: 65 }, /"barPixels" is 65: .* from 1 to 64/],
      ["zone-plate", { phasePerFrame: 0.6 }, /"phasePerFrame" is 0.6/],
      ["zone-plate", { phasePerFrame: NaN }, /"phasePerFrame" is NaN/],
      ["black", { color: "#ffffff" }, /"black" does not read the option "color": it reads none/],
      ["gradient", { color: "#ffffff" }, /"gradient" does not read the option "color": it reads direction, from, to/],
    ];
    for (const [name, options, message] of wrong) assert.throws(() => createPattern(name, small, options), message);
  });

  it("refuses a buffer that is not one picture", () => {
    for (const name of patternNames) {
      const pattern = createPattern(name, small);
      assert.throws(() => pattern.render(0, new Uint16Array(pictureWords(small) - 1)), /needs 4608 words/, name);
    }
  });
});

describe("solid, black and white", () => {
  it("have one colour everywhere", () => {
    const cases: [string, PatternOptions, number[]][] = [
      ["black", {}, [64, 512, 512]],
      ["white", {}, [940, 512, 512]],
      ["solid", { color: "#ff0000" }, [250, 409, 960]],
      ["solid", { color: { y: 100, cb: 200, cr: 300 } }, [100, 200, 300]],
    ];
    for (const [name, options, [y, cb, cr]] of cases) {
      const planes = picturePlanes(render(name, 0, options), small);
      assert.ok(planes.y.every((code) => code === y), `${name} ${planes.y[0]}`);
      assert.ok(planes.cb.every((code) => code === cb), `${name} ${planes.cb[0]}`);
      assert.ok(planes.cr.every((code) => code === cr), `${name} ${planes.cr[0]}`);
    }
  });
});

describe("gradient", () => {
  it("has exact ends, equal rows and rises evenly, in both directions", () => {
    const across = picturePlanes(render("gradient"), small);
    const down = picturePlanes(render("gradient", 0, { direction: "vertical" }), small);
    for (let row = 0; row < 36; row++) {
      assert.equal(across.y[row * 64], 64);
      assert.equal(across.y[row * 64 + 63], 940);
      assert.equal(down.y[row * 64 + 5], Math.round(64 + (876 * row) / 35));
    }
    for (let column = 1; column < 64; column++) {
      const step = across.y[column] - across.y[column - 1];
      assert.ok(step === 13 || step === 14, `${step}`);
    }
  });

  it("runs between any two colours", () => {
    const options: PatternOptions = { from: "#0000ff", to: { y: 940, cb: 100, cr: 900 } };
    const planes = picturePlanes(render("gradient", 0, options), small);
    const blue = toYcbcr({ red: 0, green: 0, blue: 255 });
    assert.deepEqual([planes.y[0], planes.cb[0], planes.cr[0]], [blue.y, blue.cb, blue.cr]);
    assert.deepEqual([planes.y[63], planes.cb[31], planes.cr[31]], [940, 100, 900]);
  });
});

describe("moving-bar", () => {
  it("stands at frame number times step, modulo the width, in every row", () => {
    for (const [frameNumber, start] of [[0, 0], [1, 8], [7, 56], [8, 0], [8e12 + 3, 24]]) {
      const planes = picturePlanes(render("moving-bar", frameNumber, { barPixels: 16 }), small);
      for (let row = 0; row < 36; row++) {
        for (let column = 0; column < 64; column++) {
          const inside = (column - start + 64) % 64 < 16;
          assert.equal(planes.y[row * 64 + column], inside ? 940 : 64, `frame ${frameNumber}, column ${column}`);
        }
      }
    }
  });

  it("moves left with a negative step and tells its position", () => {
    const bar = createPattern("moving-bar", small, { stepPixels: -3 }) as MovingBarPattern;
    assert.deepEqual([0, 1, 2, 22].map((frameNumber) => bar.position(frameNumber)), [0, 61, 58, 62]);
  });

  it("carries colour in whole pairs", () => {
    const options: PatternOptions = { color: "#ff0000", background: "#0000ff", barPixels: 4, stepPixels: 1 };
    const red = toYcbcr({ red: 255, green: 0, blue: 0 });
    const blue = toYcbcr({ red: 0, green: 0, blue: 255 });
    for (let frameNumber = 0; frameNumber < 64; frameNumber++) {
      const planes = picturePlanes(render("moving-bar", frameNumber, options), small);
      for (let pair = 0; pair < 32; pair++) {
        const color = planes.y[2 * pair] === red.y ? red : blue;
        assert.deepEqual([planes.cb[pair], planes.cr[pair]], [color.cb, color.cr], `frame ${frameNumber}`);
      }
    }
  });
});

describe("zone-plate", () => {
  it("is within 3 codes of its formula and without colour", () => {
    const phasePerFrame = 1 / 30;
    for (const frameNumber of [0, 1, 17, 1000001]) {
      const planes = picturePlanes(render("zone-plate", frameNumber, { phasePerFrame }), small);
      for (let row = 0; row < 36; row++) {
        for (let column = 0; column < 64; column++) {
          const distance2 = (column - 31.5) ** 2 + (row - 17.5) ** 2;
          const luma = 502 + 438 * Math.cos(2 * Math.PI * (distance2 / 128 + frameNumber * phasePerFrame));
          const got = planes.y[row * 64 + column];
          assert.ok(Math.abs(got - luma) <= 3, `frame ${frameNumber}, ${column}, ${row}: ${got} for ${luma}`);
        }
      }
      assert.ok(planes.cb.every((code) => code === 512) && planes.cr.every((code) => code === 512));
    }
  });

  it("stands still with phasePerFrame 0", () => {
    assert.deepEqual(
      render("zone-plate", 0, { phasePerFrame: 0 }),
      render("zone-plate", 99, { phasePerFrame: 0 }),
    );
  });
});

describe("readColor()", () => {
  it("reads CSS hex and returns through toRgb() within one", () => {
    for (const hex of ["#000000", "#ffffff", "#12ABef", "#808080", "#ff8000"]) {
      const rgb = toRgb(readColor("color", hex));
      const want = [1, 3, 5].map((start) => Number.parseInt(hex.slice(start, start + 2), 16));
      [rgb.red, rgb.green, rgb.blue].forEach((value, index) => {
        assert.ok(Math.abs(value - want[index]) <= 1, `${hex}: ${JSON.stringify(rgb)}`);
      });
    }
  });
});
