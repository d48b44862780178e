import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { PIXEL_FORMATS, type PixelFormat, pixelFormatInfo } from "../message/pixel_format.ts";
import { frameBytes, type VideoFormat, videoFormat, type VideoFormatInit } from "../message/video_format.ts";
import { loadNative } from "../native.ts";
import { convertFrame, type FrameBytes } from "./convert_frame.ts";
import { scriptConvert } from "./script_convert.ts";

const { library, reason } = await loadNative();
const all = Object.keys(PIXEL_FORMATS) as PixelFormat[];
const plain = all.filter((name) => !PIXEL_FORMATS[name].group);
const groups = all.filter((name) => PIXEL_FORMATS[name].group);
/** Those that can be converted. */
const formats = all.filter((name) => PIXEL_FORMATS[name].counterparts.length > 0);
const skip = library ? false : `no native library: ${reason}`;

function formatOf(pixelFormat: PixelFormat, more: Partial<VideoFormatInit> = {}): VideoFormat {
  return videoFormat({ pixelFormat, width: 48, height: 8, rate: 60, ...more });
}

function blank(format: VideoFormat): FrameBytes {
  return { data: new Uint8Array(frameBytes(format)), format };
}

/** A frame of one colour: every code is 123, or 123 times four. */
function flat(format: VideoFormat): FrameBytes {
  const frame = blank(format);
  const code = 123 * 4;
  if (format.pixelFormat.endsWith("10le")) new Uint16Array(frame.data.buffer).fill(code);
  else if (format.pixelFormat === "v210") {
    new Uint32Array(frame.data.buffer).fill(code | (code << 10) | (code << 20));
  } else frame.data.fill(123);
  return frame;
}

function counting(format: VideoFormat): FrameBytes {
  const frame = blank(format);
  frame.data.forEach((_, at) => frame.data[at] = at);
  return frame;
}

