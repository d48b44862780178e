import { compileShader, ShaderError } from "./mod.ts";

const source = `layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 0) uniform sampler2D picture;
layout(set = 0, binding = 1, rgba8) uniform writeonly image2D result;
layout(push_constant) uniform Parameters { float amount; };

void main() {
  ivec2 at = ivec2(gl_GlobalInvocationID.xy);
  vec4 colour = texelFetch(picture, at, 0);
  imageStore(result, at, vec4(mix(colour.rgb, 1.0 - colour.rgb, amount), colour.a));
}
`;
const shader = await compileShader({ source, language: "glsl", stage: "compute", name: "invert.comp" });
console.log(`${shader.words.length} words of SPIR-V, entry point "${shader.entryPoint}", cache: ${shader.cache}`);

try {
  await compileShader({
    source: source.replace("amount)", "amuont)"),
    language: "glsl",
    stage: "compute",
    name: "wrong.comp",
  });
} catch (thrown) {
  if (!(thrown instanceof ShaderError)) throw thrown;
  console.log(thrown.message);
}
