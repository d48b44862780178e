#version 450
// One of each kind of binding, and members of each kind of type.
// glslangValidator -V --target-env vulkan1.2 reflect.comp -o reflect.comp.spv
layout(local_size_x = 8, local_size_y = 4, local_size_z = 2) in;
struct Light { vec3 colour; float power; };
layout(set = 0, binding = 0) uniform sampler2D picture;
layout(set = 0, binding = 1, rgba8) uniform writeonly image2D result;
layout(set = 0, binding = 2) uniform Settings {
  float gain;
  ivec2 shift;
  mat3 colours;
  vec4 weights[5];
  Light light;
} settings;
layout(set = 1, binding = 0) uniform sampler smooth_sampler;
layout(set = 1, binding = 1) uniform texture2D layers[3];
layout(std430, set = 1, binding = 4) buffer Counts { uint total; Light lights[2]; uint each_one[]; } counts;
layout(push_constant) uniform Push { vec2 resolution; float seconds; uint frame; } push;

void main() {
  vec2 at = vec2(gl_GlobalInvocationID.xy) / push.resolution * settings.gain;
  vec4 value = texture(picture, at) + texture(sampler2D(layers[1], smooth_sampler), at) * settings.weights[2];
  value.rgb = settings.colours * value.rgb * settings.light.colour * counts.lights[1].power;
  imageStore(result, ivec2(gl_GlobalInvocationID.xy) + settings.shift, value * push.seconds);
  counts.each_one[push.frame] = counts.total;
}
