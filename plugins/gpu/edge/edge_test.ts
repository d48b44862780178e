import { after, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  convertFrame,
  frameBytes,
  type GpuPixelFormat,
  loadNative,
  PIXEL_FORMATS,
  type PixelFormat,
  planesOf,
  type VideoFormat,
  videoFormat,
  type VideoFormatInit,
} from "@streamlib/core";
import type { NativeGpuDevice, NativeGpuStream } from "../../../ffi/mod.ts";
import { assertNothingLeft, findTestGpu, openTestGpu } from "../../../ffi/testing/gpu.ts";
import { fromRgb, psnr, randomOf, readSamples, toRgb, writeSamples } from "../testing/edge_reference.ts";
import { spirvObjections } from "../testing/spirv_val.ts";
import { type EdgeChroma, type EdgePass, loadPass, storePass } from "./edge_pass.ts";

const info = findTestGpu();
const { library } = await loadNative();
const SLOW = { timeout: 120_000 };
const what = "Cannot try";

const all = Object.keys(PIXEL_FORMATS) as PixelFormat[];
const possible = all.filter((name) => {
  const sampling = PIXEL_FORMATS[name].group?.sampling ?? "RGB";
  return sampling === "RGB" || sampling.startsWith("YCbCr");
});
/** Those that the CPU converts, too. */
const known = possible.filter((name) => PIXEL_FORMATS[name].counterparts.length > 0);

function formatOf(pixelFormat: PixelFormat, more: Partial<VideoFormatInit> = {}): VideoFormat {
  return videoFormat({ pixelFormat, width: 46, height: 18, rate: 60, ...more });
}

/** The same with rows that begin at words of 32 bits, and with rows that do not: each has shaders of its own. */
function aligned(format: VideoFormat, isAligned: boolean): VideoFormat {
  const strides = format.strides.map((stride) => isAligned ? Math.ceil(stride / 4) * 4 : stride + 1 - stride % 2);
  return { ...format, strides };
}

function isFloat(format: VideoFormat): boolean {
  return format.pixelFormat.endsWith("16f");
}

/** Pictures to try, and whether rows begin at words. */
const VARIANTS = [["noise", true], ["noise", false], ["picture", true], ["picture", false]] as const;

/** Codes of noise, or of a picture: soft slopes with hard edges. */
function codesOf(format: VideoFormat, kind: "noise" | "picture"): (component: number, at: number) => number {
  const random = randomOf(7);
  const { bitDepth, sampling, model } = PIXEL_FORMATS[format.pixelFormat];
  const top = 2 ** bitDepth - 1;
  return (component, at) => {
    if (kind === "noise") return Math.floor(random() * (isFloat(format) ? 0x3c00 : top + 1));
    if (component === 3) return top;
    const isChroma = model === "yuv" && component > 0;
    const width = isChroma && sampling !== "4:4:4" ? format.width / 2 : format.width;
    const height = isChroma && sampling === "4:2:0" ? format.height / 2 : format.height;
    const [x, y] = [at % width / width, Math.floor(at / width) / height];
    const value = isChroma
      ? 0.5 + 0.15 * Math.sin(5 * x + component) * Math.cos(4 * y)
      : 0.5 + 0.3 * Math.sin(9 * x + 3 * y + component) + (x + y > 1 ? 0.15 : -0.15);
    return isFloat(format) ? halfOf(isChroma ? value - 0.5 : value) : Math.round(value * top);
  };
}

const half = new DataView(new ArrayBuffer(4));

/** A half float by cutting a float; values from 2^-14 on. */
function halfOf(value: number): number {
  half.setFloat32(0, value);
  const bits = half.getUint32(0);
  const exponent = (bits >> 23 & 255) - 112;
  return exponent <= 0 ? 0 : (bits >>> 31) << 15 | exponent << 10 | bits >> 13 & 1023;
}

function filled(format: VideoFormat, kind: "noise" | "picture"): Uint8Array {
  const data = new Uint8Array(frameBytes(format));
  // Bytes between rows are not looked at.
  writeSamples(format, data, codesOf(format, kind), 0xa5);
  return data;
}

/** Runs passes on the device of tests. */
class Bench {
  readonly device: NativeGpuDevice;
  readonly stream: NativeGpuStream;
  readonly #pipelines: Map<string, number> = new Map();
  readonly #sampler: number;

