/**
 * From frames to JPEG pictures.
 *
 * The display's thread loads this while its server listens already: it is most of what the thread has to load.
 *
 * @module
 */
import { loadNative, type VideoFormat } from "@streamlib/core";
import { JpegEncoder } from "./jpeg_encoder.ts";
import { PictureMaker, pictureSize } from "./picture.ts";

/** A coded picture, and what it took. */
export interface CodedPicture {
  readonly jpeg: Uint8Array;
  readonly convertMs: number;
  readonly encodeMs: number;
}

/** Codes the frames of one stream. */
export class PictureCoder {
  readonly #maker = new PictureMaker();
  readonly #widthMax: number;
  readonly #quality: number;
  #encoder: JpegEncoder | undefined;

  private constructor(widthMax: number, quality: number) {
    this.#widthMax = widthMax;
    this.#quality = quality;
  }

  /** Makes one, with the native library where there is one. */
  static async open(widthMax: number, quality: number): Promise<PictureCoder> {
    await loadNative();
    return new PictureCoder(widthMax, quality);
  }

  /** Codes a frame whose rows have no padding. */
  code(pixels: Uint8Array, format: VideoFormat): CodedPicture {
    const size = pictureSize(format, this.#widthMax);
    const known = this.#encoder?.size;
    if (!this.#encoder || known?.width !== size.width || known.height !== size.height) {
      this.#encoder = new JpegEncoder(size);
    }
    const startMs = performance.now();
    this.#maker.make(pixels, format, size, this.#encoder.pixels);
    const convertedMs = performance.now();
    const jpeg = this.#encoder.encode(this.#quality);
    return { jpeg, convertMs: convertedMs - startMs, encodeMs: performance.now() - convertedMs };
  }
}
