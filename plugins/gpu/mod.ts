/**
 * GPU: shaders and effects as actors, pictures to the device and back, and shaders from text.
 *
 * @module
 */
export * from "./compiler/compile_shader.ts";
export { shaderCacheFolder } from "./compiler/shader_cache.ts";
export * from "./compiler/shader_error.ts";
export * from "./compiler/shader_kind.ts";
export * from "./compiler/shader_message.ts";
export * from "./download_actor.ts";
export type { EdgeChroma } from "./edge/edge_pass.ts";
export { blurEffect } from "./effects/blur.ts";
export { bloomEffect } from "./effects/bloom.ts";
export { chromaKeyEffect } from "./effects/chroma_key.ts";
export { distortionEffect } from "./effects/distortion.ts";
export * from "./effects/effect.ts";
export { EFFECT_GLSL } from "./effects/effect_glsl.ts";
export { EFFECTS } from "./effects/effects.ts";
export { lut3dEffect } from "./effects/lut3d.ts";
export { scaleEffect } from "./effects/scale.ts";
export { vignetteEffect } from "./effects/vignette.ts";
export * from "./gpu_compositor_actor.ts";
export * from "./bloom_actor.ts";
export * from "./blur_actor.ts";
export * from "./chroma_key_actor.ts";
export * from "./distortion_actor.ts";
export { type ColorTable, colorTable, parseCube } from "./effects/cube_table.ts";
export type { EffectActor, EffectTypes } from "./effects/effect_actor.ts";
export type { EffectValue } from "./effects/effect_options.ts";
export * from "./lut3d_actor.ts";
export * from "./scale_actor.ts";
export type { UniformValue } from "./shader/uniform.ts";
export * from "./shader_effect_actor.ts";
export * from "./vignette_actor.ts";
export * from "./gpu_color_convert_actor.ts";
export * from "./upload_actor.ts";
