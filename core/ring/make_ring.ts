/**
 * Makes the best ring there is.
 *
 * @module
 */
import { nativeLibrary } from "../native.ts";
import type { RingConfig } from "./layout.ts";
import { NativeRing } from "./native_ring.ts";
import type { Ring } from "./ring.ts";
import { SharedRing } from "./shared_ring.ts";

/** A ring in the library's shared memory where the library is loaded, else in a SharedArrayBuffer. */
export function makeRing(config: RingConfig): Ring {
  const library = nativeLibrary();
  return library ? NativeRing.create(library, config) : SharedRing.create(config);
}
