import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { load, type NativeGroupFormat, type NativePlainFormat, type PixelColors, type PixelPicture } from "./mod.ts";

const pixel = load().pixel;
const colors: PixelColors = { matrix: "bt709", range: "narrow" };

/** Strides of a picture without padding. */
const strides: Readonly<Record<NativePlainFormat, (width: number) => number[]>> = {
  rgba8: (width) => [4 * width],
  bgra8: (width) => [4 * width],
  i420: (width) => [width, width / 2, width / 2],
  nv12: (width) => [width, width],
  uyvy8: (width) => [2 * width],
  yuv422p10le: (width) => [2 * width, width, width],
  v210: (width) => [Math.ceil(width / 48) * 128],
  yuv444p10le: (width) => [2 * width, 2 * width, 2 * width],
};

function makePicture(format: NativePlainFormat, width: number, height: number): PixelPicture & { data: Uint8Array } {
  const planes = strides[format](width);
  const halved = format === "i420" || format === "nv12";
  const bytes = planes.reduce((sum, stride, plane) => sum + stride * (plane > 0 && halved ? height / 2 : height), 0);
  return { data: new Uint8Array(bytes), format, width, height, strides: planes };
}

/** Sampling, depth, and bytes of a row of groups that is four pixels wide. */
const GROUPS: readonly [string, string, number][] = [
  ["YCbCr-4:2:2", "8", 8],
  ["YCbCr-4:2:2", "10", 10],
  ["CLYCbCr-4:2:2", "12", 12],
  ["ICtCp-4:2:2", "16", 16],
  ["YCbCr-4:2:2", "16f", 16],
  ["YCbCr-4:4:4", "8", 12],
  ["ICtCp-4:4:4", "10", 15],
  ["YCbCr-4:4:4", "12", 18],
  ["YCbCr-4:4:4", "16", 24],
  ["YCbCr-4:2:0", "8", 12],
  ["YCbCr-4:2:0", "10", 15],
  ["CLYCbCr-4:2:0", "12", 18],
  ["RGB", "8", 12],
  ["RGB", "10", 15],
  ["RGB", "16f", 24],
  ["XYZ", "12", 18],
  ["XYZ", "16", 24],
  ["KEY", "8", 4],
  ["KEY", "10", 5],
  ["KEY", "12", 6],
  ["KEY", "16", 8],
];

/** A picture of pixel groups, 4 x 2. */
function groups(sampling: string, depth: string, rowBytes: number): PixelPicture & { data: Uint8Array } {
  const rows = sampling.endsWith("4:2:0") ? 1 : 2;
  const format: NativeGroupFormat = `pgroup/${sampling}/${depth}`;
  return { data: new Uint8Array(rows * rowBytes), format, width: 4, height: 2, strides: [rowBytes] };
}

