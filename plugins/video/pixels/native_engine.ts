/** Pixel work by the kernels of the native library. */
import type { NativeLibrary, RowRange } from "@streamlib/core";
import type { PixelEngine } from "./pixel_engine.ts";
import { type Blend, type BlendMode, makeRgbaPicture, type RgbaPicture } from "./rgba_picture.ts";

type NativePixel = NativeLibrary["native"]["pixel"];

/** The native engine of this thread. */
export class NativeEngine implements PixelEngine {
  readonly #pixel: NativePixel;
  #multiplied: RgbaPicture | undefined;

  constructor(pixel: NativePixel) {
    this.#pixel = pixel;
  }

  fill(picture: RgbaPicture, rows: RowRange, color: readonly [number, number, number]): void {
    const value = ((255 << 24) | (color[2] << 16) | (color[1] << 8) | color[0]) >>> 0;
    const rectangle = { x: 0, y: rows.start, columns: picture.width, rows: rows.end - rows.start };
    this.#pixel.fill(picture, rectangle, value);
  }

  blend(under: RgbaPicture, over: RgbaPicture, rows: RowRange, blend: Blend): void {
    this.#pixel.blend(under, over, blend, rows.start, rows.end - rows.start);
  }

  scale(to: RgbaPicture, from: RgbaPicture, mode: BlendMode): void {
    this.#pixel.scale(to, mode === "straight" ? this.#multiply(from) : from);
  }

  /** The kernel scales each component for itself, so colours are multiplied by alpha before. */
  #multiply(from: RgbaPicture): RgbaPicture {
    if (this.#multiplied?.width !== from.width || this.#multiplied.height !== from.height) {
      this.#multiplied = makeRgbaPicture(from.width, from.height);
    }
    const to = this.#multiplied;
    for (let row = 0; row < from.height; row++) {
      let at = row * to.strides[0];
      const end = row * from.strides[0] + from.width * 4;
      for (let source = row * from.strides[0]; source < end; source += 4, at += 4) {
        const alpha = from.data[source + 3];
        to.data[at] = (from.data[source] * alpha + 127) / 255;
        to.data[at + 1] = (from.data[source + 1] * alpha + 127) / 255;
        to.data[at + 2] = (from.data[source + 2] * alpha + 127) / 255;
        to.data[at + 3] = alpha;
      }
    }
    return to;
  }
}
