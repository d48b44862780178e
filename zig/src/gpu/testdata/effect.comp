#version 450
// A picture turned upside down and inverted: a chain of two gives the picture back.
// glslangValidator -V --target-env vulkan1.2 effect.comp -o effect.comp.spv
layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 0) uniform sampler2D picture;
layout(set = 0, binding = 1, rgba8) uniform writeonly image2D result;

void main() {
  ivec2 size = imageSize(result);
  ivec2 at = ivec2(gl_GlobalInvocationID.xy);
  if (at.x >= size.x || at.y >= size.y) return;
  imageStore(result, ivec2(at.x, size.y - 1 - at.y), 1.0 - texture(picture, (vec2(at) + 0.5) / vec2(size)));
}
