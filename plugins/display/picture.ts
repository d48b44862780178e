/**
 * From a frame in any shown pixel format to a small RGBA picture: scaled down and converted in one go, off the loop
 * that ticks.
 *
 * Each pixel of the picture is the mean of the block of source pixels under it, so that thin lines stay visible; chroma
 * samples that are too few are repeated. Y′CbCr is converted with the frame's own matrix and range (ITU-R BT.601,
 * BT.709, BT.2020 §4) into 8-bit full-range R′G′B′; primaries and transfer curve are left as they are. Alpha is shown
 * over black.
 *
 * @module
 */
import type { ColorRange, ColorSpace, PixelFormat, VideoFormat } from "@streamlib/core";

/** Width and height in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Where the samples of one component lie in a frame without padding, counted in samples. */
interface Component {
  readonly offset: (width: number, height: number) => number;
  readonly step: number;
  readonly rowSamples: (width: number) => number;
  readonly xStep: 1 | 2;
  readonly yStep: 1 | 2;
}

interface YuvLayout {
  readonly bits: 8 | 10;
  /** Y, Cb, Cr. */
  readonly components: readonly [Component, Component, Component];
}

function component(
  offset: Component["offset"],
  rowSamples: Component["rowSamples"],
  step: number,
  xStep: 1 | 2,
  yStep: 1 | 2,
): Component {
  return { offset, rowSamples, step, xStep, yStep };
}

function planar(bits: 8 | 10, xStep: 1 | 2, yStep: 1 | 2): YuvLayout {
  const chroma = (w: number, h: number): number => (w / xStep) * (h / yStep);
  return {
    bits,
    components: [
      component(() => 0, (w) => w, 1, 1, 1),
      component((w, h) => w * h, (w) => w / xStep, 1, xStep, yStep),
      component((w, h) => w * h + chroma(w, h), (w) => w / xStep, 1, xStep, yStep),
    ],
  };
}

const YUV: Partial<Record<PixelFormat, YuvLayout>> = {
  i420: planar(8, 2, 2),
  yuv422p10le: planar(10, 2, 1),
  yuv444p10le: planar(10, 1, 1),
  nv12: {
    bits: 8,
    components: [
      component(() => 0, (w) => w, 1, 1, 1),
      component((w, h) => w * h, (w) => w, 2, 2, 2),
      component((w, h) => w * h + 1, (w) => w, 2, 2, 2),
    ],
  },
  uyvy8: {
    bits: 8,
    components: [
      component(() => 1, (w) => 2 * w, 2, 1, 1),
      component(() => 0, (w) => 2 * w, 4, 2, 1),
      component(() => 2, (w) => 2 * w, 4, 2, 1),
    ],
  },
};

/** Pixel formats that can be shown. */
export const SHOWN_FORMATS: readonly PixelFormat[] = [
  "rgba8",
  "bgra8",
  ...Object.keys(YUV) as PixelFormat[],
];

/** Size of the picture of a frame: at most `widthMax` wide, never larger than the frame, with its shape. */
export function pictureSize(frame: PictureSize, widthMax: number): PictureSize {
  const width = Math.min(frame.width, widthMax);
  return { width, height: Math.max(1, Math.round((frame.height * width) / frame.width)) };
}

/** Makes pictures of frames. Holds its working memory, so one object serves one stream. */
export class PictureMaker {
  #planes: [Uint8Array, Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)];
  #matrix: Matrix | undefined;
  #matrixName = "";

  /**
   * Scales and converts.
   *
   * @param pixels The frame, its rows without padding; 4-byte aligned. Only read.
   * @param format Its format; one of {@linkcode SHOWN_FORMATS}.
   * @param size Of the picture; not larger than the frame.
   * @param into R G B A with A = 255, `width * height * 4` bytes, 4-byte aligned.
   * @throws {TypeError} If the format cannot be shown.
   */
  make(pixels: Uint8Array, format: VideoFormat, size: PictureSize, into: Uint8ClampedArray): void {
    const words = new Uint32Array(into.buffer, into.byteOffset, size.width * size.height);
    const layout = YUV[format.pixelFormat];
    if (layout) return this.#makeOfYuv(layout, pixels, format, size, words);
    if (format.pixelFormat !== "rgba8" && format.pixelFormat !== "bgra8") {
      throw new TypeError(
        `Cannot show pixel format ${format.pixelFormat}: shown are ${SHOWN_FORMATS.join(", ")}`,
      );
    }
    const source = new Uint32Array(pixels.buffer, pixels.byteOffset, format.width * format.height);
    boxRgba(source, format, size, words, format.alpha === "straight");
    if (format.pixelFormat === "bgra8") swapRedAndBlue(words);
    if (format.range === "narrow") widenRange(into);
  }

