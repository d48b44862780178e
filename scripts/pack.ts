/**
 * Makes the npm packages: each package of the workspace as JavaScript with declarations, and the native library of this
 * platform, as folders and tarballs.
 *
 * ```sh
 * deno task pack            # into dist-npm/
 * ```
 *
 * Files keep their names and places (`a/b.ts` becomes `a/b.js` and `a/b.d.ts`); nothing is bundled. Relative imports are
 * rewritten; a path that the code makes at run time must take its ending from its own: `import.meta.url.endsWith(".ts")`.
 *
 * @module
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import ts from "typescript";
import { buildCommand, libraryFileName, platformPackage } from "../ffi/locate.ts";
import { ROOT } from "../tests/setup.ts";
import { doorsOf, type Member, members, publishedFiles, runProgram } from "./workspace.ts";

/** A package that was made. */
export interface PackedPackage {
  readonly name: string;
  /** Folder with what is in the tarball. */
  readonly folder: string;
  /** Path of the tarball. */
  readonly tarball: string;
}

/**
 * The TypeScript compiler writes scripts and declarations alike, each file by itself: types are checked elsewhere. It
 * writes decorators out as the standard has them; esbuild 0.28 runs the initializers of class decorators too early.
 */
const COMPILER_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.esnext.d.ts"],
  types: [],
  allowImportingTsExtensions: true,
  declaration: true,
  isolatedDeclarations: true,
  isolatedModules: true,
  noCheck: true,
  noResolve: true,
  strict: true,
  verbatimModuleSyntax: true,
};

/**
 * Makes every package in `target`, which is emptied first.
 *
 * @throws {Error} If a file does not compile, imports a file that is not published, or the native library is not built.
 */
