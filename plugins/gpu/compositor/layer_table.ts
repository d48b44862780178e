/**
 * What the shader of the compositor is told of each picture.
 *
 * @module
 */
import { COMPOSITE_PICTURES } from "./composite_glsl.ts";

/** A picture, where it is laid. */
export interface LaidPicture {
  /** Column of the result under its left edge; may be negative or beyond the edge. */
  readonly x: number;
  /** Row of the result under its top edge. */
  readonly y: number;
  /** Columns that it has. */
  readonly width: number;
  /** Rows that it has. */
  readonly height: number;
  /** Columns of the result that it covers. */
  readonly laidWidth: number;
  /** Rows of the result that it covers. */
  readonly laidHeight: number;
  /** 0 to 1. */
  readonly opacity: number;
  /** Whether its alpha is not looked at. */
  readonly isOpaque: boolean;
}

const ENTRY_BYTES = 48;

/** The uniform buffer `Layers` of the shader, on the host. */
export class LayerTable {
  /** As the shader reads it, 816 bytes. */
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(COMPOSITE_PICTURES * ENTRY_BYTES);
  readonly #view: DataView<ArrayBuffer> = new DataView(this.bytes.buffer);

  /** Writes a picture, the lowest at 0. @returns Whether it is another than was there. */
  put(index: number, picture: LaidPicture): boolean {
    const { x, y, width, height, laidWidth, laidHeight, opacity, isOpaque } = picture;
    const base = index * ENTRY_BYTES;
    const before = this.bytes.slice(base, base + ENTRY_BYTES);
    const isScaled = laidWidth !== width || laidHeight !== height;
    const whole = (offset: number, values: readonly number[]): void =>
      values.forEach((value, i) => this.#view.setInt32(base + offset + 4 * i, value, true));
    const float = (offset: number, values: readonly number[]): void =>
      values.forEach((value, i) => this.#view.setFloat32(base + offset + 4 * i, value, true));
    whole(0, [x, y, x + laidWidth, y + laidHeight]);
    float(16, [width / laidWidth, height / laidHeight]);
    whole(24, [width - 1, height - 1]);
    float(32, [opacity]);
    whole(36, [isOpaque ? 1 : 0, isScaled ? 1 : 0]);
    return before.some((byte, i) => byte !== this.bytes[base + i]);
  }
}
