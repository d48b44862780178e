/**
 * The native library, as the actors of this package need it.
 *
 * @module
 */
import { type NativeLibrary, nativeLibrary, StreamError } from "@streamlib/core";

/** What core loaded. */
export type Native = NativeLibrary["native"];

/**
 * The library, which everything that sends and receives needs.
 *
 * @param who The actor's label.
 * @throws {StreamError} `native-missing` if there is none.
 */
export function nativeFor(who: string): Native {
  const library = nativeLibrary();
  if (library) return library.native;
  throw new StreamError(
    "native-missing",
    `Cannot start ${who}: packets are sent and received by the native library; \`streamlib doctor\` says what is missing`,
  );
}
