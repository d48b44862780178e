// A person in a striped shirt beside a lamp, before a wall of tiles.
uniform vec3 wall = vec3(0.16, 0.24, 0.36);
uniform float tiles = 0.05;

// How much of a pixel lies within an edge, `distance` inside being below 0.
float within(float distance) {
  return 1.0 - smoothstep(-0.7, 0.7, distance * resolution.y);
}

float disc(vec2 at, vec2 centre, float radius) {
  return within(length(at - centre) - radius);
}

vec4 effect(vec2 at) {
  at.x *= resolution.x / resolution.y;
  vec2 tile = fract(at * 6.0) - 0.5;
  vec3 colour = wall * (1.0 - tiles + 2.0 * tiles * within(max(abs(tile.x), abs(tile.y)) / 6.0 - 0.075));
  colour = mix(colour, vec3(0.30, 0.18, 0.10), within(0.86 - at.y));
  colour = mix(colour, vec3(0.08, 0.07, 0.08), within(abs(at.x - 0.45) - 0.012) * within(0.3 - at.y) * within(at.y - 0.86));
  colour = mix(colour, vec3(1.0, 0.93, 0.75), disc(at, vec2(0.45, 0.28), 0.11));
  vec2 shoulders = (at - vec2(1.2, 1.02)) * vec2(1.0, 0.85);
  vec3 shirt = mix(vec3(0.75, 0.16, 0.14), vec3(0.93, 0.90, 0.84), step(0.5, fract(at.y * 14.0)));
  colour = mix(colour, shirt, within(length(shoulders) - 0.34));
  colour = mix(colour, vec3(0.84, 0.62, 0.48), disc(at, vec2(1.2, 0.47), 0.17));
  colour = mix(colour, vec3(0.20, 0.13, 0.10), disc(at, vec2(1.2, 0.47), 0.18) * within(at.y - 0.40));
  colour = mix(colour, vec3(0.1), disc(at, vec2(1.14, 0.47), 0.015) + disc(at, vec2(1.26, 0.47), 0.015));
  return vec4(colour, 1.0);
}
