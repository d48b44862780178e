/**
 * `streamlib.lock.json`: which version of each plugin of a registry a pipeline uses, and the sum of its content.
 *
 * @module
 */
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf, StreamError } from "@streamlib/core";
import { isVersion } from "./version_range.ts";

/** Name of the file: beside the pipeline's file, or in the working folder. */
export const LOCK_FILE = "streamlib.lock.json";

/** What a specifier stands for. */
export interface LockedPlugin {
  /** The exact version. */
  readonly version: string;
  /** Sum of the package's content, as registries give it: `sha512-…`. */
  readonly integrity: string;
}

/** How often a taken lock is looked at again. */
const LOOK_MS = 100;

/**
 * What the file of a folder says of a specifier, or `undefined`.
 *
 * @throws {StreamError} `plugin-lock` if the file cannot be read.
 */
export function readLocked(folder: string, specifier: string): LockedPlugin | undefined {
  return readAll(folder)[specifier];
}

/**
 * Writes an entry, unless there is one by now. The file is replaced at once: whoever reads it sees the old or the new.
 * Call it within {@link withLock}.
 *
 * @throws {StreamError} `plugin-lock` if the file cannot be read or written.
 */
export function writeLocked(folder: string, specifier: string, entry: LockedPlugin): void {
  const plugins = { ...readAll(folder), [specifier]: entry };
  const sorted = Object.fromEntries(Object.entries(plugins).sort(([a], [b]) => a < b ? -1 : 1));
  const path = join(folder, LOCK_FILE);
  const made = `${path}.${process.pid}`;
  try {
    writeFileSync(made, `${JSON.stringify({ version: 1, plugins: sorted }, null, 2)}\n`);
    renameSync(made, path);
  } catch (thrown) {
    rmSync(made, { force: true });
    throw unwritable(path, thrown);
  }
}

/**
 * Does something while no other program changes the file of this folder. A program that has died holds nothing.
 *
 * @throws {StreamError} `plugin-lock` if the folder cannot be written; what the action throws.
 */
export async function withLock<T>(folder: string, action: () => Promise<T>): Promise<T> {
  const path = join(folder, `.${LOCK_FILE}.pid`);
  while (!take(path)) {
    if (isLeft(path)) sweep(path);
    else await delay(LOOK_MS);
  }
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}

function readAll(folder: string): Readonly<Record<string, LockedPlugin>> {
  const path = join(folder, LOCK_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    if ((thrown as { code?: string }).code === "ENOENT") return {};
    throw unreadable(path, messageOf(thrown));
  }
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (thrown) {
    throw unreadable(path, messageOf(thrown));
  }
  const { version, plugins } = (read ?? {}) as { version?: unknown; plugins?: unknown };
  if (version !== 1 || typeof plugins !== "object" || plugins === null) {
    throw unreadable(path, 'it has no "version": 1 and "plugins"');
  }
  for (const [name, entry] of Object.entries(plugins as Record<string, unknown>)) {
    const { version, integrity } = (entry ?? {}) as { version?: unknown; integrity?: unknown };
    if (typeof version === "string" && isVersion(version) && typeof integrity === "string") continue;
    throw unreadable(path, `the entry of ${name} has no exact "version", or no "integrity"`);
  }
  return plugins as Record<string, LockedPlugin>;
}

function unreadable(path: string, why: string): StreamError {
  return new StreamError("plugin-lock", `${path} cannot be read: ${why}; mend it, or remove it to have it made again`);
}

function unwritable(path: string, thrown: unknown): StreamError {
  const message = `${path} cannot be written: ${messageOf(thrown)}; it keeps the version that is fetched`;
  return new StreamError("plugin-lock", message, { cause: thrown });
}

/** @returns Whether the lock is ours now. */
function take(path: string): boolean {
  try {
    const file = openSync(path, "wx");
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (thrown) {
    if ((thrown as { code?: string }).code === "EEXIST") return false;
    throw unwritable(path, thrown);
  }
}

/** Whether the program that took the lock has died. One that has taken it and not yet written its number lives. */
function isLeft(path: string): boolean {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return false;
  }
  return text !== "" && !isAlive(Number(text));
}

/** Whether a process with this number runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as { code?: string }).code === "EPERM";
  }
}

/**
 * Takes a lock away that was left behind: of several that try, one moves it. Where another was quicker and has taken the
 * lock since, it gets it back.
 */
function sweep(path: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (!isLeft(aside)) linkSync(aside, path);
  } catch {
    // It is gone, or taken anew: the caller looks again.
  }
  rmSync(aside, { force: true });
}
