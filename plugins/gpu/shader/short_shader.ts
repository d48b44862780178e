/**
 * The short form of a shader: a function `vec4 effect(vec2 at)`, loose uniforms, and nothing else that must be.
 *
 * ```glsl
 * uniform float amount = 0.5;
 *
 * vec4 effect(vec2 at) {
 *   vec4 colour = picture(at);
 *   return vec4(mix(colour.rgb, colour.a - colour.rgb, amount), colour.a);
 * }
 * ```
 *
 * It becomes a fragment shader, so that one compilation does for all pixel formats, and `dFdx` and `fwidth` are there.
 *
 * @module
 */
import { ShaderError } from "../compiler/shader_error.ts";
import { withoutComments } from "./plain_text.ts";
import { blockBytes, takeUniforms, type UniformDeclaration } from "./uniform_declaration.ts";

/** A short form, ready for the compiler. */
export interface ShortShader {
  /** The user's text; every character stands where it stood. */
  readonly text: string;
  /** What stands before it. */
  readonly preamble: string;
  /** What it declares. */
  readonly uniforms: readonly UniformDeclaration[];
}

/** Values that the actor gives. */
export const GIVEN_UNIFORMS: readonly string[] = ["resolution", "time", "frame"];

/** What every device has (Vulkan 1.3, Required Limits). */
const PUSH_BYTES_MAX = 128;
const GIVEN_BYTES = 16;
/** Beyond those of pictures, and of what people declare with a layout of their own. */
const BLOCK_BINDING = 100;

/** Whether a text in GLSL is a shader of its own, with `main`. */
export function isCompleteGlsl(source: string): boolean {
  return /\bvoid\s+main\s*\(/.test(withoutComments(source));
}

/**
 * Reads a short form.
 *
 * @param name Name of the shader, for messages.
 * @throws {ShaderError} If it has no `effect`, or a uniform that cannot be.
 */
export function readShortShader(source: string, name: string): ShortShader {
  const isPicture = (word: string): boolean => word === "picture" || /^image_\w+$/.test(word);
  const { text, uniforms } = takeUniforms(source, name, [...GIVEN_UNIFORMS, "picture", "effect"], isPicture);
  const plain = withoutComments(text);
  if (!/\bvec4\s+effect\s*\(/.test(plain)) {
    const why = "it has neither a function `vec4 effect(vec2 at)` nor `void main()`";
    throw new ShaderError(name, [{ severity: "error", file: name, text: why }]);
  }
  const pictures = [...new Set(plain.match(/\b(?:picture|image_\w+)\b/g) ?? [])].sort((a, b) => rank(a) - rank(b));
  const isPush = GIVEN_BYTES + blockBytes(uniforms) <= PUSH_BYTES_MAX;
  const preamble = [
    isPush
      ? "layout(push_constant) uniform Uniforms {"
      : `layout(set = 0, binding = ${BLOCK_BINDING}) uniform Uniforms {`,
    "  vec2 resolution;",
    "  float time;",
    "  int frame;",
    ...uniforms.map(({ type, name, count }) => `  ${type} ${name}${count === undefined ? "" : `[${count}]`};`),
    "};",
    "layout(location = 0) in vec2 streamlib_at;",
    "layout(location = 0) out vec4 streamlib_result;",
    // A name in brackets is the picture's colour there, else the sampler: picture(at), textureSize(picture, 0).
    ...pictures.flatMap((picture, binding) => [
      `layout(set = 0, binding = ${binding}) uniform sampler2D ${picture};`,
      `#define ${picture}(at) textureLod(${picture}, at, 0.0)`,
    ]),
    "vec4 effect(vec2 at);",
    "void main() { streamlib_result = effect(streamlib_at); }",
  ].join("\n");
  return { text, preamble, uniforms };
}

function rank(picture: string): number {
  return picture === "picture" ? 0 : 1;
}
