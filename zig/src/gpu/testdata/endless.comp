#version 450
// Never ends, in a way that no compiler may leave out. A software device (llvmpipe) leaves each loop after 65 535
// rounds; there it takes very many workgroups to be as good as endless.
// glslangValidator -V --target-env vulkan1.2 endless.comp -o endless.comp.spv
layout(local_size_x = 1) in;
layout(std430, set = 0, binding = 0) coherent buffer Word { uint value; } word;

void main() {
  while (atomicOr(word.value, 1u) != 2u) {}
}
