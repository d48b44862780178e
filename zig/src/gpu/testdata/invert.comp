#version 450
// 255 - value of each byte, four pixels of RGBA at once.
// glslangValidator -V --target-env vulkan1.2 invert.comp -o invert.comp.spv
layout(local_size_x = 256) in;
layout(std430, set = 0, binding = 0) readonly buffer Source { uvec4 source[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Target { uvec4 target[]; };
layout(push_constant) uniform Push { uint count; } push;

void main() {
  uint i = gl_GlobalInvocationID.x;
  if (i < push.count) target[i] = ~source[i];
}
