/**
 * The formulas of the effects, on the processor, in doubles.
 *
 * @module
 */

/** R, G, B, A of each pixel, premultiplied, rows from the top. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** Four numbers. */
export type Colour = readonly [number, number, number, number];

/** A picture of a formula for each pixel. */
export function drawn(width: number, height: number, colourOf: (x: number, y: number) => Colour): Picture {
  const data = new Float64Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colourOf(x, y), 4 * (y * width + x));
  }
  return { width, height, data };
}

/** A picture with edges, gradients, fine detail, colours and, if asked, transparency. */
export function testPicture(width: number, height: number, isOpaque: boolean): Picture {
  return drawn(width, height, (x, y) => {
    const [u, v] = [x / width, y / height];
    const rings = 0.5 + 0.5 * Math.cos(40 * ((u - 0.5) ** 2 + (v - 0.5) ** 2) * 6);
    const isGreen = u > 0.6 && v > 0.5;
    const isBright = Math.hypot(u - 0.25, v - 0.3) < 0.12;
    const rgb = isBright ? [1, 0.95, 0.9] : isGreen ? [0.1, 0.6 + 0.3 * u, 0.15] : [u, rings * v, 1 - u * v];
    const alpha = isOpaque ? 1 : 0.25 + 0.75 * v;
    return [rgb[0] * alpha, rgb[1] * alpha, rgb[2] * alpha, alpha];
  });
}

/** The pixel, or that of the edge. */
export function pixelOf({ width, height, data }: Picture, x: number, y: number): Colour {
  const at = 4 * (clamp(y, 0, height - 1) * width + clamp(x, 0, width - 1));
  return [data[at], data[at + 1], data[at + 2], data[at + 3]];
}

/** What lies at a point, in widths and heights: between four pixels, in proportion. */
export function sampled(picture: Picture, u: number, v: number): Colour {
  const [x, y] = [u * picture.width - 0.5, v * picture.height - 0.5];
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [a, b] = [x - left, y - top];
  const mixed = (p: Colour, q: Colour, share: number): Colour => map(p, (value, i) => value + share * (q[i] - value));
  const upper = mixed(pixelOf(picture, left, top), pixelOf(picture, left + 1, top), a);
  const lower = mixed(pixelOf(picture, left, top + 1), pixelOf(picture, left + 1, top + 1), a);
  return mixed(upper, lower, b);
}

/** Gaussian, cut off at three times sigma. */
export function blur(picture: Picture, sigma: number): Picture {
  const radius = sigma < 0.2 ? 0 : Math.ceil(3 * sigma);
  const along = (from: Picture, dx: number, dy: number): Picture =>
    drawn(from.width, from.height, (x, y) => {
      let sum: Colour = [0, 0, 0, 0];
      let total = 0;
      for (let i = -radius; i <= radius; i++) {
        const weight = i === 0 ? 1 : Math.exp(-i * i / (2 * sigma * sigma));
        const pixel = pixelOf(from, x + i * dx, y + i * dy);
        sum = map(sum, (value, k) => value + weight * pixel[k]);
        total += weight;
      }
      return map(sum, (value) => value / total);
    });
  return along(along(picture, 1, 0), 0, 1);
}

/** Light around what is brighter than a threshold. */
export function bloom(picture: Picture, threshold: number, knee: number, sigma: number, intensity: number): Picture {
  const [width, height] = [Math.ceil(picture.width / 2), Math.ceil(picture.height / 2)];
  const bright = drawn(width, height, (x, y) => {
    const colour = sampled(picture, (x + 0.5) / width, (y + 0.5) / height);
    const brightness = Math.max(colour[0], colour[1], colour[2]);
    const soft = clamp(brightness - threshold + knee, 0, 2 * knee);
    const kept = Math.max(knee > 0 ? soft * soft / (4 * knee) : 0, brightness - threshold);
    const share = brightness > 0 ? clamp(kept / brightness, 0, 1) : 0;
    return map(colour, (value) => value * share);
  });
  const light = blur(bright, sigma);
  return drawn(picture.width, picture.height, (x, y) => {
    const own = pixelOf(picture, x, y);
    const added = sampled(light, (x + 0.5) / picture.width, (y + 0.5) / picture.height);
    const alpha = Math.min(1, own[3] + intensity * added[3] * (1 - own[3]));
    return [...[0, 1, 2].map((k) => own[k] + intensity * added[k]), alpha] as unknown as Colour;
  });
}

