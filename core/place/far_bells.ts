/**
 * The bells of other places, as the writers of this place ring them: one handle each, however many links use it.
 *
 * @module
 */
import type { NativeLibrary } from "../native.ts";
import type { NativeRef } from "../ring/native_ref.ts";
import { neededLibrary } from "../ring/this_bell.ts";

interface FarBell {
  readonly handle: ReturnType<NativeLibrary["native"]["importBell"]>;
  users: number;
}

/** Bells of other processes by key. */
const imported = new Map<string, FarBell>();

/** The handle of a bell; each call needs one {@linkcode dropBell}. */
export function holdBell(bell: NativeRef): number {
  if ("handle" in bell) return bell.handle;
  const { key } = bell.address;
  let found = imported.get(key);
  if (!found) imported.set(key, found = { handle: neededLibrary().native.importBell(bell.address), users: 0 });
  found.users++;
  return found.handle;
}

/** One user of the bell fewer. */
export function dropBell(bell: NativeRef): void {
  if ("handle" in bell) return;
  const found = imported.get(bell.address.key);
  if (!found || --found.users > 0) return;
  imported.delete(bell.address.key);
  neededLibrary().native.dropBell(found.handle);
}

/**
 * Whether something failed because a memory or a bell of another place is no longer there. Its place has let it go or is
 * dead, and tells so by itself; who was about to use it has done nothing wrong.
 */
export function isGone(thrown: unknown): boolean {
  // A handle of this process is taken back with the thread that had it.
  const codes: unknown[] = ["gone", "bad_handle"];
  return thrown instanceof Error && codes.includes((thrown as { code?: unknown }).code);
}