  constructor() {
    this.device = openTestGpu(info!);
    this.stream = this.device.openStream({ stagingBytes: 1 << 22 });
    this.#sampler = this.device.createSampler("nearest").handle;
  }

  #pipeline(pass: EdgePass): number {
    let handle = this.#pipelines.get(pass.key);
    if (handle === undefined) {
      assert.equal(spirvObjections(pass.words), "", pass.key);
      this.#pipelines.set(pass.key, handle = this.device.createPipeline(pass.words).handle);
    }
    return handle;
  }

  /** The bytes of an upload and a download. */
  async through(
    from: VideoFormat,
    data: Uint8Array,
    image: GpuPixelFormat,
    to: VideoFormat,
    chroma: EdgeChroma = "filtered",
  ): Promise<Uint8Array> {
    const load = await loadPass(from, image, what);
    const store = await storePass(to, chroma, what);
    const source = this.device.createBuffer(load.bufferBytes);
    const picture = this.device.createImage(from.width, from.height, image);
    const target = this.device.createBuffer(store.bufferBytes, "download");
    this.stream.begin();
    const staged = new Uint8Array(load.bufferBytes);
    staged.set(data);
    assert.ok(this.stream.upload({ handle: source.handle }, staged));
    this.stream.dispatch({
      pipeline: this.#pipeline(load),
      groups: load.groups,
      bindings: [{ binding: 0, place: { handle: source.handle } }, { binding: 1, place: { handle: picture.handle } }],
      push: load.push,
    });
    this.stream.dispatch({
      pipeline: this.#pipeline(store),
      groups: store.groups,
      bindings: [
        { binding: 0, place: { handle: picture.handle }, sampler: this.#sampler },
        { binding: 1, place: { handle: target.handle } },
      ],
      push: store.push,
    });
    await this.stream.done(this.stream.submit());
    const out = new Uint8Array(frameBytes(to));
    assert.ok(target.read(0, out));
    for (const one of [source, picture, target]) one.close();
    return out;
  }
}

/** The least and where it was. */
class Least {
  value = Infinity;
  where = "";

  note(value: number, where: string): void {
    if (value < this.value) [this.value, this.where] = [value, where];
  }
}

function peakOf(format: VideoFormat): number {
  return isFloat(format) ? 1 : 2 ** PIXEL_FORMATS[format.pixelFormat].bitDepth - 1;
}

/** Codes of all components, one after the other. */
function flat(format: VideoFormat, data: Uint8Array): number[] {
  const { components, widths } = readSamples(format, data);
  const { sampling } = PIXEL_FORMATS[format.pixelFormat];
  return components.flatMap((plane, k) => {
    const rows = (k === 1 || k === 2) && sampling === "4:2:0" ? format.height / 2 : format.height;
    return [...plane.subarray(0, widths[k] * rows)];
  });
}

/** A picture as it is read back without rounding: R G B of 16 bits. */
function exactOf({ width, height }: VideoFormat): VideoFormat {
  return formatOf("pgroup/RGB/16", { width, height });
}

