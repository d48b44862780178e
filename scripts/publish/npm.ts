/**
 * Publishes to npm what `deno task pack --all` has made.
 *
 * ```sh
 * deno run -A scripts/publish/npm.ts --provenance      # words behind it are npm's
 * deno run -A scripts/publish/npm.ts --dry-run
 * ```
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../../tests/setup.ts";

/** The file in which packing says what there is, each package behind those that it depends on. */
export const PACKED_LIST = "packages.json";

/** A package to publish. */
export interface Publishable {
  readonly name: string;
  readonly version: string;
  /** Path of the tarball. */
  readonly tarball: string;
}

/**
 * Publishes packages in their order. Those that npm has in this version are left out, so that a release that broke off
 * can be run again.
 *
 * @param packages What to publish.
 * @param words Options for `npm publish`, such as `--provenance`.
 * @param say Hears what is done.
 * @throws {Error} If npm refuses one, or cannot be asked; those before it are published.
 */
export async function publishToNpm(
  packages: readonly Publishable[],
  words: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  for (const { name, version, tarball } of packages) {
    if (await isPublished(name, version)) {
      say(`${name} ${version}: npm has it`);
      continue;
    }
    // A version with a suffix is not what people get who name none.
    const tag = version.includes("-") ? "next" : "latest";
    const done = await npm(["publish", tarball, "--access=public", `--tag=${tag}`, ...words]);
    if (done.status !== 0) throw new Error(`Cannot publish ${name} ${version}: npm says\n${done.output}`);
    say(`${name} ${version}: published`);
  }
}

async function isPublished(name: string, version: string): Promise<boolean> {
  const { status, output } = await npm(["view", `${name}@${version}`, "version", "--json"]);
  if (status === 0) return output.includes(`"${version}"`);
  if (output.includes("E404")) return false;
  throw new Error(`Cannot ask npm for ${name} ${version}: it says\n${output}`);
}

interface Done {
  readonly status: number | null;
  readonly output: string;
}

async function npm(words: readonly string[]): Promise<Done> {
  const child = spawn("npm", words, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Uint8Array) => output += part);
  const [status] = await once(child, "close") as [number | null];
  return { status, output };
}

if (import.meta.main) {
  try {
    const list = join(ROOT, "dist-npm", PACKED_LIST);
    if (!existsSync(list)) throw new Error(`Cannot publish: there is no ${list}; run: deno task pack --all`);
    await publishToNpm(JSON.parse(readFileSync(list, "utf8")), process.argv.slice(2), console.log);
  } catch (thrown) {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(1);
  }
}
