/**
 * The npm packages of the native library: one for each platform, holding only the library, built here for all of them
 * by Zig. A package manager installs the one whose `os`, `cpu` and `libc` are the machine's; nothing runs on install.
 *
 * On Linux the library calls the kernel by itself and links to no C library, so that the builds for glibc and for musl
 * have the same bytes. They are two packages because npm's `libc` names one each, and a name says which machine it is
 * for. Those of macOS and Windows have the part that needs no Linux (see zig/src/platform.zig).
 *
 * @module
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Buffer } from "node:buffer";
import { abiHash } from "../../ffi/abi.gen.ts";
import { buildCommand, libraryFileName, nativePlatforms, platformName } from "../../ffi/locate.ts";
import { ROOT } from "../../tests/setup.ts";
import { buildNative } from "../../zig/toolchain.ts";
import { fromRepository } from "./manifest.ts";

const CPUS: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
const LIBCS: Readonly<Record<string, string>> = { gnu: "glibc", musl: "musl" };

/** What is in the packages that are not for Linux. */
const PART =
  "It has what needs no Linux: pixels, clocks and exact waits, RTP, and rings and bells between the threads of\n" +
  "one process. Everything else answers `not_supported`.";

/** Zig's name of a platform, such as `x86_64-linux-gnu`; macOS from 13 on, which Bun needs too. */
export function targetOf(platform: string): string {
  const [os, cpu, libc] = platform.split("-");
  if (os === "linux") return `${CPUS[cpu]}-linux-${libc}`;
  return os === "darwin" ? `${CPUS[cpu]}-macos.13.0` : `${CPUS[cpu]}-windows-gnu`;
}

/** By what a package manager chooses the package of a platform. */
export function choiceOf(platform: string): Readonly<Record<"os" | "cpu" | "libc", readonly string[] | undefined>> {
  const [os, cpu, libc] = platform.split("-");
  return { os: [os], cpu: [cpu], libc: libc === undefined ? undefined : [LIBCS[libc]] };
}

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
    const library = join(ROOT, "zig/zig-out/lib", libraryFileName(platform));
    if (existsSync(library)) return library;
    throw new Error(`Cannot pack ${nativePackageName(platform)}: ${library} is not built; run: ${buildCommand}`);
  }
  const prefix = join(ROOT, "zig/zig-out", platform);
  buildNative("install", [`-Dtarget=${targetOf(platform)}`, `-Dabi=${abiHash}`, "--prefix", prefix]);
  return join(prefix, "lib", libraryFileName(platform));
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
  const machine = machineOf(readFileSync(library));
  if (!platform.startsWith(machine)) throw new Error(`Cannot pack for ${platform}: ${library} is for ${machine}`);
  const name = nativePackageName(platform);
  const file = libraryFileName(platform);
  mkdirSync(folder, { recursive: true });
  copyFileSync(library, join(folder, file));
  copyFileSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  writeFileSync(
    join(folder, "README.md"),
    `# ${name}\n\nlibstreamlib for ${platform}. Installed by \`@streamlib/ffi\`; nothing to import here.\n${
      machine.startsWith("linux") ? "" : `\n${PART}\n`
    }`,
  );
  // Deno fetches a package by importing it: programs that come from JSR find the library by this module.
  writeFileSync(join(folder, "mod.js"), `export const path = import.meta.dirname + "/${file}";\n`);
  writeFileSync(join(folder, "mod.d.ts"), "/** Path of the library. */\nexport declare const path: string;\n");
  const manifest = {
    name,
    version,
    description: `libstreamlib for ${platform}`,
    license: "MIT",
    ...fromRepository("zig"),
    type: "module",
    exports: { ".": { types: "./mod.d.ts", default: "./mod.js" }, [`./${file}`]: `./${file}` },
    ...choiceOf(platform),
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Of ELF, Mach-O and PE files, by the number in their headers. */
const MACHINES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  linux: { 62: "x64", 183: "arm64" },
  darwin: { 0x01000007: "x64", 0x0100000c: "arm64" },
  win32: { 0x8664: "x64", 0xaa64: "arm64" },
};

/** The system and machine that a library is for, such as `darwin-arm64`, by its header. */
export function machineOf(library: Buffer): string {
  const [os, machine] = headerOf(library);
  return `${os}-${MACHINES[os]?.[machine] ?? `machine ${machine}`}`;
}

function headerOf(library: Buffer): readonly [string, number] {
  if (library.length > 64 && library.readUInt32BE(0) === 0x7f454c46) return ["linux", library.readUInt16LE(18)];
  if (library.length > 64 && library.readUInt32LE(0) === 0xfeedfacf) return ["darwin", library.readUInt32LE(4)];
  const portable = library.length > 64 && library.toString("latin1", 0, 2) === "MZ" ? library.readUInt32LE(60) : 0;
  if (portable > 0 && portable + 6 <= library.length) return ["win32", library.readUInt16LE(portable + 4)];
  return ["no system", 0];
}
