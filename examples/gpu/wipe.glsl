uniform float place = 0.5;
uniform float softness = 0.02;

vec4 effect(vec2 at) {
  float next = smoothstep(-softness, softness, place - at.x - 0.2 * (at.y - 0.5));
  return mix(picture(at), image_next(at), next);
}
