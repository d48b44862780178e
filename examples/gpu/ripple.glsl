uniform float height = 0.01;
uniform float waves = 12.0;
uniform vec3 tint = vec3(1.0, 0.9, 0.7);

vec4 effect(vec2 at) {
  vec2 from = at - 0.5;
  from.x *= resolution.x / resolution.y;
  float wave = sin(6.2832 * waves * length(from) - 4.0 * time);
  return picture(at + height * wave * normalize(from)) * vec4(tint, 1.0);
}
