/**
 * Effects: compute shaders over pictures, with all that is needed to run them.
 *
 * An effect is data. It has passes that run one after the other, each over an image of its own, and parameters, which
 * are push constants of its passes under the same names. Whoever runs it makes the images, and finds offsets by
 * reflection.
 *
 * What every pass has, set 0:
 *
 * | binding | what                                                                                               |
 * | ------- | -------------------------------------------------------------------------------------------------- |
 * | 0       | `picture`: what it reads; sampled linearly, clamped to its edges                                   |
 * | 1       | `result`: storage image that it writes, in the format it was compiled for                          |
 * | 2       | if it has `other`: a second picture, as the first; if it has `table`: a storage buffer of `vec4`   |
 *
 * Workgroups are of 16 × 16; invocations beyond the edge of `result` return at once. Colours are as they are coded,
 * without a change of light, and premultiplied with alpha.
 *
 * @module
 */
import { type CompiledShader, compileShader } from "../compiler/compile_shader.ts";
import { EFFECT_GLSL } from "./effect_glsl.ts";

/** Formats that a result can have; `rgba16` and `rgba32-float` need not be offered by every device. */
export type EffectFormat = "rgba8" | "rgba16" | "rgba16-float" | "rgba32-float";

/** A value that people choose. */
export interface EffectParameter {
  /** Name, also of the push constant. */
  readonly name: string;
  /** Its type in GLSL; a `vec2` has two numbers, a `vec3` three. */
  readonly type: "float" | "int" | "vec2" | "vec3";
  /** What it has unless somebody says otherwise: a number for each component. */
  readonly initial: readonly number[];
  /** Least value of a component. */
  readonly min: number;
  /** Greatest value of a component. */
  readonly max: number;
  /** Names of its values from `min` on, if it is an `int` that people choose by name. */
  readonly values?: readonly string[] | undefined;
  /** What it does, with its unit. */
  readonly summary: string;
}

/**
 * How large the image of a pass is: that of the effect's result, half of it, or as wide as that and as high as
 * `picture`.
 */
export type EffectSize = "result" | "half" | "result-width";

/** One shader of an effect. */
export interface EffectPass {
  /** Unique in its effect; stands in messages as `effect/pass.comp`. */
  readonly name: string;
  /** GLSL, without `#version`; it includes `effect.glsl`. */
  readonly source: string;
  /** What binding 0 reads: `input`, or the name of an earlier pass. */
  readonly picture: string;
  /** What binding 2 reads, if it is a picture: `input`, or the name of an earlier pass. */
  readonly other?: string | undefined;
  /** Whether binding 2 is a storage buffer that the user fills. */
  readonly table?: boolean | undefined;
  /** Size of the image that it writes. Default: `result`. */
  readonly size?: EffectSize | undefined;
  /** Push constants that belong to the pass and not to the user: a number for each component. */
  readonly constants?: Readonly<Record<string, readonly number[]>> | undefined;
}

/** An effect. */
export interface Effect {
  /** For programs: lower case with hyphens. */
  readonly name: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** What people choose. */
  readonly parameters: readonly EffectParameter[];
  /** Whether an opaque picture stays opaque. */
  readonly keepsOpaque: boolean;
  /** Run in this order; the last one writes the result, those before it write `rgba16-float`. */
  readonly passes: readonly EffectPass[];
}

/** A pass that is compiled. */
export interface CompiledPass {
  /** What was compiled. */
  readonly pass: EffectPass;
  /** Format of the image that it writes. */
  readonly format: EffectFormat;
  /** What came of it. */
  readonly shader: CompiledShader;
}

/** Pixels of a workgroup in each direction. */
export const EFFECT_GROUP_PIXELS = 16;

const GLSL_FORMATS: Readonly<Record<EffectFormat, string>> = {
  rgba8: "rgba8",
  rgba16: "rgba16",
  "rgba16-float": "rgba16f",
  "rgba32-float": "rgba32f",
};

/**
 * Compiles the passes of an effect.
 *
 * @param effect One of this package, or of your own.
 * @param format Format of the result. Passes before the last one write `rgba16-float`, so that nothing is rounded
 * twice.
 * @param cache As for {@linkcode compileShader}.
 * @throws {ShaderError} If a pass does not compile; those of this package do.
 */
export function compileEffect(effect: Effect, format: EffectFormat, cache?: string | false): Promise<CompiledPass[]> {
  return Promise.all(effect.passes.map(async (pass, index) => {
    const own = index === effect.passes.length - 1 ? format : "rgba16-float";
    const shader = await compileShader({
      source: pass.source,
      language: "glsl",
      stage: "compute",
      name: `${effect.name}/${pass.name}.comp`,
      preamble: `#define RESULT_FORMAT ${GLSL_FORMATS[own]}`,
      includes: { "effect.glsl": EFFECT_GLSL },
      cache,
    });
    return { pass, format: own, shader };
  }));
}
