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
 * Notes that a file is read, until `ended` has settled.
 *
 * @param path The file. @param ended Settles when it is closed; never rejects.
 */
export function noteReading(path: string, ended: Promise<void>): void {
  note({ path: resolve(path), use: "read" }, ended);
}

/**
 * Notes that a file is written, until `ended` has settled.
 *
 * @param path The file. @param ended Settles when it is closed; never rejects.
 */
export function noteWriting(path: string, ended: Promise<void>): void {
  note({ path: resolve(path), use: "written" }, ended);
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

function note(file: OpenFile, ended: Promise<void>): void {
  open.add(file);
  void ended.then(() => open.delete(file));
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
