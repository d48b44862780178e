/**
 * A look-up table over colours.
 *
 * @module
 */
import type { Effect } from "./effect.ts";

/** Between entries it goes by tetrahedra, which keeps greys grey and is what grading programs do. */
const GLSL = `#include "effect.glsl"
layout(std430, set = 0, binding = 2) readonly buffer Table { vec4 table[]; };
layout(push_constant) uniform Parameters {
  int edge;
  float amount;
};

vec3 entry(ivec3 at) {
  return table[min(at.r + edge * (at.g + edge * at.b), table.length() - 1)].rgb;
}

vec3 looked(vec3 colour) {
  vec3 scaled = clamp(colour, 0.0, 1.0) * float(edge - 1);
  ivec3 low = min(ivec3(scaled), ivec3(max(edge - 2, 0)));
  ivec3 high = min(low + 1, ivec3(edge - 1));
  vec3 part = scaled - vec3(low);
  bvec3 isMost = greaterThanEqual(part, max(part.gbr, part.brg));
  bvec3 isLeast = lessThanEqual(part, min(part.gbr, part.brg));
  // Where components are equal the way does not matter, but red goes first and blue last, so that it is one way.
  ivec3 first = isMost.r ? ivec3(1, 0, 0) : isMost.g ? ivec3(0, 1, 0) : ivec3(0, 0, 1);
  ivec3 last = isLeast.b ? ivec3(0, 0, 1) : isLeast.g ? ivec3(0, 1, 0) : ivec3(1, 0, 0);
  ivec3 middle = ivec3(1) - first - last;
  float most = dot(part, vec3(first));
  float between = dot(part, vec3(middle));
  float least = dot(part, vec3(last));
  ivec3 span = high - low;
  vec3 sum = (1.0 - most) * entry(low);
  sum += (most - between) * entry(low + first * span);
  sum += (between - least) * entry(low + (first + middle) * span);
  return sum + least * entry(high);
}

void main() {
  if (isBeyond()) return;
  vec4 colour = straight(sampled(place()));
  store(premultiplied(vec4(mix(colour.rgb, looked(colour.rgb), amount), colour.a)));
}
`;

/** Replaces colours by a table with `edge` entries along each side; red runs fastest, as in `.cube` files. */
export const lut3dEffect: Effect = {
  name: "lut-3d",
  summary: "Colours through a table.",
  parameters: [
    { name: "edge", type: "int", initial: [33], min: 2, max: 129, summary: "entries along each side of the table" },
    { name: "amount", type: "float", initial: [1], min: 0, max: 1, summary: "0 is the picture as it was" },
  ],
  keepsOpaque: true,
  passes: [{ name: "look", source: GLSL, picture: "input", table: true }],
};
