/**
 * Scaling.
 *
 * @module
 */
import type { Effect } from "./effect.ts";

/**
 * One direction. Where the picture gets smaller, the kernel becomes as much wider, so that nothing shimmers. Kernels:
 * 0 box, 1 triangle (bilinear), 2 Catmull-Rom (bicubic), 3 Lanczos with three lobes.
 */
const GLSL = `#include "effect.glsl"
layout(push_constant) uniform Parameters {
  int axis;
  int kernel;
};

const float REACH[4] = float[](0.5, 1.0, 2.0, 3.0);
const float PI = 3.141592654;

float weight(float x) {
  x = abs(x);
  if (kernel == 0) return x <= 0.5 ? 1.0 : 0.0;
  if (kernel == 1) return max(0.0, 1.0 - x);
  if (kernel == 2) {
    if (x < 1.0) return (1.5 * x - 2.5) * x * x + 1.0;
    return x < 2.0 ? ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0 : 0.0;
  }
  if (x < 0.0001) return 1.0;
  return x < 3.0 ? 3.0 * sin(PI * x) * sin(PI * x / 3.0) / (PI * PI * x * x) : 0.0;
}

void main() {
  if (isBeyond()) return;
  int from = textureSize(picture, 0)[axis];
  float ratio = float(from) / float(imageSize(result)[axis]);
  float wide = clamp(ratio, 1.0, 64.0);
  float centre = (float(pixel()[axis]) + 0.5) * ratio - 0.5;
  float reach = REACH[clamp(kernel, 0, 3)] * wide;
  vec4 sum = vec4(0.0);
  float total = 0.0;
  ivec2 at = pixel();
  for (int i = int(ceil(centre - reach)); i <= int(floor(centre + reach)); i++) {
    float share = weight((float(i) - centre) / wide);
    at[axis] = clamp(i, 0, from - 1);
    sum += share * texelFetch(picture, at, 0);
    total += share;
  }
  store(max(sum / total, 0.0));
}
`;

/** Changes the size of a picture: the result has the size that its image has. Down to a 64th. */
export const scaleEffect: Effect = {
  name: "scale",
  summary: "Another size.",
  parameters: [{
    name: "kernel",
    type: "int",
    initial: [2],
    min: 0,
    max: 3,
    values: ["box", "bilinear", "catmull-rom", "lanczos"],
    summary: "how pixels are weighed: lanczos is the sharpest",
  }],
  keepsOpaque: true,
  passes: [
    { name: "rows", source: GLSL, picture: "input", size: "result-width", constants: { axis: [0] } },
    { name: "columns", source: GLSL, picture: "rows", constants: { axis: [1] } },
  ],
};
