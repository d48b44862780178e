/**
 * The one place where core reaches the native library, and the one notice when it cannot.
 *
 * @module
 */
import { isMainThread } from "node:worker_threads";
import type { check, gpuFramePool, Native, results, socketBufferWarning } from "@streamlib/ffi";
import { messageOf } from "./errors.ts";

/** What core uses of the FFI package, as it was imported. */
export interface NativeLibrary {
  /** The loaded library: rings, time and pixels. */
  readonly native: Native;
  /** The library's result codes by name. */
  readonly results: typeof results;
  /** Throws the error that a negative result code stands for; returns any other. */
  readonly check: typeof check;
  /** What to tell a user whose socket got a shorter buffer than was asked for. */
  readonly socketBufferWarning: typeof socketBufferWarning;
  /** The pool of the picture that 72 bytes of a slot name. */
  readonly gpuFramePool: typeof gpuFramePool;
}

/** Which implementation is in use, and why. */
export interface NativeState {
  /** The loaded library, if any. */
  readonly library: NativeLibrary | undefined;
  /** Why there is none. */
  readonly reason: string | undefined;
}

let state: NativeState | undefined;
let loading: Promise<NativeState> | undefined;

/** What is known now; `undefined` before {@linkcode loadNative} has answered. */
export function nativeState(): NativeState | undefined {
  return state;
}

/**
 * The library once it is loaded, else `undefined`: before {@linkcode loadNative} has answered, and where there is none.
 */
export function nativeLibrary(): NativeLibrary | undefined {
  return state?.library;
}

/**
 * Loads the native library once; every actor does so before its body is made. Never rejects: without a library the
 * main thread says so in one line on standard error and core goes on with its TypeScript twins (one process, coarser time). The
 * environment variable `STREAMLIB_NATIVE=off` asks for the twins, which needs no line.
 */
export function loadNative(): Promise<NativeState> {
  return loading ??= openNative().then((opened) => state = opened);
}

async function openNative(): Promise<NativeState> {
  const environment = (globalThis as { process?: { env: Record<string, string | undefined> } }).process?.env;
  if (environment?.STREAMLIB_NATIVE === "off") return { library: undefined, reason: "STREAMLIB_NATIVE=off" };
  try {
    const { check, fetchLibrary, gpuFramePool, load, results, socketBufferWarning } = await import("@streamlib/ffi");
    await fetchLibrary();
    const native = load();
    return { library: { native, results, check, socketBufferWarning, gpuFramePool }, reason: undefined };
  } catch (thrown) {
    const reason = messageOf(thrown);
    if (isMainThread) {
      console.error(`streamlib: running without the native library (one process, coarse time): ${reason}`);
    }
    return { library: undefined, reason };
  }
}
