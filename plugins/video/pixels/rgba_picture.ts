/** Pictures in RGBA, the form in which the compositor works. */

/**
 * RGBA pixels, one byte each; row `r` begins at `r × strides[0]`. The bytes belong to whoever made the object. (It
 * has the form that the native library takes: nothing is made anew per call.)
 */
export interface RgbaPicture {
  /** The pixels. */
  readonly data: Uint8Array;
  /** Always `"rgba8"`. */
  readonly format: "rgba8";
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Bytes from one row to the next, at least `width × 4`. */
  readonly strides: readonly [number];
}

/** How a picture's colours go with its alpha: alpha is ignored, is still to be applied, was multiplied in already. */
export type BlendMode = "opaque" | "straight" | "premultiplied";

/** Where and how a picture is laid over another. */
export interface Blend {
  /** Column of the destination under the source's left column; may be negative or beyond the edge. */
  readonly x: number;
  /** Row of the destination under the source's top row. */
  readonly y: number;
  /** 0 (not seen) to 255 (fully). */
  readonly opacity: number;
  /** What the source's alpha means. */
  readonly mode: BlendMode;
}

/** RGBA pixels in memory that there is. */
export function rgbaPicture(data: Uint8Array, width: number, height: number, strideBytes: number): RgbaPicture {
  return { data, format: "rgba8", width, height, strides: [strideBytes] };
}

/** A picture of zeroed memory (transparent black), rows without padding. */
export function makeRgbaPicture(width: number, height: number): RgbaPicture {
  return rgbaPicture(new Uint8Array(width * height * 4), width, height, width * 4);
}
