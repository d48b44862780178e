/**
 * Vignette: darker towards the corners.
 *
 * @module
 */
import type { Effect } from "./effect.ts";

const GLSL = `#include "effect.glsl"
layout(push_constant) uniform Parameters {
  vec2 centre;
  float amount;
  float radius;
  float softness;
};

void main() {
  if (isBeyond()) return;
  vec2 size = vec2(imageSize(result));
  float distance = length((place() - centre) * size) / (0.5 * length(size));
  float dark = amount * smoothstep(radius, radius + max(softness, 0.001), distance);
  vec4 colour = sampled(place());
  store(vec4(colour.rgb * (1.0 - dark), colour.a));
}
`;

/** Darkens what is far from a point. */
export const vignetteEffect: Effect = {
  name: "vignette",
  summary: "Darker towards the corners.",
  parameters: [
    {
      name: "centre",
      type: "vec2",
      initial: [0.5, 0.5],
      min: 0,
      max: 1,
      summary: "brightest point, in widths and heights",
    },
    { name: "amount", type: "float", initial: [0.6], min: 0, max: 1, summary: "darkness far outside: 1 is black" },
    { name: "radius", type: "float", initial: [0.5], min: 0, max: 2, summary: "where it begins, in half diagonals" },
    { name: "softness", type: "float", initial: [0.6], min: 0, max: 2, summary: "how far it grows, in half diagonals" },
  ],
  keepsOpaque: true,
  passes: [{ name: "darken", source: GLSL, picture: "input" }],
};
