import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { toRgb } from "./color.ts";
import { createPattern, type PatternOptions } from "./catalogue.ts";
import { picturePlanes, type PictureSize, pictureWords } from "./picture.ts";
import { type BarColorName, barColors, chromaSets } from "./smpte_bars.ts";

type Codes = readonly [y: number, cb: number, cr: number];

/** RP 219-1 for 1920x1080, written out once more: exclusive end column and codes, left to right. */
const row1: readonly [number, Codes][] = [
  [240, [414, 512, 512]],
  [446, [721, 512, 512]],
  [652, [674, 176, 543]],
  [858, [581, 589, 176]],
  [1062, [534, 253, 207]],
  [1268, [251, 771, 817]],
  [1474, [204, 435, 848]],
  [1680, [111, 848, 481]],
  [1920, [414, 512, 512]],
];
const row2: readonly [number, Codes][] = [
  [240, [754, 615, 64]],
  [1680, [721, 512, 512]],
  [1920, [127, 960, 471]],
];
const row4: readonly [number, Codes][] = [
  [240, [195, 512, 512]],
  [548, [64, 512, 512]],
  [960, [940, 512, 512]],
  [1130, [64, 512, 512]],
  [1198, [46, 512, 512]],
  [1268, [64, 512, 512]],
  [1336, [82, 512, 512]],
  [1406, [64, 512, 512]],
  [1474, [99, 512, 512]],
  [1680, [64, 512, 512]],
  [1920, [195, 512, 512]],
];

const full: PictureSize = { width: 1920, height: 1080 };

function render(size: PictureSize, options: PatternOptions = {}): Uint16Array {
  const words = new Uint16Array(pictureWords(size));
  createPattern("smpte-bars", size, options).render(0, words);
  return words;
}

function codesAt(words: Uint16Array, size: PictureSize, column: number, row: number): number[] {
  const planes = picturePlanes(words, size);
  const pair = row * (size.width / 2) + Math.floor(column / 2);
  return [planes.y[row * size.width + column], planes.cb[pair], planes.cr[pair]];
}

function assertRow(words: Uint16Array, row: number, expected: readonly [number, Codes][]): void {
  let column = 0;
  for (const [end, codes] of expected) {
    for (; column < end; column++) {
      assert.deepEqual(codesAt(words, full, column, row), codes, `column ${column}, row ${row}`);
    }
  }
  assert.equal(column, full.width);
}