export function packAll(target: string): PackedPackage[] {
  rmSync(target, { recursive: true, force: true });
  const all = members();
  const versions = new Map(all.map(({ npm }) => [npm.name, npm.version]));
  const made = all.map((member) => packMember(member, target, versions));
  made.push(packNative(target, versions.get("@streamlib/ffi")!));
  const listed = runProgram("npm", [
    "pack",
    "--json",
    "--ignore-scripts",
    "--loglevel=error",
    `--pack-destination=${target}`,
    ...made.map(({ folder }) => folder),
  ]);
  const tarballs = new Map(tarballsOf(JSON.parse(listed)).map(({ name, filename }) => [name, filename]));
  return made.map(({ name, folder }) => ({ name, folder, tarball: join(target, tarballs.get(name)!) }));
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

function packMember(member: Member, target: string, versions: ReadonlyMap<string, string>): Made {
  const { npm } = member;
  const folder = join(target, npm.name.replace("@streamlib/", ""));
  const files = publishedFiles(member).filter((file) => file !== "deno.json" && file !== "package.json");
  const sources = files.filter((file) => file.endsWith(".ts"));
  mkdirSync(folder, { recursive: true });
  writeScripts(member, sources, folder);
  for (const file of files) if (!file.endsWith(".ts")) copy(join(ROOT, member.folder, file), join(folder, file));
  copy(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  const manifest = {
    name: npm.name,
    version: npm.version,
    license: npm.license,
    type: "module",
    exports: Object.fromEntries(
      Object.entries(doorsOf(npm.exports)).map(([door, file]) => [door, {
        types: file.replace(/\.ts$/, ".d.ts"),
        default: file.replace(/\.ts$/, ".js"),
      }]),
    ),
    ...(npm.bin === undefined ? {} : { bin: mapValues(npm.bin, (file) => file.replace(/\.ts$/, ".js")) }),
    ...(npm.dependencies === undefined
      ? {}
      : { dependencies: mapValues(npm.dependencies, (range, name) => released(range, name, versions)) }),
    ...optionalDependenciesOf(npm.name, npm.version, npm.optionalDependencies),
    sideEffects: true,
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return { name: npm.name, folder };
}

/** `@streamlib/ffi` asks for the library of the platform; where that package is for another one, npm passes it over. */
function optionalDependenciesOf(
  name: string,
  version: string,
  given: Readonly<Record<string, string>> | undefined,
): { optionalDependencies?: Record<string, string> } {
  const native = name === "@streamlib/ffi" ? { [platformPackage()]: version } : {};
  const all = { ...given, ...native };
  return Object.keys(all).length === 0 ? {} : { optionalDependencies: all };
}

function writeScripts(member: Member, sources: readonly string[], folder: string): void {
  const base = join(ROOT, member.folder);
  const known = new Set(sources);
  for (const source of sources) checkImports(member, source, readFileSync(join(base, source), "utf8"), known);
  const options = { ...COMPILER_OPTIONS, rootDir: base, outDir: folder };
  const program = ts.createProgram(sources.map((source) => join(base, source)), options);
  const { diagnostics } = program.emit(undefined, (path, text) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, rewriteImports(text));
  });
  const wrong = [...program.getSyntacticDiagnostics(), ...diagnostics][0];
  if (wrong === undefined) return;
  const line = wrong.file && wrong.start !== undefined ? wrong.file.getLineAndCharacterOfPosition(wrong.start).line : 0;
  const message = ts.flattenDiagnosticMessageText(wrong.messageText, " ");
  throw new Error(`${wrong.file?.fileName ?? member.folder}:${line + 1}: cannot be packed: ${message}`);
}

const RELATIVE_IMPORT = /((?:\bfrom|\bimport)\s*\(?\s*)(["'])(\.{1,2}\/[^"'\n]+)\.ts\2/g;

function rewriteImports(text: string): string {
  return text.replace(RELATIVE_IMPORT, "$1$2$3.js$2");
}

function checkImports(member: Member, source: string, text: string, known: ReadonlySet<string>): void {
  for (const match of text.matchAll(RELATIVE_IMPORT)) {
    const wanted = join(dirname(source), `${match[3]}.ts`);
    if (known.has(wanted)) continue;
    const line = text.slice(0, match.index).split("\n").length;
    // An example in a comment may name a file of the reader's own.
    if (/^\s*(\*|\/\/)/.test(text.split("\n")[line - 1])) continue;
    throw new Error(
      `${member.folder}/${source}:${line}: imports ${wanted}, which is not published: ` +
        `see publish.exclude of ${member.folder}/deno.json`,
    );
  }
}

function packNative(target: string, version: string): Made {
  const name = platformPackage();
  const library = join(ROOT, "zig/zig-out/lib", libraryFileName());
  if (!existsSync(library)) throw new Error(`Cannot pack ${name}: ${library} is not built; run: ${buildCommand}`);
  const folder = join(target, name.replace("@streamlib/", ""));
  copy(library, join(folder, libraryFileName()));
  copy(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  const libc = name.endsWith("-gnu") ? ["glibc"] : name.endsWith("-musl") ? ["musl"] : undefined;
  const manifest = { name, version, license: "MIT", os: [process.platform], cpu: [process.arch], libc };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return { name, folder };
}

/** The range that a released package asks for: `workspace:^` of version 1.2.3 becomes `^1.2.3`. */
function released(range: string, name: string, versions: ReadonlyMap<string, string>): string {
  if (!range.startsWith("workspace:")) return range;
  const version = versions.get(name);
  if (version === undefined) {
    throw new Error(`Cannot pack: ${name} is asked for as ${range} and is not in the workspace`);
  }
  return `${range.slice("workspace:".length).replace("*", "")}${version}`;
}

function mapValues(
  table: Readonly<Record<string, string>>,
  change: (value: string, key: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, change(value, key)]));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

if (import.meta.main) {
  for (const { name, tarball } of packAll(join(ROOT, "dist-npm"))) console.log(`${name}  ${tarball}`);
}
