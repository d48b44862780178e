#version 450
// Each byte times a gain, cut at 255; four pixels of RGBA at once.
// glslangValidator -V --target-env vulkan1.2 gain.comp -o gain.comp.spv
layout(local_size_x = 256) in;
layout(std430, set = 0, binding = 0) readonly buffer Source { uvec4 source[]; };
layout(std430, set = 0, binding = 1) writeonly buffer Target { uvec4 target[]; };
layout(push_constant) uniform Push { uint count; uint gain; } push;

uvec4 part(uvec4 words, uint shift) {
  return min((words >> shift & 0xffu) * push.gain, uvec4(255u)) << shift;
}

void main() {
  uint i = gl_GlobalInvocationID.x;
  if (i >= push.count) return;
  uvec4 words = source[i];
  target[i] = part(words, 0u) | part(words, 8u) | part(words, 16u) | part(words, 24u);
}
