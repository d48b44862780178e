/**
 * The bell of this thread: wakes its event loop when a ring that it reads has got an item in another place.
 *
 * @module
 */
import { runScheduled } from "../actor/scheduler.ts";
import { StreamError } from "../errors.ts";
import { type NativeLibrary, nativeLibrary } from "../native.ts";
import type { NativeRef } from "./protocol.ts";

type Bell = ReturnType<NativeLibrary["native"]["openBell"]>;

/** Looks for news; runs on the event loop. */
type Listener = () => void;

const listeners = new Set<Listener>();
let bell: Bell | undefined;

function ring(): void {
  for (const listener of [...listeners]) listener();
  // Before the bell waits for the next ring: a microtask would come after that.
  runScheduled();
}

/** The library, which everything between places needs. */
export function neededLibrary(): NativeLibrary {
  const library = nativeLibrary();
  if (library) return library;
  throw new StreamError(
    "native-missing",
    "Cannot use another thread or process: it needs the native library; `streamlib doctor` says what is missing",
  );
}

/**
 * The bell of this thread, as a writer in this process or in another one uses it.
 *
 * @param isShared Whether it is for another process.
 */
export function thisBell(isShared: boolean): NativeRef {
  bell ??= neededLibrary().native.openBell(ring);
  return isShared ? { address: bell.address() } : { handle: bell.handle };
}

/** Calls `listener` whenever the bell has rung. @returns A function that takes it away. */
export function onBell(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
