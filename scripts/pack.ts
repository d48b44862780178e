/**
 * Makes the npm packages, as folders and tarballs: each package of the workspace as JavaScript with declarations, and
 * the native library.
 *
 * ```sh
 * deno task pack            # into dist-npm/, with the native library of this machine
 * deno task pack --all      # with those of every platform, as they are released
 * ```
 *
 * A path that the code makes at run time must take its ending from its own: `import.meta.url.endsWith(".ts")`.
 *
 * @module
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { nativePlatforms, platformName } from "../ffi/locate.ts";
import { ROOT } from "../tests/setup.ts";
import { writeJavaScript } from "./publish/javascript.ts";
import { PACKED_LIST } from "./publish/npm.ts";
import { manifestOf } from "./publish/manifest.ts";
import { isOwnSource, moduleNames } from "./publish/module_names.ts";
import { nativeDependencies, nativePackageName, writeNativePackage } from "./publish/native_package.ts";
import { type Member, members, publishedFiles, runProgram } from "./workspace.ts";

/** A package that was made. */
export interface PackedPackage {
  readonly name: string;
  /** Folder with what is in the tarball. */
  readonly folder: string;
  /** Path of the tarball. */
  readonly tarball: string;
}

/** Packages that npm also has under another name: `npm create streamlib` asks for `create-streamlib`. */
const ALIASES: readonly (readonly [string, string])[] = [["create-streamlib", "@streamlib/create"]];

/**
 * Makes every package in `target`, which is emptied first.
 *
 * @param target Where to.
 * @param platforms For which platforms the native library is made; default this machine's.
 * @returns The packages, each behind those that it depends on.
 * @throws {Error} If a file does not compile, imports a file that is not published, or a library does not build.
 */
export function packAll(target: string, platforms: readonly string[] = [platformName()]): PackedPackage[] {
  rmSync(target, { recursive: true, force: true });
  const all = inOrder(members());
  const versions = new Map(all.map(({ npm }) => [npm.name, npm.version]));
  const made = [
    ...platforms.map((platform) => packNative(platform, target, versions.get("@streamlib/ffi")!)),
    ...all.map((member) => packMember(member, target, versions)),
  ];
  made.push(...ALIASES.map(([alias, name]) => packAlias(alias, made.find((one) => one.name === name)!, target)));
  const listed = runProgram("npm", [
    "pack",
    "--json",
    "--ignore-scripts",
    "--loglevel=error",
    `--pack-destination=${target}`,
    ...made.map(({ folder }) => folder),
  ]);
  const tarballs = new Map(tarballsOf(JSON.parse(listed)).map(({ name, filename }) => [name, filename]));
  const packed = made.map(({ name, folder }) => ({ name, folder, tarball: join(target, tarballs.get(name)!) }));
  const list = packed.map(({ name, tarball }) => ({ name, version: versions.get("@streamlib/core")!, tarball }));
  writeFileSync(join(target, PACKED_LIST), `${JSON.stringify(list, null, 2)}\n`);
  return packed;
}

interface Made {
  readonly name: string;
  readonly folder: string;
}

interface Tarball {
  readonly name: string;
  readonly filename: string;
}

/** npm answers with a list, or with a table by name, as its version has it. */
function tarballsOf(answer: readonly Tarball[] | Readonly<Record<string, Tarball>>): Tarball[] {
  return Object.values(answer).map(({ name, filename }) => ({
    name,
    filename: filename.replace("@", "").replace("/", "-"),
  }));
}

/** The packages, each behind those of the workspace that it depends on. */
function inOrder(all: readonly Member[]): Member[] {
  const byName = new Map(all.map((member) => [member.npm.name, member]));
  const ordered = new Set<Member>();
  const add = (member: Member): void => {
    for (const name of Object.keys({ ...member.npm.dependencies, ...member.npm.optionalDependencies })) {
      const wanted = byName.get(name);
      if (wanted !== undefined && !ordered.has(wanted)) add(wanted);
    }
    ordered.add(member);
  };
  all.forEach(add);
  return [...ordered];
}

function packMember(member: Member, target: string, versions: ReadonlyMap<string, string>): Made {
  const { npm } = member;
  const folder = join(target, npm.name.replace("@streamlib/", ""));
  const files = publishedFiles(member).filter((file) => file !== "deno.json" && file !== "package.json");
  const sources = files.filter((file) => file.endsWith(".ts"));
  checkImports(member, sources);
  writeJavaScript(join(ROOT, member.folder), sources, folder);
  for (const file of files) if (!file.endsWith(".ts")) copy(join(ROOT, member.folder, file), join(folder, file));
  copy(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  const native = npm.name === "@streamlib/ffi" ? nativeDependencies(npm.version) : {};
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifestOf(member, versions, native), null, 2)}\n`);
  return { name: npm.name, folder };
}

/** The same package under another name. */
function packAlias(alias: string, { folder }: Made, target: string): Made {
  const copied = join(target, alias);
  cpSync(folder, copied, { recursive: true });
  const path = join(copied, "package.json");
  const manifest = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  writeFileSync(path, `${JSON.stringify({ ...manifest, name: alias }, null, 2)}\n`);
  return { name: alias, folder: copied };
}

function packNative(platform: string, target: string, version: string): Made {
  const name = nativePackageName(platform);
  const folder = join(target, name.replace("@streamlib/", ""));
  writeNativePackage(platform, version, folder);
  return { name, folder };
}

function checkImports(member: Member, sources: readonly string[]): void {
  const known = new Set(sources);
  for (const source of sources) {
    const text = readFileSync(join(ROOT, member.folder, source), "utf8");
    for (const { name, line } of moduleNames(source, text)) {
      const wanted = join(dirname(source), name);
      if (!isOwnSource(name) || known.has(wanted)) continue;
      throw new Error(
        `${member.folder}/${source}:${line}: imports ${wanted}, which is not published: ` +
          `see publish.exclude of ${member.folder}/deno.json`,
      );
    }
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  if (words.some((word) => word !== "--all")) {
    console.error(`Cannot pack ${words.join(" ")}: the one option is --all`);
    process.exit(2);
  }
  const platforms = words.includes("--all") ? nativePlatforms : [platformName()];
  for (const { name, tarball } of packAll(join(ROOT, "dist-npm"), platforms)) console.log(`${name}  ${tarball}`);
}
