#version 450
// One triangle that covers the picture; `position` is 0,0 at the upper left and 1,1 at the lower right corner.
// glslangValidator -V --target-env vulkan1.2 full_screen.vert -o full_screen.vert.spv
layout(location = 0) out vec2 position;

void main() {
  position = vec2(gl_VertexIndex == 1 ? 2.0 : 0.0, gl_VertexIndex == 2 ? 2.0 : 0.0);
  gl_Position = vec4(position * 2.0 - 1.0, 0.0, 1.0);
}
