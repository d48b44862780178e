/**
 * Gaussian blur.
 *
 * @module
 */
import type { Effect } from "./effect.ts";

/**
 * One direction. Two pixels are read at once, between them where the sampler weighs them as the Gaussian does. Beyond
 * three times sigma the Gaussian is below 1.2 % of its height and is left out; the rest is normalised. Below 0.2 a
 * neighbour would weigh 4 millionths: there is no blur.
 */
export const BLUR_GLSL = `#include "effect.glsl"
layout(push_constant) uniform Parameters {
  vec2 direction;
  float sigma;
};

float weight(float distance) {
  return exp(-0.5 * distance * distance / (sigma * sigma));
}

void main() {
  if (isBeyond()) return;
  vec4 sum = sampled(place());
  float total = 1.0;
  vec2 step = direction / vec2(textureSize(picture, 0));
  int radius = sigma < 0.2 ? 0 : int(ceil(3.0 * min(sigma, 64.0)));
  for (int i = 1; i <= radius; i += 2) {
    float near = weight(float(i));
    float far = i + 1 <= radius ? weight(float(i + 1)) : 0.0;
    float both = near + far;
    vec2 offset = step * (float(i) + far / both);
    sum += both * (sampled(place() + offset) + sampled(place() - offset));
    total += 2.0 * both;
  }
  store(sum / total);
}
`;

/** Blurs with a Gaussian, first along rows and then along columns. */
export const blurEffect: Effect = {
  name: "blur",
  summary: "Gaussian blur.",
  parameters: [
    { name: "sigma", type: "float", initial: [4], min: 0, max: 64, summary: "standard deviation in pixels; 0 is none" },
  ],
  keepsOpaque: true,
  passes: [
    { name: "rows", source: BLUR_GLSL, picture: "input", constants: { direction: [1, 0] } },
    { name: "columns", source: BLUR_GLSL, picture: "rows", constants: { direction: [0, 1] } },
  ],
};
