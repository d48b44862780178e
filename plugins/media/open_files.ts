/**
 * Which media files are open on this thread, so that none is written over while it is read or written.
 *
 * @module
 */
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { MediaError } from "./media_error.ts";

/** A file that is open. */
interface OpenFile {
  readonly path: string;
  readonly use: "read" | "written";
}

const open = new Set<OpenFile>();

/**
 * Notes that a file is read or written, until `ended` has settled, or until it could not be opened.
 *
 * @param path The file.
 * @param use What is done with it.
 * @param opened Settles when it is open; what it rejects with is for others.
 * @param ended Settles when it is closed; never rejects.
 */
export function noteOpen(path: string, use: OpenFile["use"], opened: Promise<unknown>, ended: Promise<void>): void {
  const file = { path: resolve(path), use };
  open.add(file);
  const close = (): void => void open.delete(file);
  opened.catch(close);
  void ended.then(close);
}

/**
 * Checks that nothing on this thread reads or writes a file that is to be written.
 *
 * @throws {MediaError} `unwritable`, before the file is touched.
 */
export function checkWritable(path: string): void {
  const other = [...open].find((one) => isSameFile(one.path, path));
  if (!other) return;
  const what = other.use === "read" ? "it is being read" : "another writer writes it";
  throw new MediaError("unwritable", `Cannot write ${path}: ${what} as ${other.path}; a path of its own is right`);
}

/** Whether two paths are one file, by other names or by links also; the files need not be there. */
function isSameFile(one: string, other: string): boolean {
  if (realPath(one) === realPath(other)) return true;
  const [a, b] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino !== 0n && a.dev === b.dev && a.ino === b.ino;
}

function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    try {
      return join(realpathSync(dirname(whole)), basename(whole));
    } catch {
      return whole;
    }
  }
}
