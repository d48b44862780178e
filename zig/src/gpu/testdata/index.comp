#version 450
// As array.comp, by an index that is no constant and the same in the whole workgroup.
// glslangValidator -V --target-env vulkan1.2 index.comp -o index.comp.spv
layout(local_size_x = 8, local_size_y = 8) in;
layout(set = 0, binding = 0) uniform sampler2D pictures[17];
layout(set = 0, binding = 1, rgba32f) uniform writeonly image2D result;
layout(push_constant) uniform Push { uint first; uint count; } push;

void main() {
  ivec2 size = imageSize(result);
  ivec2 at = ivec2(gl_GlobalInvocationID.xy);
  if (at.x >= size.x || at.y >= size.y) return;
  vec4 sum = vec4(0.0);
  for (uint i = push.first; i < push.first + push.count; i++) {
    sum += float(i + 1u) * texture(pictures[i], (vec2(at) + 0.5) / vec2(size));
  }
  imageStore(result, at, sum);
}
