/**
 * Pixel formats sample by sample, and their conversion in double precision: what the shaders at the edges are held to.
 *
 * @module
 */
import { pixelFormatInfo, planesOf, type VideoFormat } from "@streamlib/core";

/** Codes of a frame: of each component one plane, as wide and high as it is sampled. */
export interface Samples {
  /** R G B, or Y Cb Cr; and alpha where there is one. */
  readonly components: readonly Float64Array[];
  /** Columns of each. */
  readonly widths: readonly number[];
}

/** The place of a sample: its first bit from the start of its row, the row's byte, and how bits lie. */
type Place = readonly [rowByte: number, bit: number];

const YCBCR_ORDER = [1, 0, 2];

/** Where sample (x, y) of component `k` lies. */
function placeOf(format: VideoFormat, k: number, x: number, y: number): Place {
  const { group, sampling, bitDepth: bits } = pixelFormatInfo(format.pixelFormat);
  const planes = planesOf(format);
  const row = (plane: number, number: number): number => planes[plane].offsetBytes + number * planes[plane].strideBytes;
  switch (format.pixelFormat) {
    case "rgba8":
      return [row(0, y), 32 * x + 8 * k];
    case "bgra8":
      return [row(0, y), 32 * x + 8 * [2, 1, 0, 3][k]];
    case "i420":
      return [row(k, y), 8 * x];
    case "nv12":
      return k === 0 ? [row(0, y), 8 * x] : [row(1, y), 16 * x + 8 * (k - 1)];
    case "yuv422p10le":
    case "yuv444p10le":
      return [row(k, y), 16 * x];
    default: {
      if (!group || sampling === "4:2:2") {
        const n = k === 0 ? 2 * x + 1 : 4 * x + 2 * (k - 1);
        if (format.pixelFormat === "v210") return [row(0, y), Math.floor(n / 3) * 32 + (n % 3) * 10];
        return [row(0, y), n * bits];
      }
      if (sampling === "4:2:0") {
        if (k > 0) return [row(0, y), (6 * x + 3 + k) * bits];
        return [row(0, y >> 1), (6 * (x >> 1) + 2 * (y & 1) + (x & 1)) * bits];
      }
      const place = group.sampling.startsWith("YCbCr") ? YCBCR_ORDER[k] : k;
      return [row(0, y), (3 * x + place) * bits];
    }
  }
}

function isLittle({ pixelFormat }: VideoFormat): boolean {
  return pixelFormat.endsWith("le") || pixelFormat === "v210";
}

function forEachSample(
  format: VideoFormat,
  visit: (k: number, at: number, place: Place, bits: number) => void,
): number[] {
  const { sampling, bitDepth, alpha } = pixelFormatInfo(format.pixelFormat);
  const widths = [];
  for (let k = 0; k < (alpha ? 4 : 3); k++) {
    const isChroma = k === 1 || k === 2;
    const width = isChroma && sampling !== "4:4:4" ? format.width / 2 : format.width;
    const height = isChroma && sampling === "4:2:0" ? format.height / 2 : format.height;
    widths.push(width);
    for (let at = 0; at < width * height; at++) {
      visit(k, at, placeOf(format, k, at % width, Math.floor(at / width)), bitDepth);
    }
  }
  return widths;
}

function bitOf(format: VideoFormat, [rowByte, bit]: Place, bits: number, i: number): [byte: number, shift: number] {
  // Bit i of a sample counts from its highest one.
  const at = isLittle(format) ? bit + bits - 1 - i : bit + i;
  return [rowByte + (at >> 3), isLittle(format) ? at & 7 : 7 - (at & 7)];
}

function halfValue(code: number): number {
  const [sign, exponent, fraction] = [code >> 15 ? -1 : 1, (code >> 10) & 31, code & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The half float nearest to a value within ±65504. */
export function halfCode(value: number): number {
  const magnitude = Math.abs(value);
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 1e-9)));
  const steps = Math.round(magnitude * 2 ** (10 - exponent));
  const code = (exponent + 14) * 1024 + steps;
  return (value < 0 ? 0x8000 : 0) + code;
}

/** Reads the codes of a frame; half floats as their values. */
export function readSamples(format: VideoFormat, data: Uint8Array): Samples {
  const components: Float64Array[] = [0, 1, 2, 3].map(() => new Float64Array(format.width * format.height));
  const isFloat = format.pixelFormat.endsWith("16f");
  const widths = forEachSample(format, (k, at, place, bits) => {
    let code = 0;
    for (let i = 0; i < bits; i++) {
      const [byte, shift] = bitOf(format, place, bits, i);
      code = 2 * code + ((data[byte] >> shift) & 1);
    }
    components[k][at] = isFloat ? halfValue(code) : code;
  });
  return { components: components.slice(0, widths.length), widths };
}

/** Writes a frame whose codes `codeAt` gives; what no sample fills is `fill`. */
export function writeSamples(
  format: VideoFormat,
  data: Uint8Array,
  codeAt: (component: number, at: number) => number,
  fill = 0,
): void {
  data.fill(fill);
  // What stands above ten bits in a word counts: it is zero.
  const isWord = format.pixelFormat.endsWith("le");
  forEachSample(format, (k, at, place, depth) => {
    const bits = isWord ? 16 : depth;
    const code = codeAt(k, at);
    for (let i = 0; i < bits; i++) {
      const [byte, shift] = bitOf(format, place, bits, i);
      data[byte] = (data[byte] & ~(1 << shift)) | (((code >> (bits - 1 - i)) & 1) << shift);
    }
  });
}