describe("convertFrame()", () => {
  it("gives flat colours of every Y'CbCr format the RGBA of the TypeScript twin within 1 code, in strips", () => {
    for (const pixelFormat of plain.filter((name) => PIXEL_FORMATS[name].model === "yuv")) {
      for (const colorSpace of ["bt601", "bt709", "bt2020"] as const) {
        for (const range of ["narrow", "full"] as const) {
          const source = flat(formatOf(pixelFormat, { colorSpace, range }));
          const [got, want] = [blank(formatOf("rgba8")), blank(formatOf("rgba8"))];
          convertFrame(source, got, { start: 0, end: 2 });
          convertFrame(source, got, { start: 2, end: 8 });
          scriptConvert(source, want, { start: 0, end: 8 });
          const where = `${pixelFormat} ${colorSpace} ${range}`;
          assert.ok(got.data.every((value, at) => Math.abs(value - want.data[at]) <= 1), where);
          assert.equal(got.data[3], 255, where);
        }
      }
    }
  });

  it("keeps alpha between RGB formats, both ways, whole and in rows, padded or not", () => {
    for (const from of ["rgba8", "bgra8"] as const) {
      for (const to of ["rgba8", "bgra8"] as const) {
        for (const rows of [undefined, { start: 2, end: 5 }]) {
          for (const padding of [0, 12]) {
            const source = counting(formatOf(from));
            const target = blank(formatOf(to, { strides: [48 * 4 + padding] }));
            convertFrame(source, target, rows);
            for (let row = 0; row < 8; row++) {
              const got = [...target.data.subarray(row * (192 + padding), row * (192 + padding) + 192)];
              const isDone = !rows || (row >= 2 && row < 5);
              const swap = (at: number): number => from === to || at % 2 === 1 ? at : at ^ 2;
              const want = got.map((_, at) => isDone ? (row * 192 + swap(at)) & 255 : 0);
              assert.deepEqual(got, want, `${from} to ${to} row ${row}`);
            }
          }
        }
      }
    }
  });

  it("copies a frame of the same format whole", () => {
    for (const pixelFormat of all) {
      const source = counting(formatOf(pixelFormat));
      const target = blank(source.format);
      convertFrame(source, target);
      assert.deepEqual(target.data, source.data, pixelFormat);
    }
  });

  it("copies rows of any pixel group, with other strides", { skip }, () => {
    for (const pixelFormat of groups) {
      const source = counting(formatOf(pixelFormat));
      const [rowBytes] = source.format.strides;
      const target = blank(formatOf(pixelFormat, { strides: [rowBytes + 3] }));
      convertFrame(source, target, { start: 2, end: 6 });
      const [first, last] = pixelFormatInfo(pixelFormat).heightStep === 2 ? [1, 3] : [2, 6];
      const want = blank(target.format).data;
      for (let row = first; row < last; row++) {
        want.set(source.data.subarray(row * rowBytes, (row + 1) * rowBytes), row * (rowBytes + 3));
      }
      assert.deepEqual(target.data, want, pixelFormat);
    }
  });

  it("moves the bits of a pixel group to every format with the same samples and back", { skip }, () => {
    for (const group of groups) {
      for (const pixelFormat of PIXEL_FORMATS[group].counterparts) {
        const source = counting(formatOf(group));
        const between = blank(formatOf(pixelFormat));
        const back = blank(formatOf(group));
        convertFrame(source, between, { start: 0, end: 4 });
        convertFrame(source, between, { start: 4, end: 8 });
        convertFrame(between, back);
        assert.deepEqual(back.data, source.data, `${group} by ${pixelFormat}`);
      }
    }
  });

  it("converts a pixel group as the format with the same samples, whole and in strips", { skip }, () => {
    for (const group of groups.filter((name) => PIXEL_FORMATS[name].counterparts.length > 0)) {
      const source = counting(formatOf(group));
      const same = blank(formatOf(PIXEL_FORMATS[group].counterparts[0]));
      convertFrame(source, same);
      for (const to of formats.filter((name) => name !== group)) {
        const [want, whole, strips] = [blank(formatOf(to)), blank(formatOf(to)), blank(formatOf(to))];
        if (to === same.format.pixelFormat) want.data.set(same.data);
        else convertFrame(same, want);
        convertFrame(source, whole);
        for (const start of [0, 2, 6]) convertFrame(source, strips, { start, end: start === 2 ? 6 : start + 2 });
        assert.deepEqual(whole.data, want.data, `${group} to ${to}`);
        assert.deepEqual(strips.data, want.data, `${group} to ${to} in strips`);
      }
    }
  });

  it("refuses pixel groups that no other format has the samples of, and says so", () => {
    for (const group of groups.filter((name) => PIXEL_FORMATS[name].counterparts.length === 0)) {
      const { sampling, depth } = PIXEL_FORMATS[group].group!;
      const [source, other] = [blank(formatOf(group, { range: "full" })), blank(formatOf("rgba8"))];
      const refused = (from: FrameBytes, to: FrameBytes): void =>
        assert.throws(() => convertFrame(from, to), {
          code: "format-invalid",
          message: `Cannot convert ${from.format.pixelFormat} to ${to.format.pixelFormat}: there is no other pixel ` +
            `format of ${sampling} with ${depth} bits, so such a frame stays as it is`,
        });
      refused(source, other);
      refused(other, source);
    }
  });

  it("converts any format to any with the library", { skip }, () => {
    for (const from of formats) {
      for (const to of formats) {
        const between = blank(formatOf(to));
        const back = blank(formatOf("rgba8"));
        const gray = blank(formatOf("rgba8"));
        gray.data.fill(128);
        const source = blank(formatOf(from));
        convertFrame(gray, source);
        convertFrame(source, between);
        convertFrame(between, back);
        for (let at = 0; at < back.data.length; at += 4) {
          assert.ok(Math.abs(back.data[at] - 128) <= 2, `${from} to ${to}: ${back.data[at]}`);
        }
      }
    }
  });

  it(
    "says that the library is missing where TypeScript cannot do it",
    { skip: library ? "it is there" : false },
    () => {
      const source = blank(formatOf("i420"));
      for (const to of ["nv12", "bgra8", "v210", "pgroup/YCbCr-4:2:0/8"] as const) {
        assert.throws(() => convertFrame(source, blank(formatOf(to))), {
          code: "native-missing",
          message: `Cannot convert i420 to ${to}: that needs the native library; streamlib doctor tells more`,
        });
      }
      const group = blank(formatOf("pgroup/RGB/8"));
      assert.throws(() => convertFrame(group, blank(formatOf("rgba8"))), { code: "native-missing" });
    },
  );

  it("refuses sizes, colours and rows that do not fit, and says what would", () => {
    const source = blank(formatOf("i420"));
    const target = blank(formatOf("rgba8"));
    const refused = (from: FrameBytes, to: FrameBytes, message: RegExp, start = 0, end = 8): void =>
      assert.throws(() => convertFrame(from, to, { start, end }), { code: "format-invalid", message });
    refused(source, blank(formatOf("rgba8", { width: 50 })), /48x8 i420 to 50x8: the sizes must be equal$/);
    refused(blank(formatOf("rgba8", { range: "narrow" })), target, /RGB of narrow range is not supported$/);
    refused(target, blank(formatOf("bgra8", { range: "narrow" })), /RGB of narrow range is not supported$/);
    refused(source, blank(formatOf("nv12", { range: "full" })), /colour space and range must be equal/);
    refused(source, target, /rows 1 to 4: they must be whole numbers from 0 to 8, even for 4:2:0$/, 1, 4);
    refused(source, target, /rows 0 to 3: /, 0, 3);
    const bgra = blank(formatOf("bgra8"));
    for (const [start, end] of [[-2, 4], [0, 10], [4, 2], [0.5, 4], [0, NaN]]) {
      refused(bgra, target, /they must be whole numbers from 0 to 8$/, start, end);
    }
  });
});
