/**
 * Languages and stages of shaders.
 *
 * @module
 */

/** A language that shaders are written in; `spirv` is the compiled form itself. */
export type ShaderLanguage = "glsl" | "wgsl" | "spirv";

/** What a shader is for. */
export type ShaderStage = "compute" | "vertex" | "fragment";

/** Every language. */
export const SHADER_LANGUAGES: readonly ShaderLanguage[] = ["glsl", "wgsl", "spirv"];

/** Every stage. */
export const SHADER_STAGES: readonly ShaderStage[] = ["compute", "vertex", "fragment"];
