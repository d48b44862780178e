/**
 * The library as the rest of the program holds it.
 *
 * @module
 */

import { type NativeLibrary, openLibrary } from "./library.ts";
import { NativePixel } from "./native_pixel.ts";
import { NativeRing, type NativeRingConfig, type RingHandle } from "./native_ring.ts";
import { NativeTime } from "./native_time.ts";

/** What {@link load} gives: one noun of the library each, bound to this thread. */
export class Native {
  /** The open library: its path and its checked functions. */
  readonly library: NativeLibrary;
  /** Clock and waiting. */
  readonly time: NativeTime;
  /** Fill, blend, scale, convert. */
  readonly pixel: NativePixel;

  /** Over a library that is open; programs call {@link load}. */
  constructor(library: NativeLibrary) {
    this.library = library;
    this.time = new NativeTime(library);
    this.pixel = new NativePixel(library);
  }

  /** See {@link NativeRing.create}. */
  createRing(config: NativeRingConfig, format?: string): NativeRing {
    return NativeRing.create(this.library, config, format);
  }

  /** See {@link NativeRing.attach}. */
  attachRing(handle: RingHandle): NativeRing {
    return NativeRing.attach(this.library, handle);
  }
}

let loaded: Native | undefined;

/**
 * Opens libstreamlib, once per thread; further calls return the same. Every worker calls it for itself and sees the
 * same rings, because the library's state is one per process.
 *
 * @throws {NativeError} `no_ffi` on another runtime, `library_not_found`, `cannot_open`, `wrong_abi`, `missing_symbol`.
 */
export function load(): Native {
  loaded ??= new Native(openLibrary());
  return loaded;
}
