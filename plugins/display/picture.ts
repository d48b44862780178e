/**
 * From a frame in any pixel format to a small RGBA picture: converted and scaled down, off the loop that ticks.
 *
 * Each pixel of the picture is the mean of the block of source pixels under it, so that thin lines stay visible.
 * Y′CbCr is converted with the frame's own matrix and range into 8-bit full-range R′G′B′; primaries and transfer curve
 * are left as they are. Alpha is shown over black.
 *
 * @module
 */
import {
  convertFrame,
  type FrameBytes,
  frameBytes,
  pixelFormatInfo,
  type VideoFormat,
  videoFormat,
} from "@streamlib/core";

/** Width and height in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Size of the picture of a frame: at most `widthMax` wide, never larger than the frame, with its shape. */
export function pictureSize(frame: PictureSize, widthMax: number): PictureSize {
  const width = Math.min(frame.width, widthMax);
  return { width, height: Math.max(1, Math.round((frame.height * width) / frame.width)) };
}

/** Makes pictures of frames. Holds its working memory, so one object serves one stream. */
export class PictureMaker {
  /** Of the frame in RGBA; grows to the largest frame. */
  #converted: Uint8Array = new Uint8Array(0);

  /**
   * Converts and scales.
   *
   * @param pixels The frame, its rows without padding; 4-byte aligned. Only read.
   * @param format Its format; the strides are not looked at.
   * @param size Of the picture; not larger than the frame.
   * @param into R G B A with A = 255, `width * height * 4` bytes, 4-byte aligned.
   */
  make(pixels: Uint8Array, format: VideoFormat, size: PictureSize, into: Uint8ClampedArray): void {
    const isRgb = pixelFormatInfo(format.pixelFormat).model === "rgb";
    const source = format.pixelFormat === "rgba8" ? pixels : this.#rgbaOf(pixels, format, isRgb);
    const words = new Uint32Array(into.buffer, into.byteOffset, size.width * size.height);
    boxRgba(
      new Uint32Array(source.buffer, source.byteOffset, format.width * format.height),
      format,
      size,
      words,
      format.alpha === "straight",
    );
    if (isRgb && format.range === "narrow") widenRange(into);
  }

  #rgbaOf(pixels: Uint8Array, format: VideoFormat, isRgb: boolean): Uint8Array {
    const { pixelFormat, width, height, rate, colorSpace, range, alpha } = format;
    const target = videoFormat({ pixelFormat: "rgba8", width, height, rate, alpha });
    const bytes = frameBytes(target);
    if (this.#converted.length < bytes) this.#converted = new Uint8Array(bytes);
    // Between two RGB formats the codes are moved, whatever they mean; they are widened once the picture is small.
    const colors = isRgb ? {} : { colorSpace, range };
    const source: FrameBytes = {
      data: pixels,
      format: videoFormat({ pixelFormat, width, height, rate, alpha, ...colors }),
    };
    convertFrame(source, { data: this.#converted, format: target });
    return this.#converted;
  }
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

function boxRgba(
  source: Uint32Array,
  from: PictureSize,
  to: PictureSize,
  into: Uint32Array,
  isStraight: boolean,
): void {
  const columns = spans(from.width, to.width);
  const rows = spans(from.height, to.height);
  const isWhole = from.width === to.width && from.height === to.height;
  const isHalf = from.width === 2 * to.width && from.height === 2 * to.height;
  for (let y = 0, at = 0; y < to.height; y++) {
    const top = rows.starts[y];
    const bottom = rows.ends[y];
    for (let x = 0; x < to.width; x++, at++) {
      const left = columns.starts[x];
      if (isWhole && (!isStraight || source[at] >>> 24 === 255)) {
        into[at] = 0xff000000 | source[at];
        continue;
      }
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

/** Narrow-range R′G′B′ (16–235) to full range. */
function widenRange(bytes: Uint8ClampedArray): void {
  for (let i = 0; i < bytes.length; i++) if ((i & 3) !== 3) bytes[i] = ((bytes[i] - 16) * 255) / 219;
}