describe("edges of the GPU", { ...SLOW, skip: info === undefined }, () => {
  let bench: Bench | undefined;
  const open = (): Bench => bench ??= new Bench();

  after(async () => {
    await bench?.device.close();
    assertNothingLeft();
  });

  it("load every format that the CPU converts as it does", { ...SLOW, skip: library === undefined }, async () => {
    const least = new Least();
    for (const pixelFormat of known) {
      for (const colorSpace of ["bt601", "bt709", "bt2020"] as const) {
        for (const range of ["narrow", "full"] as const) {
          if (PIXEL_FORMATS[pixelFormat].model === "rgb" && range === "narrow") continue;
          for (const [kind, isAligned] of VARIANTS) {
            const from = aligned(formatOf(pixelFormat, { colorSpace, range, alpha: "opaque" }), isAligned);
            const to = formatOf("rgba8", { alpha: "opaque" });
            const data = filled(from, kind);
            const want = new Uint8Array(frameBytes(to));
            convertFrame({ data, format: from }, { data: want, format: to });
            for (let at = 3; at < want.length; at += 4) want[at] = 255;
            const got = await open().through(from, data, "rgba8", to);
            least.note(psnr(got, want, 255), `${pixelFormat} ${colorSpace} ${range} ${kind} ${isAligned}`);
          }
        }
      }
    }
    assert.ok(least.value >= 60, `${least.where}: ${least.value} dB`);
  });

  it("store every format that the CPU converts as it does", { ...SLOW, skip: library === undefined }, async () => {
    const least = new Least();
    for (const pixelFormat of known) {
      for (const colorSpace of ["bt601", "bt709", "bt2020"] as const) {
        for (const range of ["narrow", "full"] as const) {
          if (PIXEL_FORMATS[pixelFormat].model === "rgb" && range === "narrow") continue;
          for (const [kind, isAligned] of VARIANTS) {
            const from = formatOf("rgba8", { alpha: "opaque" });
            const to = aligned(formatOf(pixelFormat, { colorSpace, range, alpha: "opaque" }), isAligned);
            const data = filled(from, kind);
            for (let at = 3; at < data.length; at += 4) data[at] = 255;
            const want = new Uint8Array(frameBytes(to));
            convertFrame({ data, format: from }, { data: want, format: to });
            const got = await open().through(from, data, "rgba8", to);
            least.note(
              psnr(flat(to, got), flat(to, want), peakOf(to)),
              `${pixelFormat} ${colorSpace} ${range} ${kind} ${isAligned}`,
            );
          }
        }
      }
    }
    assert.ok(least.value >= 60, `${least.where}: ${least.value} dB`);
  });

  it("load every format by floats as it is in double precision", SLOW, async () => {
    const least = new Least();
    for (const pixelFormat of possible) {
      for (const range of ["narrow", "full"] as const) {
        for (const [kind, isAligned] of VARIANTS) {
          const from = aligned(formatOf(pixelFormat, { range, colorSpace: "bt2020", alpha: "opaque" }), isAligned);
          const data = filled(from, kind);
          const to = exactOf(from);
          const want = toRgb(from, data).map((value) => 65535 * Math.min(1, Math.max(0, value)));
          const got = await open().through(from, data, "rgba32-float", to);
          const { components } = readSamples(to, got);
          const planes = components.map((plane, k) => psnr(plane, want.filter((_, i) => i % 3 === k), 65535));
          least.note(Math.min(...planes), `${pixelFormat} ${range} ${kind} ${isAligned}`);
        }
      }
    }
    assert.ok(least.value >= 90, `${least.where}: ${least.value} dB`);
  });

  it("store every format by floats as it is in double precision, chroma filtered or not", SLOW, async () => {
    const off: string[] = [];
    for (const pixelFormat of possible) {
      for (const range of ["narrow", "full"] as const) {
        for (
          const [chroma, isAligned] of [["filtered", false], ["filtered", true], ["sited", false], [
            "sited",
            true,
          ]] as const
        ) {
          const from = formatOf("pgroup/RGB/16");
          const to = aligned(formatOf(pixelFormat, { range, colorSpace: "bt601", alpha: "opaque" }), isAligned);
          const data = filled(from, "noise");
          const planes = fromRgb(to, toRgb(from, data), chroma === "filtered");
          const got = await open().through(from, data, "rgba32-float", to, chroma);
          const { components } = readSamples(to, got);
          const step = isFloat(to) ? 1 / 2048 : 0.51;
          const top = peakOf(to);
          for (const [k, plane] of planes.entries()) {
            const isOff = (value: number, at: number): boolean =>
              !(Math.abs(components[k][at] - (isFloat(to) ? value : Math.min(top, Math.max(0, value)))) <= step);
            const at = plane.findIndex(isOff);
            if (at >= 0) {
              off.push(
                `${pixelFormat} ${range} ${chroma} ${isAligned}, component ${k}: ${components[k][at]} for ${plane[at]}`,
              );
            }
          }
        }
      }
    }
    assert.deepEqual(off, []);
  });

  it("leave zeros between rows, and read over what is there, with any strides", SLOW, async () => {
    for (const pixelFormat of possible) {
      const width = PIXEL_FORMATS[pixelFormat].widthStep === 2 ? 6 : 5;
      const tight = formatOf(pixelFormat, { width, height: 6, alpha: "opaque" });
      const picture = filled(formatOf("pgroup/RGB/16", { width, height: 6 }), "noise");
      const want = await open().through(exactOf(tight), picture, "rgba32-float", tight);
      for (const padding of [1, 2, 3, 4, 7, 130]) {
        const strides = tight.strides.map((stride, plane) => stride + padding + plane);
        const wide = formatOf(pixelFormat, { width, height: 6, strides, alpha: "opaque" });
        const got = await open().through(exactOf(tight), picture, "rgba32-float", wide);
        const expected = new Uint8Array(frameBytes(wide));
        const noisy = new Uint8Array(frameBytes(wide)).fill(0x5a);
        for (const [plane, { offsetBytes, strideBytes, rows }] of planesOf(wide).entries()) {
          const from = planesOf(tight)[plane];
          for (let row = 0; row < rows; row++) {
            const start = from.offsetBytes + row * from.strideBytes;
            expected.set(want.subarray(start, start + from.strideBytes), offsetBytes + row * strideBytes);
            noisy.set(want.subarray(start, start + from.strideBytes), offsetBytes + row * strideBytes);
          }
        }
        assert.deepEqual(got, expected, `${pixelFormat}, ${padding} bytes more`);
        const [one, other] = [
          await open().through(tight, want, "rgba32-float", exactOf(tight)),
          await open().through(wide, noisy, "rgba32-float", exactOf(tight)),
        ];
        assert.deepEqual(other, one, `${pixelFormat}, read with ${padding} bytes more`);
      }
    }
  });

  it("keep codes as far as the pixels of the GPU do", SLOW, async () => {
    const cases: [PixelFormat, GpuPixelFormat, number][] = [
      ["pgroup/RGB/8", "rgba8", 0],
      ["pgroup/RGB/16", "rgba16", 0],
      ["pgroup/RGB/16", "rgba32-float", 0],
      ["pgroup/RGB/16f", "rgba16-float", 0],
      ["pgroup/RGB/10", "rgba16-float", 0],
      ["pgroup/RGB/12", "rgba16-float", 1],
      ["pgroup/YCbCr-4:4:4/10", "rgba16-float", 1],
      ["pgroup/YCbCr-4:2:2/10", "rgba16-float", 1],
      ["v210", "rgba16-float", 1],
      ["pgroup/YCbCr-4:2:2/12", "rgba32-float", 0],
      ["pgroup/YCbCr-4:4:4/16", "rgba32-float", 1],
      ["pgroup/YCbCr-4:2:2/16f", "rgba32-float", 0],
    ];
    for (const [pixelFormat, image, difference] of cases) {
      const format = formatOf(pixelFormat);
      const before = filled(format, "noise");
      const after = flat(format, await open().through(format, before, image, format, "sited"));
      const off = flat(format, before).reduce((most, code, at) => Math.max(most, Math.abs(code - after[at])), 0);
      // A half float of 16 bits and its neighbour differ in the last of eleven.
      const allowed = isFloat(format) && image !== "rgba16-float" ? 2 ** -11 : difference;
      assert.ok(off <= allowed, `${pixelFormat} in ${image}: ${off} codes`);
    }
  });

  it("pack large pictures whole", SLOW, async () => {
    const format = formatOf("rgba8", { width: 1002, height: 600, alpha: "premultiplied" });
    const data = filled(format, "noise");
    assert.deepEqual(await open().through(format, data, "rgba8", format), data);
    const odd = { ...format, strides: [4010] };
    const wide = await open().through(format, data, "rgba8", odd);
    for (const row of [0, 1, 299, 598, 599]) {
      assert.deepEqual(wide.subarray(row * 4010, row * 4010 + 4008), data.subarray(row * 4008, row * 4008 + 4008));
    }
  });

  it("refuse what is neither R'G'B' nor Y'CbCr, and so does the CPU", SLOW, async () => {
    const others = all.filter((name) => !possible.includes(name));
    assert.equal(others.length, 34);
    for (const pixelFormat of others) {
      const format = formatOf(pixelFormat);
      const error = {
        code: "format-invalid",
        message: new RegExp(`^Cannot try: ${pixelFormat} is neither R'G'B' nor Y'CbCr`),
      };
      await assert.rejects(() => loadPass(format, "rgba8", what), error);
      await assert.rejects(() => storePass(format, "filtered", what), error);
      const frames = [format, formatOf("rgba8")].map((one) => ({ data: new Uint8Array(frameBytes(one)), format: one }));
      assert.throws(() => convertFrame(frames[0], frames[1]), { code: "format-invalid" });
    }
  });
});