function spans(format: VideoFormat): { zero: number; span: number; middle: number; chroma: number } {
  const { bitDepth } = pixelFormatInfo(format.pixelFormat);
  if (format.pixelFormat.endsWith("16f")) return { zero: 0, span: 1, middle: 0, chroma: 1 };
  const unit = 1 << (bitDepth - 8);
  const top = 256 * unit - 1;
  return format.range === "narrow"
    ? { zero: 16 * unit, span: 219 * unit, middle: 128 * unit, chroma: 224 * unit }
    : { zero: 0, span: top, middle: 128 * unit, chroma: top };
}

const WEIGHTS = { bt601: [0.299, 0.114], bt709: [0.2126, 0.0722], bt2020: [0.2627, 0.0593] } as const;

/** Opaque R′G′B′ from 0 to 1, three numbers a pixel, of a frame's bytes. */
export function toRgb(format: VideoFormat, data: Uint8Array): Float64Array {
  const { components: [a, b, c] } = readSamples(format, data);
  const { model, sampling } = pixelFormatInfo(format.pixelFormat);
  const { zero, span, middle, chroma } = spans(format);
  const { width, height } = format;
  const out = new Float64Array(width * height * 3);
  const [red, blue] = WEIGHTS[format.colorSpace];
  const columns = sampling === "4:4:4" ? width : width / 2;
  const inRow = (plane: Float64Array, x: number, y: number): number => {
    if (sampling === "4:4:4") return plane[y * columns + x];
    const own = plane[y * columns + (x >> 1)];
    const next = plane[y * columns + Math.min((x >> 1) + 1, columns - 1)];
    return x % 2 === 0 ? own : (own + next) / 2;
  };
  const chromaAt = (plane: Float64Array, x: number, y: number): number => {
    if (sampling !== "4:2:0") return inRow(plane, x, y);
    const near = y >> 1;
    const far = y % 2 === 0 ? Math.max(near - 1, 0) : Math.min(near + 1, height / 2 - 1);
    return 0.75 * inRow(plane, x, near) + 0.25 * inRow(plane, x, far);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (model === "rgb") out.set([a[at], b[at], c[at]].map((code) => (code - zero) / span), 3 * at);
      else {
        const luma = (a[at] - zero) / span;
        const cb = (chromaAt(b, x, y) - middle) / chroma;
        const cr = (chromaAt(c, x, y) - middle) / chroma;
        const [r, blueness] = [luma + 2 * (1 - red) * cr, luma + 2 * (1 - blue) * cb];
        out.set([r, (luma - red * r - blue * blueness) / (1 - red - blue), blueness], 3 * at);
      }
    }
  }
  return out;
}

/** Codes, not rounded, of R′G′B′ with three numbers a pixel; chroma filtered, or taken where it lies. */
export function fromRgb(format: VideoFormat, rgb: Float64Array, isFiltered = true): Float64Array[] {
  const { model, sampling } = pixelFormatInfo(format.pixelFormat);
  const { zero, span, middle, chroma } = spans(format);
  const { width, height } = format;
  const planes = [0, 1, 2].map(() => new Float64Array(width * height));
  const [red, blue] = WEIGHTS[format.colorSpace];
  for (let at = 0; at < width * height; at++) {
    const [r, g, b] = rgb.subarray(3 * at, 3 * at + 3);
    const luma = red * r + (1 - red - blue) * g + blue * b;
    const codes = model === "rgb" ? [r, g, b].map((value) => zero + span * value) : [
      zero + span * luma,
      middle + chroma * (b - luma) / (2 - 2 * blue),
      middle + chroma * (r - luma) / (2 - 2 * red),
    ];
    planes.forEach((plane, k) => plane[at] = codes[k]);
  }
  if (sampling === "4:4:4") return planes;
  const rows = sampling === "4:2:0" ? 2 : 1;
  const halved = (plane: Float64Array): Float64Array => {
    const out = new Float64Array(width / 2 * (height / rows));
    for (let i = 0; i < out.length; i++) {
      const [x, y] = [i % (width / 2) * 2, Math.floor(i / (width / 2)) * rows];
      for (let row = y; row < y + rows; row++) {
        const value = (column: number): number => plane[row * width + Math.max(0, Math.min(width - 1, column))];
        out[i] += (isFiltered ? (value(x - 1) + 2 * value(x) + value(x + 1)) / 4 : value(x)) / rows;
      }
    }
    return out;
  };
  return [planes[0], halved(planes[1]), halved(planes[2])];
}

/** Peak signal-to-noise ratio in decibels; infinite if both are equal. */
export function psnr(one: ArrayLike<number>, other: ArrayLike<number>, peak: number): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i] - other[i]) ** 2;
  return 10 * Math.log10(peak * peak * one.length / sum);
}

/** Numbers from 0 up to 1, the same at every run. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}