describe("NativePixel.fill()", () => {
  it("writes a rectangle, clipped", () => {
    const picture = makePicture("rgba8", 4, 3);
    pixel.fill(picture, { x: 2, y: -1, columns: 9, rows: 2 }, 0xff0000ff);
    const words = new Uint32Array(picture.data.buffer);
    assert.deepEqual([...words], [0, 0, 0xff0000ff, 0xff0000ff, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});

describe("NativePixel.blend()", () => {
  it("mixes by alpha in every mode", () => {
    const source = makePicture("rgba8", 1, 1);
    source.data.set([200, 100, 0, 128]);
    // With alpha 128 / 255, half of 50 is 24.9.
    const expected = { straight: [100, 75, 25, 255], premultiplied: [200, 125, 25, 255], opaque: [200, 100, 0, 255] };
    for (const mode of ["straight", "premultiplied", "opaque"] as const) {
      const target = makePicture("rgba8", 1, 1);
      target.data.set([0, 50, 50, 255]);
      pixel.blend(target, source, { x: 0, y: 0, opacity: 255, mode });
      assert.deepEqual([...target.data], expected[mode], mode);
    }
  });

  it("mixes by opacity", () => {
    const source = makePicture("rgba8", 1, 1);
    source.data.set([255, 0, 0, 255]);
    const target = makePicture("rgba8", 1, 1);
    target.data.set([0, 0, 0, 255]);
    pixel.blend(target, source, { x: 0, y: 0, opacity: 51, mode: "straight" });
    assert.deepEqual([...target.data], [51, 0, 0, 255]);
  });

  it("works on the rows it is told, and cuts off what hangs over", () => {
    const target = makePicture("rgba8", 4, 4);
    const source = makePicture("rgba8", 4, 4);
    source.data.fill(255);
    pixel.blend(target, source, { x: 2, y: -1, opacity: 255, mode: "straight" }, 1, 2);
    const lit = Array.from({ length: 16 }, (_, i) => target.data[4 * i] === 255 ? 1 : 0);
    assert.deepEqual(lit, [0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0]);
  });

  it("refuses pictures that do not lie within their buffers, and formats without alpha", () => {
    const target = makePicture("rgba8", 4, 4);
    const place = { x: 0, y: 0, opacity: 255, mode: "straight" } as const;
    const short = { ...target, data: target.data.subarray(1) };
    assert.throws(() => pixel.blend(target, short, place), { name: "NativeError", code: "out_of_range" });
    assert.throws(() => pixel.blend(short, target, place), { code: "out_of_range" });
    assert.throws(() => pixel.blend(target, target, place, 2, 3), { code: "out_of_range" });
    assert.throws(() => pixel.blend(target, target, { ...place, opacity: 256 }), { code: "invalid_argument" });
    assert.throws(() => pixel.blend(target, target, { ...place, x: 0.5 }), { name: "RangeError", message: /x = 0\.5/ });
    assert.throws(() => pixel.blend(target, target, { ...place, opacity: -1 }), RangeError);
    const other = makePicture("bgra8", 4, 4);
    assert.throws(() => pixel.blend(target, other, place), { name: "TypeError", message: /bgra8 to rgba8/ });
    assert.throws(() => pixel.fill(makePicture("i420", 4, 4), { x: 0, y: 0, columns: 1, rows: 1 }, 0), TypeError);
  });
});

describe("NativePixel.scale()", () => {
  it("doubles a picture, and makes any strip of it in a buffer of its own", () => {
    const source = makePicture("rgba8", 2, 2);
    source.data.set([0, 0, 0, 255, 100, 100, 100, 255, 200, 200, 200, 255, 40, 40, 40, 255]);
    const target = makePicture("rgba8", 4, 4);
    pixel.scale(target, source);
    const red = Array.from({ length: 16 }, (_, i) => target.data[4 * i]);
    assert.deepEqual(red, [0, 25, 75, 100, 50, 59, 76, 85, 150, 126, 79, 55, 200, 160, 80, 40]);
    const strip = { ...target, data: new Uint8Array(16) };
    pixel.scale(strip, source, 2, 1, 2);
    assert.deepEqual(strip.data, target.data.slice(32, 48));
  });
});

describe("NativePixel.convert()", () => {
  const formats = Object.keys(strides) as NativePlainFormat[];

  it("keeps a flat colour through every format and back", () => {
    const source = makePicture("rgba8", 12, 4);
    pixel.fill(source, { x: 0, y: 0, columns: 12, rows: 4 }, 0xff_30_a0_c0);
    for (const format of formats) {
      const between = makePicture(format, 12, 4);
      const back = makePicture("rgba8", 12, 4);
      pixel.convert(between, source, colors);
      pixel.convert(back, between, colors);
      for (let i = 0; i < back.data.length; i++) {
        assert.ok(Math.abs(back.data[i] - source.data[i]) <= 2, `${format} byte ${i}: ${back.data[i]}`);
      }
    }
  });

  it("repacks within one sampling and depth without loss", () => {
    for (const [one, other] of [["i420", "nv12"], ["yuv422p10le", "v210"], ["rgba8", "bgra8"]] as const) {
      const source = makePicture(one, 48, 4);
      const words = new Uint16Array(source.data.buffer);
      for (let i = 0; i < words.length; i++) words[i] = one === "yuv422p10le" ? (i * 37) % 1024 : (i * 7919) % 65536;
      if (one === "rgba8") { for (let i = 3; i < source.data.length; i += 4) source.data[i] = 255; }
      const between = makePicture(other, 48, 4);
      const back = makePicture(one, 48, 4);
      pixel.convert(between, source, colors);
      pixel.convert(back, between, colors);
      assert.deepEqual(back.data, source.data);
    }
  });

  it("gives white and black the codes of the standard", () => {
    for (const [value, luma] of [[0xffffffff, 940], [0xff000000, 64]] as const) {
      const source = makePicture("rgba8", 2, 2);
      pixel.fill(source, { x: 0, y: 0, columns: 2, rows: 2 }, value);
      const target = makePicture("yuv422p10le", 2, 2);
      pixel.convert(target, source, colors);
      assert.deepEqual([...new Uint16Array(target.data.buffer)], [luma, luma, luma, luma, 512, 512, 512, 512]);
    }
  });

  it("refuses sizes that differ, are odd, or do not fit", () => {
    const source = makePicture("rgba8", 4, 4);
    assert.throws(() => pixel.convert(makePicture("i420", 4, 2), source, colors), { message: /4x4 to 4x2/ });
    const odd = { ...makePicture("rgba8", 3, 4) };
    assert.throws(() => pixel.convert({ ...makePicture("i420", 4, 4), width: 3 }, odd, colors), {
      code: "out_of_range",
    });
    const target = makePicture("i420", 4, 4);
    assert.throws(() => pixel.convert(target, source, colors, 1, 2), { code: "out_of_range" });
    assert.throws(() => pixel.convert({ ...target, data: target.data.subarray(1) }, source, colors), {
      code: "out_of_range",
    });
  });

  it("moves samples of 10 bits to where ST 2110-20 has them, and back", () => {
    const source = makePicture("yuv422p10le", 4, 1);
    new Uint16Array(source.data.buffer).set([0x2aa, 0x2aa, 0, 0, 0x155, 0x3ff, 0x155, 0x3ff]);
    const wire = { ...groups("YCbCr-4:2:2", "10", 10), data: new Uint8Array(10), height: 1 };
    pixel.convert(wire, source, colors);
    assert.deepEqual([...wire.data], [0x55, 0x6a, 0xa5, 0x56, 0xaa, 0xff, 0xc0, 0x0f, 0xfc, 0]);
    const back = makePicture("yuv422p10le", 4, 1);
    pixel.convert(back, wire, colors);
    assert.deepEqual(back.data, source.data);
  });

  it("copies every pixel group by its own size, and refuses another and what is none", () => {
    for (const [sampling, depth, bytes] of GROUPS) {
      const source = groups(sampling, depth, bytes);
      source.data.forEach((_, at) => source.data[at] = at + 1);
      const target = groups(sampling, depth, bytes);
      pixel.convert(target, source, colors);
      assert.deepEqual(target.data, source.data, source.format);
      const short = { ...target, data: target.data.subarray(1) };
      assert.throws(() => pixel.convert(short, source, colors), { code: "out_of_range" }, source.format);
    }
    const group = groups("YCbCr-4:2:2", "12", 12);
    const wide = { ...groups("YCbCr-4:2:2", "8", 12), strides: [12] };
    assert.throws(() => pixel.convert(wide, group, colors), { code: "invalid_argument" });
    const plain = { ...makePicture("uyvy8", 4, 2), data: new Uint8Array(64) };
    assert.throws(() => pixel.convert(plain, group, colors), { code: "invalid_argument" });
    for (const format of ["pgroup/XYZ/8", "pgroup/YCbCr-4:2:0/16"] as const) {
      assert.throws(() => pixel.convert(group, { ...group, format }, colors), { code: "invalid_argument" }, format);
    }
    for (const format of ["pgroup/YCbCr-4:1:1/8", "pgroup/4:2:2/8", "pgroup/RGB/9", "pgroup/RGB/8/1"] as const) {
      assert.throws(() => pixel.convert(group, { ...group, format }, colors), {
        name: "TypeError",
        message: `Cannot convert a picture of format ${format}: there is no such format`,
      });
    }
  });

  it("uses kernels that this CPU has", () => {
    assert.ok([0, 2, 3, 4].includes(pixel.cpuLevel));
  });
});
