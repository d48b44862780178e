/**
 * The native part of this package.
 *
 * @module
 */
import { findSharedLibrary, openSharedLibrary, type SharedFunctions } from "@streamlib/ffi";

const SYMBOLS = {
  soft_clip_apply: { parameters: ["buffer", "u32", "f32"], result: "void" },
} as const;

/** Functions of the library; `native/soft_clip.zig` says what they do. */
export type LibraryFunctions = SharedFunctions<typeof SYMBOLS>;

/**
 * Opens the library of this platform.
 *
 * @throws {Error} If there is none, naming the platforms there are.
 */
export function openLibrary(): LibraryFunctions {
  const path = findSharedLibrary(new URL("./lib/", import.meta.url), "soft_clip");
  return openSharedLibrary(path, SYMBOLS).functions;
}
