/** Laying one RGBA picture over another, in TypeScript: what is used where the native library is not. */
import type { RowRange } from "@streamlib/core";
import type { Blend, RgbaPicture } from "./rgba_picture.ts";

/** Fills rows of a picture with one opaque colour. */
export function fillRows(picture: RgbaPicture, rows: RowRange, color: readonly [number, number, number]): void {
  const [red, green, blue] = color;
  for (let row = rows.start; row < rows.end; row++) {
    const end = row * picture.strides[0] + picture.width * 4;
    for (let at = row * picture.strides[0]; at < end; at += 4) {
      picture.data[at] = red;
      picture.data[at + 1] = green;
      picture.data[at + 2] = blue;
      picture.data[at + 3] = 255;
    }
  }
}

/** `value / 255`, rounded, exact for 0 to 65025. */
function by255(value: number): number {
  const sum = value + 128;
  return (sum + (sum >> 8)) >> 8;
}

/** Lays a picture over an opaque one, in some rows of the latter; what stands out beyond its edges is cut off. */
export function blendRows(under: RgbaPicture, over: RgbaPicture, rows: RowRange, blend: Blend): void {
  const { x, y, opacity, mode } = blend;
  const left = Math.max(0, x);
  const right = Math.min(under.width, x + over.width);
  const top = Math.max(rows.start, y);
  const bottom = Math.min(rows.end, under.height, y + over.height);
  const multiplied = mode === "premultiplied";
  for (let row = top; row < bottom; row++) {
    let from = (row - y) * over.strides[0] + (left - x) * 4;
    let to = row * under.strides[0] + left * 4;
    for (let column = left; column < right; column++, from += 4, to += 4) {
      const alpha = mode === "opaque" ? opacity : by255(over.data[from + 3] * opacity);
      if (alpha === 0 && !multiplied) continue;
      const rest = 255 - alpha;
      const weight = multiplied ? opacity : alpha;
      for (let part = 0; part < 3; part++) {
        const sum = by255(over.data[from + part] * weight + under.data[to + part] * rest);
        under.data[to + part] = sum > 255 ? 255 : sum;
      }
    }
  }
}