  #makeOfYuv(layout: YuvLayout, pixels: Uint8Array, format: VideoFormat, size: PictureSize, into: Uint32Array): void {
    const { width, height } = format;
    const samples = layout.bits === 8
      ? pixels
      : new Uint16Array(pixels.buffer, pixels.byteOffset, pixels.byteLength >> 1);
    const count = size.width * size.height;
    for (const [i, part] of layout.components.entries()) {
      if (this.#planes[i].length !== count) this.#planes[i] = new Uint8Array(count);
      boxPlane(samples, this.#planes[i], {
        offset: part.offset(width, height),
        step: part.step,
        rowSamples: part.rowSamples(width),
        from: { width: width / part.xStep, height: height / part.yStep },
        to: size,
        shift: layout.bits - 8,
      });
    }
    const name = `${format.colorSpace} ${format.range}`;
    if (this.#matrixName !== name) {
      this.#matrix = makeMatrix(format.colorSpace, format.range);
      this.#matrixName = name;
    }
    applyMatrix(this.#matrix!, this.#planes, into);
  }
}

interface PlaneWork {
  readonly offset: number;
  readonly step: number;
  readonly rowSamples: number;
  readonly from: PictureSize;
  readonly to: PictureSize;
  /** Bits above eight. */
  readonly shift: number;
}

/** First and last-plus-one source index under each index of the picture. */
function spans(from: number, to: number): { starts: Int32Array; ends: Int32Array } {
  const starts = new Int32Array(to);
  const ends = new Int32Array(to);
  for (let i = 0; i < to; i++) {
    starts[i] = Math.floor((i * from) / to);
    ends[i] = Math.max(starts[i] + 1, Math.floor(((i + 1) * from) / to));
  }
  return { starts, ends };
}

function boxPlane(source: Uint8Array | Uint16Array, into: Uint8Array, work: PlaneWork): void {
  const { from, to } = work;
  const isHalfHeight = from.height === 2 * to.height;
  if (isHalfHeight && (from.width === 2 * to.width || from.width === to.width)) return halvePlane(source, into, work);
  if (from.width <= to.width && from.height <= to.height) return repeatPlane(source, into, work);
  const { offset, step, rowSamples, shift } = work;
  const columns = spans(from.width, to.width);
  const rows = spans(from.height, to.height);
  for (let y = 0, at = 0; y < to.height; y++) {
    const top = rows.starts[y];
    const bottom = rows.ends[y];
    for (let x = 0; x < to.width; x++) {
      const left = columns.starts[x];
      const right = columns.ends[x];
      let sum = 0;
      for (let row = top; row < bottom; row++) {
        const start = offset + row * rowSamples;
        for (let column = left; column < right; column++) sum += source[start + column * step];
      }
      const weight = ((bottom - top) * (right - left)) << shift;
      const mean = Math.floor((sum + (weight >> 1)) / weight);
      into[at++] = mean > 255 ? 255 : mean;
    }
  }
}

/** Two rows into one, and two columns into one or each column for itself. */
function halvePlane(source: Uint8Array | Uint16Array, into: Uint8Array, work: PlaneWork): void {
  const { offset, step, rowSamples, from, to } = work;
  const isHalfWidth = from.width === 2 * to.width;
  const across = isHalfWidth ? step : 0;
  const onward = isHalfWidth ? 2 * step : step;
  const shift = work.shift + 2;
  const half = 1 << (shift - 1);
  const top = (255 << shift) + half;
  for (let y = 0, at = 0; y < to.height; y++) {
    let i = offset + 2 * y * rowSamples;
    let j = i + rowSamples;
    for (let x = 0; x < to.width; x++, i += onward, j += onward) {
      const sum = source[i] + source[i + across] + source[j] + source[j + across] + half;
      into[at++] = (sum > top ? top : sum) >> shift;
    }
  }
}

/** As many samples as pixels, or fewer: each is taken as it is. */
function repeatPlane(source: Uint8Array | Uint16Array, into: Uint8Array, work: PlaneWork): void {
  const { offset, step, rowSamples, from, to, shift } = work;
  const columns = spans(from.width, to.width).starts.map((column) => column * step);
  const half = (1 << shift) >> 1;
  const isSame = from.width === to.width && step === 1 && shift === 0;
  for (let y = 0, at = 0; y < to.height; y++) {
    const start = offset + Math.floor((y * from.height) / to.height) * rowSamples;
    if (isSame) {
      into.set(source.subarray(start, start + to.width), at);
      at += to.width;
      continue;
    }
    for (let x = 0; x < to.width; x++) {
      const code = (source[start + columns[x]] + half) >> shift;
      into[at++] = code > 255 ? 255 : code;
    }
  }
}

