/**
 * The npm packages of the native library: one for each platform, holding only the library, built here for all of them
 * by Zig. A package manager installs the one whose `os`, `cpu` and `libc` are the machine's; nothing runs on install.
 *
 * The library calls the kernel by itself and links to no C library, so that the builds for glibc and for musl have the
 * same bytes. They are two packages because npm's `libc` names one each, and a name says which machine it is for.
 *
 * @module
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildCommand, nativePlatforms, platformName } from "../../ffi/locate.ts";
import { ROOT } from "../../tests/setup.ts";
import { buildNative } from "../../zig/toolchain.ts";
import { fromRepository } from "./manifest.ts";

const CPUS: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
const LIBCS: Readonly<Record<string, string>> = { gnu: "glibc", musl: "musl" };
/** All platforms of the library are Linux. */
const FILE = "libstreamlib.so";

/** Name of the package of a platform. */
export function nativePackageName(platform: string): string {
  return `@streamlib/native-${platform}`;
}

/** What `@streamlib/ffi` asks for: every platform; a package manager passes over those of other machines. */
export function nativeDependencies(version: string): Record<string, string> {
  return Object.fromEntries(nativePlatforms.map((platform) => [nativePackageName(platform), version]));
}

/**
 * Path of the library for `platform`: the one of this checkout for this machine, else built by Zig into
 * `zig/zig-out/PLATFORM`.
 *
 * @throws {Error} If this machine's library is not built, or Zig fails.
 */
export function libraryFor(platform: string): string {
  if (platform === platformName()) {
    const library = join(ROOT, "zig/zig-out/lib", FILE);
    if (existsSync(library)) return library;
    throw new Error(`Cannot pack ${nativePackageName(platform)}: ${library} is not built; run: ${buildCommand}`);
  }
  const [, cpu, libc] = platform.split("-");
  const prefix = join(ROOT, "zig/zig-out", platform);
  buildNative("install", [`-Dtarget=${CPUS[cpu]}-linux-${libc}`, "--prefix", prefix]);
  return join(prefix, "lib", FILE);
}

/**
 * Writes the package of a platform into `folder`.
 *
 * @throws {Error} If the platform is none of `nativePlatforms`, or its library does not build.
 */
export function writeNativePackage(platform: string, version: string, folder: string): void {
  if (!nativePlatforms.includes(platform)) {
    throw new Error(`Cannot pack for ${platform}: the library is made for ${nativePlatforms.join(", ")}`);
  }
  const library = libraryFor(platform);
  const [os, cpu, libc] = platform.split("-");
  if (machineOf(library) !== cpu) {
    throw new Error(`Cannot pack for ${platform}: ${library} is for ${machineOf(library)}`);
  }
  const name = nativePackageName(platform);
  mkdirSync(folder, { recursive: true });
  copyFileSync(library, join(folder, FILE));
  copyFileSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  writeFileSync(
    join(folder, "README.md"),
    `# ${name}\n\nlibstreamlib for ${platform}. Installed by \`@streamlib/ffi\`; nothing to import here.\n`,
  );
  // Deno fetches a package by importing it: programs that come from JSR find the library by this module.
  writeFileSync(join(folder, "mod.js"), `export const path = import.meta.dirname + "/${FILE}";\n`);
  writeFileSync(join(folder, "mod.d.ts"), "/** Path of the library. */\nexport declare const path: string;\n");
  const manifest = {
    name,
    version,
    description: `libstreamlib for ${platform}`,
    license: "MIT",
    ...fromRepository("zig"),
    type: "module",
    exports: { ".": { types: "./mod.d.ts", default: "./mod.js" }, [`./${FILE}`]: `./${FILE}` },
    os: [os],
    cpu: [cpu],
    libc: [LIBCS[libc]],
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The machine that an ELF file is for, by its header. */
function machineOf(library: string): string {
  const machine = readFileSync(library).readUInt16LE(18);
  return { 62: "x64", 183: "arm64" }[machine] ?? `machine ${machine}`;
}
