/**
 * Bloom: light around what is bright.
 *
 * @module
 */
import { BLUR_GLSL } from "./blur.ts";
import type { Effect } from "./effect.ts";

/** Keeps what is brighter than the threshold, with a soft knee, at half the size: the sampler averages four pixels. */
const BRIGHT_GLSL = `#include "effect.glsl"
layout(push_constant) uniform Parameters {
  float threshold;
  float knee;
};

void main() {
  if (isBeyond()) return;
  vec4 colour = sampled(place());
  float brightness = max(colour.r, max(colour.g, colour.b));
  float soft = clamp(brightness - threshold + knee, 0.0, 2.0 * knee);
  float kept = max(knee > 0.0 ? soft * soft / (4.0 * knee) : 0.0, brightness - threshold);
  store(brightness > 0.0 ? colour * clamp(kept / brightness, 0.0, 1.0) : vec4(0.0));
}
`;

/** Adds light; where the picture lets through, the light alone is seen. */
const COMBINE_GLSL = `#include "effect.glsl"
layout(set = 0, binding = 2) uniform sampler2D light;
layout(push_constant) uniform Parameters {
  float intensity;
};

void main() {
  if (isBeyond()) return;
  vec4 colour = sampled(place());
  vec4 added = intensity * textureLod(light, place(), 0.0);
  store(vec4(colour.rgb + added.rgb, min(1.0, colour.a + added.a * (1.0 - colour.a))));
}
`;

/** Spreads light around what is brighter than a threshold. */
export const bloomEffect: Effect = {
  name: "bloom",
  summary: "Light around what is bright.",
  parameters: [
    {
      name: "threshold",
      type: "float",
      initial: [0.7],
      min: 0,
      max: 1,
      summary: "brightness above which there is light",
    },
    { name: "knee", type: "float", initial: [0.1], min: 0, max: 1, summary: "how softly it begins, in brightness" },
    { name: "sigma", type: "float", initial: [12], min: 0, max: 64, summary: "spread, in pixels of half the size" },
    { name: "intensity", type: "float", initial: [0.8], min: 0, max: 4, summary: "how much light is added" },
  ],
  keepsOpaque: true,
  passes: [
    { name: "bright", source: BRIGHT_GLSL, picture: "input", size: "half" },
    { name: "rows", source: BLUR_GLSL, picture: "bright", size: "half", constants: { direction: [1, 0] } },
    { name: "columns", source: BLUR_GLSL, picture: "rows", size: "half", constants: { direction: [0, 1] } },
    { name: "combine", source: COMBINE_GLSL, picture: "input", other: "columns" },
  ],
};
