import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { loadNative } from "@streamlib/core";
import { type PixelEngine, pixelEngine, scriptEngine } from "./pixel_engine.ts";
import { type BlendMode, makeRgbaPicture, type RgbaPicture } from "./rgba_picture.ts";

function noise(picture: RgbaPicture, seed: number, mode: BlendMode): RgbaPicture {
  let state = seed;
  for (let at = 0; at < picture.data.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    picture.data[at] = state >>> 24;
  }
  for (let at = 0; mode === "premultiplied" && at < picture.data.length; at += 4) {
    const alpha = picture.data[at + 3];
    for (let part = 0; part < 3; part++) picture.data[at + part] = Math.round((picture.data[at + part] * alpha) / 255);
  }
  return picture;
}

const all = { start: 0, end: 9 };
const { library, reason } = await loadNative();
const engines: [string, PixelEngine, string | false][] = [
  ["TypeScript", scriptEngine, false],
  ["native", pixelEngine(), library ? false : `no native library: ${reason}`],
];

for (const [name, engine, skip] of engines) {
  describe(`PixelEngine, ${name}`, { skip }, () => {
    it("blends within 1.5 codes of the exact formula and leaves alpha opaque", () => {
      for (const mode of ["straight", "premultiplied", "opaque"] as const) {
        for (const opacity of [0, 1, 77, 254, 255]) {
          const under = noise(makeRgbaPicture(13, 9), 1, "opaque");
          engine.fill(under, { start: 0, end: 4 }, [200, 100, 50]);
          for (let at = 3; at < under.data.length; at += 4) under.data[at] = 255;
          const before = under.data.slice();
          const over = noise(makeRgbaPicture(7, 5), 2 + opacity, mode);
          engine.blend(under, over, all, { x: 3, y: 2, opacity, mode });
          for (let row = 0; row < 9; row++) {
            for (let column = 0; column < 13; column++) {
              const at = (row * 13 + column) * 4;
              const inside = column >= 3 && column < 10 && row >= 2 && row < 7;
              const from = ((row - 2) * 7 + column - 3) * 4;
              const alpha = !inside ? 0 : ((mode === "opaque" ? 255 : over.data[from + 3]) * opacity) / 255 / 255;
              const weight = mode === "premultiplied" ? opacity / 255 : alpha;
              for (let part = 0; part < 3; part++) {
                const color = inside ? over.data[from + part] : 0;
                const want = Math.min(255, color * weight + before[at + part] * (1 - alpha));
                assert.ok(Math.abs(under.data[at + part] - want) <= 1.5, `${mode} ${opacity} at ${column}, ${row}`);
              }
              assert.equal(under.data[at + 3], 255);
            }
          }
        }
      }
    });

    it("cuts layers at all edges and works on the given rows only", () => {
      for (const [x, y] of [[-3, -2], [10, 6], [-20, 0], [0, 20], [13, 9], [-7, -5]]) {
        const under = makeRgbaPicture(13, 9);
        const over = makeRgbaPicture(7, 5);
        over.data.fill(255);
        engine.blend(under, over, { start: 1, end: 8 }, { x, y, opacity: 255, mode: "opaque" });
        for (let row = 0; row < 9; row++) {
          for (let column = 0; column < 13; column++) {
            const inside = column >= x && column < x + 7 && row >= y && row < y + 5 && row >= 1 && row < 8;
            assert.equal(under.data[(row * 13 + column) * 4], inside ? 255 : 0, `${x}, ${y} at ${column}, ${row}`);
          }
        }
      }
    });

    it("scales a ramp to a ramp and keeps one colour as it is", () => {
      const from = makeRgbaPicture(8, 8);
      for (let at = 0; at < from.data.length; at += 4) from.data.set([((at / 4) % 8) * 32, 77, 99, 255], at);
      for (const [width, height] of [[16, 16], [5, 3], [8, 20], [1, 1]]) {
        const to = makeRgbaPicture(width, height);
        engine.scale(to, from, "opaque");
        for (let row = 0; row < height; row++) {
          for (let column = 0; column < width; column++) {
            const at = (row * width + column) * 4;
            const centre = Math.min(7, Math.max(0, ((column + 0.5) * 8) / width - 0.5));
            assert.ok(
              Math.abs(to.data[at] - centre * 32) <= 1.5,
              `${width}x${height}: ${to.data[at]} for ${centre * 32}`,
            );
            assert.deepEqual([...to.data.subarray(at + 1, at + 4)], [77, 99, 255]);
          }
        }
      }
    });

    it("does not let the colour of transparent pixels bleed into a scaled straight picture", () => {
      const from = makeRgbaPicture(2, 1);
      from.data.set([255, 255, 255, 0, 0, 200, 0, 255]);
      const to = makeRgbaPicture(8, 1);
      engine.scale(to, from, "straight");
      for (let at = 0; at < to.data.length; at += 4) {
        const [red, green, blue, alpha] = to.data.subarray(at, at + 4);
        assert.ok(
          red <= 1 && blue <= 1 && Math.abs(green - (200 * alpha) / 255) <= 1.5,
          `${red} ${green} ${blue} ${alpha}`,
        );
      }
      assert.deepEqual([to.data[3], to.data[31]], [0, 255]);
    });
  });
}