/** Darker away from a point. */
export function vignette(
  picture: Picture,
  centre: readonly number[],
  amount: number,
  radius: number,
  softness: number,
): Picture {
  const { width, height } = picture;
  return drawn(width, height, (x, y) => {
    const [dx, dy] = [x + 0.5 - centre[0] * width, y + 0.5 - centre[1] * height];
    const distance = Math.hypot(dx, dy) / (Math.hypot(width, height) / 2);
    const share = 1 - amount * smooth(radius, radius + softness, distance);
    const [r, g, b, alpha] = pixelOf(picture, x, y);
    return [r * share, g * share, b * share, alpha];
  });
}

/** Lens and waves. */
export function distortion(
  picture: Picture,
  { lens, lensFourth, wave, waveLength, phase }: {
    lens: number;
    lensFourth: number;
    wave: readonly number[];
    waveLength: number;
    phase: number;
  },
): Picture {
  const { width, height } = picture;
  const unit = Math.hypot(width, height) / 2;
  return drawn(width, height, (x, y) => {
    const [dx, dy] = [(x + 0.5 - width / 2) / unit, (y + 0.5 - height / 2) / unit];
    const square = dx * dx + dy * dy;
    const bend = 1 + lens * square + lensFourth * square * square;
    const [bx, by] = [dx * bend * unit + width / 2, dy * bend * unit + height / 2];
    const wx = bx + wave[0] * Math.sin(2 * Math.PI * by / waveLength + phase);
    const wy = by + wave[1] * Math.sin(2 * Math.PI * bx / waveLength + phase);
    const isInside = wx >= 0 && wy >= 0 && wx < width && wy < height;
    return isInside ? sampled(picture, wx / width, wy / height) : [0, 0, 0, 0];
  });
}

/** A colour becomes transparent. */
export function chromaKey(
  picture: Picture,
  { key, tolerance, softness, spill }: {
    key: readonly number[];
    tolerance: number;
    softness: number;
    spill: number;
  },
): Picture {
  const luma = ([r, g, b]: readonly number[]): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const chroma = (rgb: readonly number[]): [number, number] => [
    (rgb[2] - luma(rgb)) / 1.8556,
    (rgb[0] - luma(rgb)) / 1.5748,
  ];
  const wanted = chroma(key);
  const strength = Math.hypot(...wanted);
  return drawn(picture.width, picture.height, (x, y) => {
    const pixel = pixelOf(picture, x, y);
    const rgb = straight(pixel);
    let [cb, cr] = chroma(rgb);
    const opaque = smooth(tolerance, tolerance + softness, Math.hypot(cb - wanted[0], cr - wanted[1]));
    const towards = Math.max(0, (cb * wanted[0] + cr * wanted[1]) / strength);
    cb -= spill * towards * wanted[0] / strength;
    cr -= spill * towards * wanted[1] / strength;
    const [red, blue] = [luma(rgb) + 1.5748 * cr, luma(rgb) + 1.8556 * cb];
    const green = (luma(rgb) - 0.2126 * red - 0.0722 * blue) / 0.7152;
    const alpha = pixel[3] * opaque;
    return [clamp(red, 0, 1) * alpha, clamp(green, 0, 1) * alpha, clamp(blue, 0, 1) * alpha, alpha];
  });
}