describe("smpte-bars", () => {
  it("has the columns and codes of RP 219-1 in every row of 1920x1080", { timeout: 60000 }, () => {
    const words = render(full);
    for (const row of [0, 314, 629]) assertRow(words, row, row1);
    for (const row of [630, 719]) assertRow(words, row, row2);
    for (const row of [810, 900, 989, 990, 1079]) assertRow(words, row, row4);
    const rowsOf = (row: number) => words.subarray(row * 1920, (row + 1) * 1920).join();
    assert.equal(new Set([...Array(630).keys()].map(rowsOf)).size, 1);
    assert.notEqual(rowsOf(629), rowsOf(630));
    assert.notEqual(rowsOf(719), rowsOf(720));
    assert.notEqual(rowsOf(809), rowsOf(810));
  });

  it("ramps luma from 64 to 940 over five bars in the third row", () => {
    const words = render(full);
    assert.deepEqual(codesAt(words, full, 239, 720), [877, 64, 553]);
    assert.deepEqual(codesAt(words, full, 240, 720), [64, 512, 512]);
    assert.deepEqual(codesAt(words, full, 445, 809), [64, 512, 512]);
    let previous = 64;
    for (let column = 446; column < 1474; column++) {
      const [y, cb, cr] = codesAt(words, full, column, 765);
      assert.ok(y >= previous && y - previous <= 1, `column ${column}: ${previous} to ${y}`);
      assert.equal(y, Math.round(64 + (876 * (column - 446)) / 1028));
      assert.deepEqual([cb, cr], [512, 512]);
      previous = y;
    }
    assert.deepEqual(codesAt(words, full, 1474, 765), [940, 512, 512]);
    assert.deepEqual(codesAt(words, full, 1679, 765), [940, 512, 512]);
    assert.deepEqual(codesAt(words, full, 1680, 765), [250, 409, 960]);
  });

  it("offers the four chroma sets in the second column of rows two and three", () => {
    const expected: Record<string, [Codes, Codes]> = {
      "white-75": [[721, 512, 512], [64, 512, 512]],
      "white-100": [[940, 512, 512], [64, 512, 512]],
      "plus-i": [[245, 412, 629], [64, 512, 512]],
      "minus-i-plus-q": [[244, 612, 395], [141, 697, 606]],
    };
    for (const chromaSet of chromaSets) {
      const words = render(full, { chromaSet });
      for (const column of [240, 445]) {
        assert.deepEqual(codesAt(words, full, column, 675), expected[chromaSet][0], chromaSet);
        assert.deepEqual(codesAt(words, full, column, 765), expected[chromaSet][1], chromaSet);
      }
      assert.deepEqual(codesAt(words, full, 446, 675), [721, 512, 512]);
    }
  });

  it("dips to code 4 and peaks at code 1019 in the middle third of the last rows when asked", () => {
    const words = render(full, { subBlack: true, superWhite: true });
    for (const row of [810, 899, 990, 1079]) assertRow(words, row, row4);
    const luma = (column: number) => codesAt(words, full, column, 945)[0];
    assert.deepEqual([luma(240), luma(394), luma(547)], [64, 4, 64]);
    assert.deepEqual([luma(548), luma(754), luma(959)], [940, 1019, 940]);
    assert.equal(luma(960), 64);
  });

  it("shows 75 % bars as R'G'B' of 191 and 0, and grey, white and black as grey", () => {
    // The codes are rounded to 10 bits, so the 8-bit components may be one off the exact 191.25 and 0.
    const expected: Record<string, [number, number, number]> = {
      white75: [191, 191, 191],
      yellow75: [191, 191, 0],
      cyan75: [0, 191, 191],
      green75: [0, 191, 0],
      magenta75: [191, 0, 191],
      red75: [191, 0, 0],
      blue75: [0, 0, 191],
      cyan100: [0, 255, 255],
      blue100: [0, 0, 255],
      yellow100: [255, 255, 0],
      red100: [255, 0, 0],
      gray40: [102, 102, 102],
      gray15: [38, 38, 38],
      black: [0, 0, 0],
      white: [255, 255, 255],
    };
    for (const [name, want] of Object.entries(expected)) {
      const rgb = toRgb(barColors[name as BarColorName]);
      const got = [rgb.red, rgb.green, rgb.blue];
      got.forEach((value, index) => assert.ok(Math.abs(value - want[index]) <= 1, `${name}: ${got} for ${want}`));
    }
  });

  it("uses the published columns for 1280x720", () => {
    const size = { width: 1280, height: 720 };
    const words = render(size);
    const changes: number[] = [];
    for (let column = 1; column < 1280; column++) {
      if (codesAt(words, size, column, 0)[0] !== codesAt(words, size, column - 1, 0)[0]) changes.push(column);
    }
    assert.deepEqual(changes, [160, 296, 434, 572, 708, 846, 984, 1120]);
    assert.deepEqual(codesAt(words, size, 0, 419), [414, 512, 512]);
    assert.deepEqual(codesAt(words, size, 0, 420), [754, 615, 64]);
  });

  it("fills any even size completely, with even columns", () => {
    for (const [width, height] of [[2, 2], [16, 10], [320, 180], [720, 576], [1922, 6], [3840, 2160]]) {
      const size = { width, height };
      const words = render(size);
      assert.ok(words.every((code) => code >= 4 && code <= 1019), `${width}x${height}`);
      for (let column = 0; column < width; column += 2) {
        assert.equal(codesAt(words, size, column, 0)[0], codesAt(words, size, column + 1, 0)[0]);
      }
    }
    const size = { width: 3840, height: 2160 };
    assert.deepEqual(codesAt(render(size), size, 480 + 412, 0), [674, 176, 543]);
  });

  it("shapes edges that rise within four samples and keep the middle of each bar", () => {
    const words = render(full, { edges: "shaped" });
    const luma = (column: number) => codesAt(words, full, column, 1000)[0];
    let start = 0;
    for (const [end, codes] of row4) {
      assert.deepEqual(codesAt(words, full, (start + end) >> 1, 1000), codes);
      start = end;
    }
    // Black to white at column 548: interpolated columns of 10 % and 90 %.
    const crossing = (level: number) => {
      const code = 64 + 876 * level;
      let column = 540;
      while (luma(column + 1) < code) column++;
      return column + (code - luma(column)) / (luma(column + 1) - luma(column));
    };
    const riseSamples = crossing(0.9) - crossing(0.1);
    assert.ok(riseSamples > 3.6 && riseSamples < 4.4, `rise ${riseSamples}`);
    assert.ok(Math.abs(crossing(0.5) - 547.5) < 0.1);
    for (let column = 540; column < 556; column++) assert.ok(luma(column + 1) >= luma(column));
  });
});