function boxRgba(
  source: Uint32Array,
  from: PictureSize,
  to: PictureSize,
  into: Uint32Array,
  isStraight: boolean,
): void {
  const columns = spans(from.width, to.width);
  const rows = spans(from.height, to.height);
  const isHalf = from.width === 2 * to.width && from.height === 2 * to.height;
  for (let y = 0, at = 0; y < to.height; y++) {
    const top = rows.starts[y];
    const bottom = rows.ends[y];
    for (let x = 0; x < to.width; x++, at++) {
      const left = columns.starts[x];
      if (isHalf) {
        const i = top * from.width + left;
        const a = source[i];
        const b = source[i + 1];
        const c = source[i + from.width];
        const d = source[i + from.width + 1];
        if (!isStraight || (a & b & c & d) >>> 24 === 255) {
          const redBlue = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff) + 0x20002;
          const green = ((a >>> 8) & 255) + ((b >>> 8) & 255) + ((c >>> 8) & 255) + ((d >>> 8) & 255) + 2;
          into[at] = 0xff000000 | ((redBlue >>> 2) & 0xff00ff) | ((green >>> 2) << 8);
          continue;
        }
      }
      into[at] = meanOfBlock(source, from.width, left, columns.ends[x], top, bottom, isStraight);
    }
  }
}

function meanOfBlock(
  source: Uint32Array,
  width: number,
  left: number,
  right: number,
  top: number,
  bottom: number,
  isStraight: boolean,
): number {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let row = top; row < bottom; row++) {
    for (let i = row * width + left; i < row * width + right; i++) {
      const word = source[i];
      const alpha = isStraight ? word >>> 24 : 255;
      red += (word & 255) * alpha;
      green += ((word >>> 8) & 255) * alpha;
      blue += ((word >>> 16) & 255) * alpha;
    }
  }
  const weight = 255 * (bottom - top) * (right - left);
  const half = weight >> 1;
  return 0xff000000 | (Math.floor((blue + half) / weight) << 16) | (Math.floor((green + half) / weight) << 8) |
    Math.floor((red + half) / weight);
}

function swapRedAndBlue(words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    words[i] = (word & 0xff00ff00) | ((word & 255) << 16) | ((word >>> 16) & 255);
  }
}

/** Narrow-range R′G′B′ (16–235) to full range. */
function widenRange(bytes: Uint8ClampedArray): void {
  for (let i = 0; i < bytes.length; i++) if ((i & 3) !== 3) bytes[i] = ((bytes[i] - 16) * 255) / 219;
}

/** Tables in 16.16 fixed point, indexed by code value. */
interface Matrix {
  readonly luma: Int32Array;
  readonly redOfCr: Int32Array;
  readonly greenOfCb: Int32Array;
  readonly greenOfCr: Int32Array;
  readonly blueOfCb: Int32Array;
}

/** Weights of red and blue in luma: BT.601 §2.5.1, BT.709 §3.2, BT.2020 table 4. */
const WEIGHTS: Record<ColorSpace, { red: number; blue: number }> = {
  bt601: { red: 0.299, blue: 0.114 },
  bt709: { red: 0.2126, blue: 0.0722 },
  bt2020: { red: 0.2627, blue: 0.0593 },
};

function makeMatrix(colorSpace: ColorSpace, range: ColorRange): Matrix {
  const { red, blue } = WEIGHTS[colorSpace];
  const green = 1 - red - blue;
  const lumaGain = range === "narrow" ? 255 / 219 : 1;
  const chromaGain = range === "narrow" ? 255 / 224 : 1;
  const lumaZero = range === "narrow" ? 16 : 0;
  const table = (zero: number, gain: number, add: number): Int32Array =>
    Int32Array.from({ length: 256 }, (_, code) => Math.round(((code - zero) * gain + add) * 65536));
  return {
    luma: table(lumaZero, lumaGain, 0.5),
    redOfCr: table(128, 2 * (1 - red) * chromaGain, 0),
    greenOfCb: table(128, (-2 * blue * (1 - blue) * chromaGain) / green, 0),
    greenOfCr: table(128, (-2 * red * (1 - red) * chromaGain) / green, 0),
    blueOfCb: table(128, 2 * (1 - blue) * chromaGain, 0),
  };
}

function applyMatrix(matrix: Matrix, planes: readonly [Uint8Array, Uint8Array, Uint8Array], into: Uint32Array): void {
  const { luma, redOfCr, greenOfCb, greenOfCr, blueOfCb } = matrix;
  const [ys, cbs, crs] = planes;
  for (let i = 0; i < into.length; i++) {
    const y = luma[ys[i]];
    const cb = cbs[i];
    const cr = crs[i];
    const red = clamp((y + redOfCr[cr]) >> 16);
    const green = clamp((y + greenOfCb[cb] + greenOfCr[cr]) >> 16);
    const blue = clamp((y + blueOfCb[cb]) >> 16);
    into[i] = 0xff000000 | (blue << 16) | (green << 8) | red;
  }
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