/** Colours through a table, by tetrahedra. */
export function lut3d(picture: Picture, table: readonly number[], edge: number, amount: number): Picture {
  const entry = (r: number, g: number, b: number): readonly number[] =>
    table.slice(3 * (r + edge * (g + edge * b)), 3 * (r + edge * (g + edge * b)) + 3);
  return drawn(picture.width, picture.height, (x, y) => {
    const pixel = pixelOf(picture, x, y);
    const rgb = straight(pixel);
    const scaled = rgb.map((value) => clamp(value, 0, 1) * (edge - 1));
    const corner = scaled.map((value) => Math.min(Math.floor(value), edge - 2));
    const parts = scaled.map((value, k) => value - corner[k]);
    // From the lower corner along the axis of the largest part first, then of the next.
    const order = [0, 1, 2].sort((a, b) => parts[b] - parts[a]);
    const weights = [1 - parts[order[0]], parts[order[0]] - parts[order[1]], parts[order[1]] - parts[order[2]]];
    weights.push(parts[order[2]]);
    const sum = [0, 0, 0];
    for (const [step, weight] of weights.entries()) {
      if (step > 0) corner[order[step - 1]]++;
      entry(corner[0], corner[1], corner[2]).forEach((value, k) => sum[k] += weight * value);
    }
    const alpha = pixel[3];
    return [...sum.map((value, k) => (rgb[k] + amount * (value - rgb[k])) * alpha), alpha] as unknown as Colour;
  });
}

/** Another size. */
export function scale(picture: Picture, width: number, height: number, kernel: string): Picture {
  const kernels: Record<string, { reach: number; weight: (x: number) => number }> = {
    box: { reach: 0.5, weight: (x) => x <= 0.5 ? 1 : 0 },
    bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - x) },
    "catmull-rom": {
      reach: 2,
      weight: (x) => x < 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : x < 2 ? -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2 : 0,
    },
    lanczos: { reach: 3, weight: (x) => x === 0 ? 1 : x < 3 ? sinc(x) * sinc(x / 3) : 0 },
  };
  const { reach, weight } = kernels[kernel];
  const along = (from: Picture, to: number, isRows: boolean): Picture => {
    const length = isRows ? from.width : from.height;
    const ratio = length / to;
    const wide = Math.max(1, ratio);
    return drawn(isRows ? to : from.width, isRows ? from.height : to, (x, y) => {
      const centre = ((isRows ? x : y) + 0.5) * ratio - 0.5;
      let sum: Colour = [0, 0, 0, 0];
      let total = 0;
      for (let i = Math.ceil(centre - reach * wide); i <= Math.floor(centre + reach * wide); i++) {
        const share = weight(Math.abs(i - centre) / wide);
        const pixel = isRows ? pixelOf(from, i, y) : pixelOf(from, x, i);
        sum = map(sum, (value, k) => value + share * pixel[k]);
        total += share;
      }
      return map(sum, (value) => Math.max(0, value / total));
    });
  };
  return along(along(picture, width, true), height, false);
}

/** Peak signal to noise ratio in dB, of a peak of 1; what both have beyond 0 to 1 counts as at its end. */
export function psnrDb(a: Picture, b: Picture): number {
  let squares = 0;
  for (let i = 0; i < a.data.length; i++) squares += (clamp(a.data[i], 0, 1) - clamp(b.data[i], 0, 1)) ** 2;
  return -10 * Math.log10(squares / a.data.length);
}

function straight([r, g, b, alpha]: Colour): [number, number, number] {
  return alpha > 0 ? [r / alpha, g / alpha, b / alpha] : [0, 0, 0];
}

function map(colour: Colour, of: (value: number, index: number) => number): Colour {
  return colour.map(of) as unknown as Colour;
}

function smooth(from: number, to: number, x: number): number {
  const t = clamp((x - from) / (to - from), 0, 1);
  return t * t * (3 - 2 * t);
}

function sinc(x: number): number {
  return Math.sin(Math.PI * x) / (Math.PI * x);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
