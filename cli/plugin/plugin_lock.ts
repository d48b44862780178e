/**
 * `streamlib.lock.json`: which version of each plugin of a registry a pipeline uses, and the sum of its content.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf, StreamError } from "@streamlib/core";
import { atAbort } from "./at_abort.ts";
import { type Holder, stillRuns, thisHolder, thisPlace } from "./holder.ts";
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

/** After so long somebody is told what is waited for. */
const TELL_MS = 1000;

/** A lock of another machine or container is left behind after so long: nothing that is done under one takes longer. */
const FOREIGN_MS = 15 * 60_000;

/** A lock without content is left behind after so long: where there are no links, it is written after it was made. */
const EMPTY_MS = 2000;

/** What stands in the locks that this program holds. */
const held = new Set<string>();

/** How {@link withLock} waits. */
export interface LockOptions {
  /** Hears once what is waited for, if that takes longer than a second. Default: standard error. */
  readonly tell?: (line: string) => void;
}

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
export async function withLock<T>(
  folder: string,
  action: () => T | Promise<T>,
  { tell = (line) => console.error(line) }: LockOptions = {},
): Promise<T> {
  const path = join(folder, `.${LOCK_FILE}.pid`);
  const { pid, started, place } = thisHolder();
  const mine = `${pid} ${started} ${randomUUID()} ${place}`;
  held.add(mine);
  const release = (): void => {
    held.delete(mine);
    if (textOf(path) === mine) rmSync(path, { force: true });
  };
  const forget = atAbort(release);
  try {
    const beganMs = performance.now();
    let isTold = false;
    while (!take(path, mine)) {
      if (isLeft(path)) {
        sweep(path);
        continue;
      }
      await delay(LOOK_MS);
      if (isTold || performance.now() - beganMs < TELL_MS) continue;
      isTold = true;
      tell(waiting(path));
    }
    return await action();
  } finally {
    release();
    forget();
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

/** Appears with its content, or not at all. @returns Whether the lock is ours now. */
function take(path: string, mine: string): boolean {
  const made = `${path}.${randomUUID()}`;
  try {
    writeFileSync(made, mine);
    linkSync(made, path);
    return true;
  } catch (thrown) {
    const { code } = thrown as { code?: string };
    if (code === "EEXIST") return false;
    if (NO_LINKS.includes(code ?? "")) return takeUnlinked(path, mine);
    throw unwritable(path, thrown);
  } finally {
    rmSync(made, { force: true });
  }
}

/** What is said where a file cannot have two names. */
const NO_LINKS: readonly string[] = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"];

function takeUnlinked(path: string, mine: string): boolean {
  try {
    writeFileSync(path, mine, { flag: "wx" });
    return true;
  } catch (thrown) {
    if ((thrown as { code?: string }).code === "EEXIST") return false;
    throw unwritable(path, thrown);
  }
}

/** Whether whoever took the lock holds it no more, and could not remove it. */
function isLeft(path: string): boolean {
  const text = textOf(path);
  if (text === undefined) return false;
  const holder = holderOf(text);
  if (holder === undefined) return ageMs(path) > EMPTY_MS;
  if (holder.place !== thisPlace()) return ageMs(path) > FOREIGN_MS;
  return holder.pid === process.pid ? !held.has(text) : !stillRuns(holder);
}

function holderOf(text: string): Holder | undefined {
  const [, pid, started, place] = /^(\d+) (\S+) \S+ (\S+)$/.exec(text) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), started, place };
}

/** Since it was written; a file that has gone is new. */
function ageMs(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function waiting(path: string): string {
  const holder = holderOf(textOf(path) ?? "");
  const where = holder === undefined || holder.place === thisPlace() ? "" : ` of ${holder.place}`;
  const who = holder === undefined ? "another process" : `process ${holder.pid}${where}`;
  return `streamlib waits for ${who}, which holds ${path}; if it does not run any more, remove that file`;
}

/**
 * Takes a lock away that was left behind: of several that try, one moves it. Where another was quicker and has taken the
 * lock since, it gets it back.
 */
function sweep(path: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (!isLeft(aside)) linkSync(aside, path);
  } catch {
    // It is gone, or taken anew: the caller looks again.
  }
  rmSync(aside, { force: true });
}
