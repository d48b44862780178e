#version 450
// The sum of some of 17 pictures, each with the weight of its place, by constant indices.
// glslangValidator -V --target-env vulkan1.2 array.comp -o array.comp.spv
layout(local_size_x = 8, local_size_y = 8) in;
layout(set = 0, binding = 0) uniform sampler2D pictures[17];
layout(set = 0, binding = 1, rgba32f) uniform writeonly image2D result;
layout(push_constant) uniform Push { uint first; uint count; } push;

vec4 picture(uint i, vec2 at) {
  switch (i) {
    case 0: return texture(pictures[0], at);
    case 1: return texture(pictures[1], at);
    case 2: return texture(pictures[2], at);
    case 3: return texture(pictures[3], at);
    case 4: return texture(pictures[4], at);
    case 5: return texture(pictures[5], at);
    case 6: return texture(pictures[6], at);
    case 7: return texture(pictures[7], at);
    case 8: return texture(pictures[8], at);
    case 9: return texture(pictures[9], at);
    case 10: return texture(pictures[10], at);
    case 11: return texture(pictures[11], at);
    case 12: return texture(pictures[12], at);
    case 13: return texture(pictures[13], at);
    case 14: return texture(pictures[14], at);
    case 15: return texture(pictures[15], at);
    default: return texture(pictures[16], at);
  }
}

void main() {
  ivec2 size = imageSize(result);
  ivec2 at = ivec2(gl_GlobalInvocationID.xy);
  if (at.x >= size.x || at.y >= size.y) return;
  vec4 sum = vec4(0.0);
  for (uint i = push.first; i < push.first + push.count; i++) {
    sum += float(i + 1u) * picture(i, (vec2(at) + 0.5) / vec2(size));
  }
  imageStore(result, at, sum);
}
