/**
 * The shader that lays pictures over each other.
 *
 * @module
 */
import type { GpuPixelFormat } from "@streamlib/core";
import { type CompiledShader, compileShader } from "../compiler/compile_shader.ts";

/** Pictures that the shader takes: a base and 16 layers. */
export const COMPOSITE_PICTURES = 17;

/** Pixels of a tile in each direction: one workgroup. */
export const COMPOSITE_TILE_PIXELS = 16;

const GLSL_FORMATS: Readonly<Record<GpuPixelFormat, string>> = {
  rgba8: "rgba8",
  rgba16: "rgba16",
  "rgba16-float": "rgba16f",
  "rgba32-float": "rgba32f",
};

/**
 * Each workgroup first finds out which pictures touch its tile; what an opaque one hides there, it does not read. Then
 * every pixel goes through these from below, in registers: the result is written once and never read.
 *
 * A picture of another size is interpolated here and not by a sampler, which weighs in steps of 1/256: too coarse for
 * more than 8 bits, and different on every device. Where the result ends at 0 and 1, so does each step on the way, as
 * it does on the CPU.
 */
const SOURCE = `
#extension GL_EXT_samplerless_texture_functions : require
layout(local_size_x = TILE, local_size_y = TILE) in;
layout(set = 0, binding = 0) uniform texture2D pictures[PICTURES];
layout(set = 0, binding = 1, RESULT_FORMAT) uniform writeonly image2D result;

struct Layer {
  ivec4 area; // left, top, right, bottom: columns and rows of the result, the last two exclusive
  vec2 ratio; // pixels of the picture for one of the result
  ivec2 last; // column and row of its last pixel
  float opacity;
  uint isOpaque; // alpha is not looked at
  uint isScaled;
  uint unused;
};
layout(set = 0, binding = 2, std140) uniform Layers {
  Layer layers[PICTURES]; // lowest first
};
layout(push_constant) uniform Frame {
  vec3 background;
  uint count;
};

shared uint touching; // a bit for each layer that has pixels in this tile
shared uint lowest; // the layer that hides all below it here

void look(uint index, ivec2 first, ivec2 end) {
  ivec4 area = layers[index].area;
  if (any(greaterThanEqual(area.xy, end)) || any(lessThanEqual(area.zw, first))) return;
  atomicOr(touching, 1u << index);
  if (layers[index].isOpaque == 0u || layers[index].opacity < 1.0) return;
  if (any(greaterThan(area.xy, first)) || any(lessThan(area.zw, end))) return;
  atomicMax(lowest, index);
}

vec3 over(vec4 colour, uint index, vec3 under) {
  float alpha = layers[index].isOpaque != 0u ? 1.0 : colour.a;
  return LIMIT(colour.rgb * layers[index].opacity + under * (1.0 - alpha * layers[index].opacity));
}

vec4 pixelOf(uint index, int column, int row) {
  return texelFetch(pictures[index], ivec2(column, row), 0);
}

vec4 found(uint index, vec2 at) {
  ivec2 last = layers[index].last;
  vec2 centre = clamp((at + 0.5) * layers[index].ratio - 0.5, vec2(0.0), vec2(last));
  ivec2 near = ivec2(centre);
  vec4 colour = pixelOf(index, near.x, near.y);
  if (layers[index].isScaled == 0u) return colour;
  ivec2 far = min(near + 1, last);
  vec2 weight = centre - vec2(near);
  vec4 upper = mix(colour, pixelOf(index, far.x, near.y), weight.x);
  vec4 lower = mix(pixelOf(index, near.x, far.y), pixelOf(index, far.x, far.y), weight.x);
  return mix(upper, lower, weight.y);
}

void main() {
  ivec2 size = imageSize(result);
  ivec2 first = ivec2(gl_WorkGroupID.xy) * TILE;
  if (gl_LocalInvocationIndex == 0u) {
    touching = 0u;
    lowest = 0u;
  }
  barrier();
  if (gl_LocalInvocationIndex < count) look(gl_LocalInvocationIndex, first, min(first + TILE, size));
  barrier();
  ivec2 pixel = ivec2(gl_GlobalInvocationID.xy);
  if (any(greaterThanEqual(pixel, size))) return;
  vec3 colour = background;
  for (uint rest = touching & ~((1u << lowest) - 1u); rest != 0u; rest &= rest - 1u) {
    uint index = uint(findLSB(rest));
    ivec4 area = layers[index].area;
    if (all(greaterThanEqual(pixel, area.xy)) && all(lessThan(pixel, area.zw))) {
      colour = over(found(index, vec2(pixel - area.xy)), index, colour);
    }
  }
  imageStore(result, pixel, vec4(colour, 1.0));
}
`;

/**
 * Compiles the shader.
 *
 * @param format Of the result. 8 and 16 bits end at 0 and 1; floats go on, so light brighter than white passes.
 */
export function compileComposite(format: GpuPixelFormat): Promise<CompiledShader> {
  const preamble = [
    `#define RESULT_FORMAT ${GLSL_FORMATS[format]}`,
    `#define LIMIT(colour) ${format.endsWith("-float") ? "(colour)" : "clamp(colour, 0.0, 1.0)"}`,
    `#define PICTURES ${COMPOSITE_PICTURES}`,
    `#define TILE ${COMPOSITE_TILE_PIXELS}`,
  ];
  return compileShader({
    source: SOURCE,
    language: "glsl",
    stage: "compute",
    name: "composite.comp",
    preamble: preamble.join("\n"),
  });
}
