/** What works on pixels: the native library, or its TypeScript twin where there is none (core says which, once). */
import { nativeLibrary, type RowRange } from "@streamlib/core";
import { blendRows, fillRows } from "./blend.ts";
import { NativeEngine } from "./native_engine.ts";
import type { Blend, BlendMode, RgbaPicture } from "./rgba_picture.ts";
import { scalePicture } from "./scale.ts";

/** Operations on RGBA pictures. All write only to the picture given first, and keep nothing. */
export interface PixelEngine {
  /** Fills rows with one opaque colour. */
  fill(picture: RgbaPicture, rows: RowRange, color: readonly [number, number, number]): void;
  /** Lays `over` over the opaque picture `under`, in some rows of it. */
  blend(under: RgbaPicture, over: RgbaPicture, rows: RowRange, blend: Blend): void;
  /** Scales `from` to the size of `to`, bilinear; a straight source gives a premultiplied result. */
  scale(to: RgbaPicture, from: RgbaPicture, mode: BlendMode): void;
}

/** The TypeScript twin. */
export const scriptEngine: PixelEngine = {
  fill: fillRows,
  blend: blendRows,
  scale: scalePicture,
};

/** The engine to use in this thread, once the native library was looked for (from `onStart` on). */
export function pixelEngine(): PixelEngine {
  const library = nativeLibrary();
  return library ? new NativeEngine(library.native.pixel) : scriptEngine;
}
