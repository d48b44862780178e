/**
 * The effects of this package.
 *
 * @module
 */
import { bloomEffect } from "./bloom.ts";
import { blurEffect } from "./blur.ts";
import { chromaKeyEffect } from "./chroma_key.ts";
import { distortionEffect } from "./distortion.ts";
import type { Effect } from "./effect.ts";
import { lut3dEffect } from "./lut3d.ts";
import { scaleEffect } from "./scale.ts";
import { vignetteEffect } from "./vignette.ts";

/** Every effect of this package. */
export const EFFECTS: readonly Effect[] = [
  bloomEffect,
  blurEffect,
  chromaKeyEffect,
  distortionEffect,
  lut3dEffect,
  scaleEffect,
  vignetteEffect,
];
