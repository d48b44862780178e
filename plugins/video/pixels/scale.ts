/** Scaling of RGBA pictures, in TypeScript: what is used where the native library is not. */
import type { BlendMode, RgbaPicture } from "./rgba_picture.ts";

/**
 * Scales `from` to the size of `to`, bilinear, pixel centres aligned. Straight colours are weighted by their alpha,
 * so that the colour of transparent pixels does not bleed in: a straight source gives a premultiplied result.
 */
export function scalePicture(to: RgbaPicture, from: RgbaPicture, mode: BlendMode): void {
  const columns = taps(to.width, from.width);
  const rows = taps(to.height, from.height);
  const straight = mode === "straight";
  for (let row = 0; row < to.height; row++) {
    const top = rows.first[row] * from.strides[0];
    const bottom = rows.second[row] * from.strides[0];
    const down = rows.weight[row];
    for (let column = 0; column < to.width; column++) {
      const left = columns.first[column] * 4;
      const right = columns.second[column] * 4;
      const across = columns.weight[column];
      const at = row * to.strides[0] + column * 4;
      const corners = [top + left, top + right, bottom + left, bottom + right];
      const weights = [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down];
      let red = 0;
      let green = 0;
      let blue = 0;
      let alpha = 0;
      for (let corner = 0; corner < 4; corner++) {
        const source = corners[corner];
        const weight = weights[corner];
        const color = straight ? (weight * from.data[source + 3]) / 255 : weight;
        red += color * from.data[source];
        green += color * from.data[source + 1];
        blue += color * from.data[source + 2];
        alpha += weight * from.data[source + 3];
      }
      to.data[at] = Math.round(red);
      to.data[at + 1] = Math.round(green);
      to.data[at + 2] = Math.round(blue);
      to.data[at + 3] = Math.round(alpha);
    }
  }
}

interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Float64Array;
}

/** For each target position the two source positions around it, and the weight of the second. */
function taps(toCount: number, fromCount: number): Taps {
  const first = new Int32Array(toCount);
  const second = new Int32Array(toCount);
  const weight = new Float64Array(toCount);
  for (let index = 0; index < toCount; index++) {
    const centre = ((index + 0.5) * fromCount) / toCount - 0.5;
    const clamped = Math.min(fromCount - 1, Math.max(0, centre));
    first[index] = Math.floor(clamped);
    second[index] = Math.min(fromCount - 1, first[index] + 1);
    weight[index] = clamped - first[index];
  }
  return { first, second, weight };
}
