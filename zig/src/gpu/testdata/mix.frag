#version 450
// The picture, darkened from left to right, with the time as a constant in blue.
// glslangValidator -V --target-env vulkan1.2 mix.frag -o mix.frag.spv
layout(location = 0) in vec2 position;
layout(location = 0) out vec4 colour;
layout(set = 0, binding = 0) uniform sampler2D picture;
layout(push_constant) uniform Push { float blue; } push;

void main() {
  vec4 value = texture(picture, position);
  colour = vec4(value.rg * (1.0 - floor(position.x * 2.0) * 0.5), push.blue, 1.0);
}
