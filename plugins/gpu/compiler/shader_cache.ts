/**
 * Compiled shaders on disk, one file each, named by a hash of all that went into it.
 *
 * Entries are written beside their place and renamed into it, so that programs that compile the same at once see whole
 * files or none. An entry carries a hash of its content; one that does not fit is compiled and written again.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import type { CompilerOutput } from "./compiler_output.ts";
import type { ShaderMessage } from "./shader_message.ts";

/** Part of every key; changes with the form of entries. */
const FORMAT = "streamlib shader 1";
const ENDING = ".shader";
/** Most entries; the oldest quarter goes when there are more. */
const ENTRIES_MAX = 1024;
/** What a program left behind that ended while it wrote, milliseconds. */
const LEFTOVER_AGE_MS = 3_600_000;
const LINE_FEED = 10;

/** First line of an entry; the words follow. */
interface EntryHead {
  readonly sha256: string;
  readonly warnings: readonly ShaderMessage[];
}

/** The folder for this user: `$XDG_CACHE_HOME/streamlib/shaders`, or `~/.cache/streamlib/shaders`. */
export function shaderCacheFolder(): string {
  const given = process.env.XDG_CACHE_HOME;
  const base = given !== undefined && isAbsolute(given) ? given : join(homedir(), ".cache");
  return join(base, "streamlib", "shaders");
}

/** Path of the entry for what went into a shader, in any order that stays the same. */
export function cachePath(folder: string, inputs: readonly string[]): string {
  const key = createHash("sha256").update(JSON.stringify([FORMAT, ...inputs])).digest("hex");
  return join(folder, key + ENDING);
}

/** An entry, or `undefined` if there is none that can be used. */
export async function readCache(path: string): Promise<CompilerOutput | undefined> {
  try {
    const bytes = await readFile(path);
    const end = bytes.indexOf(LINE_FEED);
    const head = JSON.parse(bytes.toString("utf8", 0, end)) as EntryHead;
    const body = bytes.subarray(end + 1);
    if (end < 0 || body.length === 0 || body.length % 4 !== 0) return undefined;
    if (head.sha256 !== hashOf(head.warnings, body)) return undefined;
    const words = new Uint32Array(body.length / 4);
    new Uint8Array(words.buffer).set(body);
    return { words, warnings: head.warnings };
  } catch {
    return undefined;
  }
}

/** Writes an entry. @throws What the file system says. */
export async function writeCache(folder: string, path: string, output: CompilerOutput): Promise<void> {
  const { words, warnings } = output;
  const body = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  const head: EntryHead = { sha256: hashOf(warnings, body), warnings };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]), { flag: "wx" });
    await rename(draft, path);
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
  await prune(folder, ENTRIES_MAX);
}

/** Removes the oldest quarter of the entries if there are more than `entriesMax`, and drafts that nobody finished. */
export async function prune(folder: string, entriesMax: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}\.shader/.test(name));
  if (names.length <= entriesMax) return;
  const files = await Promise.all(names.map(async (name) => {
    const path = join(folder, name);
    // Another program may have removed it meanwhile.
    const changedMs = await stat(path).then(({ mtimeMs }) => mtimeMs, () => undefined);
    return { path, changedMs, isDraft: !name.endsWith(ENDING) };
  }));
  const there = files.flatMap(({ changedMs, ...rest }) => changedMs === undefined ? [] : [{ ...rest, changedMs }]);
  const entries = there.filter(({ isDraft }) => !isDraft).sort((a, b) => a.changedMs - b.changedMs);
  const leftOver = there.filter(({ isDraft, changedMs }) => isDraft && Date.now() - changedMs > LEFTOVER_AGE_MS);
  const old = entries.slice(0, Math.max(0, entries.length - Math.floor(entriesMax * 3 / 4)));
  for (const { path } of [...leftOver, ...old]) await rm(path, { force: true });
}

function hashOf(warnings: readonly ShaderMessage[], body: Uint8Array): string {
  return createHash("sha256").update(JSON.stringify(warnings)).update(body).digest("hex");
}
