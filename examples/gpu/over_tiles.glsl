// What lies behind a transparent picture: tiles.
vec4 effect(vec2 at) {
  ivec2 tile = ivec2(at * resolution) / 15;
  vec4 behind = vec4(vec3((tile.x + tile.y) % 2 == 0 ? 0.85 : 0.65), 1.0);
  vec4 front = picture(at);
  return front + behind * (1.0 - front.a);
}
