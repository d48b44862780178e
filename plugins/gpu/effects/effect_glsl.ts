/** What all effects include as `effect.glsl`. `RESULT_FORMAT` is defined before it. */
export const EFFECT_GLSL = `
layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 0) uniform sampler2D picture;
layout(set = 0, binding = 1, RESULT_FORMAT) uniform writeonly image2D result;

// The pixel that this invocation writes.
ivec2 pixel() {
  return ivec2(gl_GlobalInvocationID.xy);
}

bool isBeyond() {
  return any(greaterThanEqual(pixel(), imageSize(result)));
}

// Where the pixel is in the picture, 0 to 1 in both directions.
vec2 place() {
  return (vec2(pixel()) + 0.5) / vec2(imageSize(result));
}

vec4 sampled(vec2 where) {
  return textureLod(picture, where, 0.0);
}

void store(vec4 colour) {
  imageStore(result, pixel(), colour);
}

// A colour without its alpha in it.
vec4 straight(vec4 colour) {
  return colour.a > 0.0 ? vec4(colour.rgb / colour.a, colour.a) : vec4(0.0);
}

vec4 premultiplied(vec4 colour) {
  return vec4(colour.rgb * colour.a, colour.a);
}
`;
