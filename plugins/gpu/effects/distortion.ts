/**
 * Distortion: that of a lens, and waves.
 *
 * @module
 */
import type { Effect } from "./effect.ts";

/** A lens after Brown's model with two radial terms; the unit of length is half the diagonal. */
const GLSL = `#include "effect.glsl"
layout(push_constant) uniform Parameters {
  vec2 wave;
  float waveLength;
  float phase;
  float lens;
  float lensFourth;
};

void main() {
  if (isBeyond()) return;
  vec2 size = vec2(imageSize(result));
  float unit = 0.5 * length(size);
  vec2 from = (place() - 0.5) * size / unit;
  float square = dot(from, from);
  vec2 bent = from * (1.0 + square * (lens + square * lensFourth));
  vec2 where = bent * unit + 0.5 * size;
  where += wave * sin(6.283185307 * where.yx / max(waveLength, 1.0) + phase);
  bool isInside = all(greaterThanEqual(where, vec2(0.0))) && all(lessThan(where, size));
  store(isInside ? sampled(where / size) : vec4(0.0));
}
`;

/** Bends a picture; what would come from beyond its edges is transparent. */
export const distortionEffect: Effect = {
  name: "distortion",
  summary: "The bend of a lens, and waves.",
  parameters: [
    { name: "lens", type: "float", initial: [0.2], min: -1, max: 1, summary: "above 0 a barrel, below 0 a pincushion" },
    {
      name: "lensFourth",
      type: "float",
      initial: [0],
      min: -1,
      max: 1,
      summary: "the same, far out: by the fourth power",
    },
    {
      name: "wave",
      type: "vec2",
      initial: [0, 0],
      min: -256,
      max: 256,
      summary: "height of waves, in pixels each way",
    },
    { name: "waveLength", type: "float", initial: [64], min: 1, max: 16384, summary: "length of a wave in pixels" },
    { name: "phase", type: "float", initial: [0], min: -1e6, max: 1e6, summary: "where waves are, in radians" },
  ],
  keepsOpaque: false,
  passes: [{ name: "bend", source: GLSL, picture: "input" }],
};
