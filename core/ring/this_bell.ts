/**
 * The bell of this thread: wakes its event loop when a ring that it reads has got an item by another thread or process.
 *
 * @module
 */
import { StreamError } from "../errors.ts";
import { type NativeLibrary, nativeLibrary } from "../native.ts";
import { runScheduled } from "../scheduler.ts";
import type { NativeRef } from "./native_ref.ts";

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

/**
 * The library, which everything between threads needs.
 *
 * @param action What cannot be done without it, for the message.
 * @throws {StreamError} `native-missing` if there is none.
 */
export function neededLibrary(action: string = "use another thread or process"): NativeLibrary {
  const library = nativeLibrary();
  if (library) return library;
  throw new StreamError(
    "native-missing",
    `Cannot ${action}: it needs the native library; \`streamlib doctor\` says what is missing`,
  );
}

/** The bell of this thread, for who rings it in this process. */
export function bellHandle(): number {
  return open().handle;
}

/**
 * The bell of this thread, as a writer in this process or in another one uses it.
 *
 * @param isShared Whether it is for another process.
 */
export function thisBell(isShared: boolean): NativeRef {
  return isShared ? { address: open().address() } : { handle: open().handle };
}

/** Calls `listener` whenever the bell has rung. @returns A function that takes it away. */
export function onBell(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function open(): Bell {
  return bell ??= neededLibrary().native.openBell(ring);
}
