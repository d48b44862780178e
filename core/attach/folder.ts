/**
 * Where programs of a user are found.
 *
 * Whoever can open a socket in the folder can look into the programs of its owner, so that the folder has to be the
 * user's own and closed to everybody else.
 *
 * @module
 */
import { lstatSync, mkdirSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import { messageOf } from "../errors.ts";

/**
 * The folders where sockets of this user's programs may lie, the preferred one first:
 * `$XDG_RUNTIME_DIR/streamlib` where that directory is the user's, and `/tmp/streamlib-UID`. Empty where the system has
 * no users of this kind.
 */
export function programFolders(): string[] {
  const uid = process.getuid?.();
  if (uid === undefined) return [];
  const runtime = process.env.XDG_RUNTIME_DIR;
  const own = runtime !== undefined && isAbsolute(runtime) && belongsTo(runtime, uid)
    ? [join(runtime, "streamlib")]
    : [];
  return [...own, `/tmp/streamlib-${uid}`];
}

/**
 * Why a folder of {@linkcode programFolders} must not be used: it is no folder but a link or a file, it belongs to
 * somebody else, or others can enter it. `undefined` if nothing is wrong, also if it is not there.
 */
export function folderProblem(folder: string): string | undefined {
  const uid = process.getuid?.();
  try {
    const stats = lstatSync(folder);
    if (!stats.isDirectory()) return "it is not a folder; remove it";
    if (stats.uid !== uid) return `it belongs to user ${stats.uid}, not to ${uid}; have it removed`;
    const open = stats.mode & 0o077;
    if (open !== 0) return `others can enter it (mode ${(stats.mode & 0o777).toString(8)}); chmod 700 is right`;
    return undefined;
  } catch (thrown) {
    return (thrown as { code?: unknown }).code === "ENOENT" ? undefined : messageOf(thrown);
  }
}

/** The first folder that is there or can be made, and has no problem; else a text that says why there is none. */
export function openProgramFolder(): { readonly folder: string } | { readonly problem: string } {
  const problems: string[] = [];
  for (const folder of programFolders()) {
    const problem = makeFolder(folder) ?? folderProblem(folder);
    if (problem === undefined) return { folder };
    problems.push(`${folder}: ${problem}`);
  }
  return { problem: problems.join("; ") || "this system has no Unix users" };
}

function makeFolder(folder: string): string | undefined {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return undefined;
  } catch (thrown) {
    return (thrown as { code?: unknown }).code === "EEXIST" ? undefined : messageOf(thrown);
  }
}

function belongsTo(path: string, uid: number): boolean {
  try {
    return lstatSync(path).uid === uid;
  } catch {
    return false;
  }
}
