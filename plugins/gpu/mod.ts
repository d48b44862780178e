/**
 * GPU: shaders from text, and effects as shaders.
 *
 * @module
 */
export * from "./compiler/compile_shader.ts";
export { shaderCacheFolder } from "./compiler/shader_cache.ts";
export * from "./compiler/shader_error.ts";
export * from "./compiler/shader_kind.ts";
export * from "./compiler/shader_message.ts";
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
