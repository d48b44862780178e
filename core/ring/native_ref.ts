/**
 * How one place names to another a ring or a bell of the library.
 *
 * @module
 */

/** Names a memory or a bell in other processes. */
export interface SharedAddress {
  readonly pid: number;
  readonly fd: number;
  readonly key: string;
}

/** Where something native is: a handle in the same process, an address in another one. */
export type NativeRef = { readonly handle: number } | { readonly address: SharedAddress };
