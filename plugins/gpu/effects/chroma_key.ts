/**
 * Chroma key: a colour becomes transparent.
 *
 * @module
 */
import type { Effect } from "./effect.ts";

/**
 * Distances are those of colour alone (Cb and Cr of BT.709), so that shadows on the backdrop go too. Spill is what a
 * colour has in the direction of the key, and is taken away without a change of luma.
 */
const GLSL = `#include "effect.glsl"
layout(push_constant) uniform Parameters {
  vec3 key;
  float tolerance;
  float softness;
  float spill;
};

float luma(vec3 rgb) {
  return dot(rgb, vec3(0.2126, 0.7152, 0.0722));
}

vec2 chroma(vec3 rgb) {
  return (rgb.br - luma(rgb)) / vec2(1.8556, 1.5748);
}

vec3 joined(float y, vec2 colour) {
  float blue = y + 1.8556 * colour.x;
  float red = y + 1.5748 * colour.y;
  return vec3(red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue);
}

void main() {
  if (isBeyond()) return;
  vec4 colour = straight(sampled(place()));
  vec2 own = chroma(colour.rgb);
  vec2 wanted = chroma(key);
  float opaque = smoothstep(tolerance, tolerance + max(softness, 0.001), distance(own, wanted));
  float strength = length(wanted);
  if (strength > 0.0) own -= spill * max(0.0, dot(own, wanted / strength)) * wanted / strength;
  vec3 clean = clamp(joined(luma(colour.rgb), own), 0.0, 1.0);
  store(premultiplied(vec4(clean, colour.a * opaque)));
}
`;

/** Makes a colour, such as the green behind a speaker, transparent. */
export const chromaKeyEffect: Effect = {
  name: "chroma-key",
  summary: "A colour becomes transparent.",
  parameters: [
    { name: "key", type: "vec3", initial: [0, 1, 0], min: 0, max: 1, summary: "the colour, as R, G, B" },
    { name: "tolerance", type: "float", initial: [0.3], min: 0, max: 1, summary: "distance in Cb, Cr that is gone" },
    { name: "softness", type: "float", initial: [0.1], min: 0, max: 1, summary: "further distance until it is opaque" },
    {
      name: "spill",
      type: "float",
      initial: [0.5],
      min: 0,
      max: 1,
      summary: "how much of the key's tint is taken away",
    },
  ],
  keepsOpaque: false,
  passes: [{ name: "key", source: GLSL, picture: "input" }],
};
