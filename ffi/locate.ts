/**
 * Where libstreamlib is looked for.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { NativeError } from "./native_error.ts";

/** The command that makes the library in a checkout of streamlib. */
export const buildCommand: string = "deno task build";

/**
 * The platforms that the library is made for, each an npm package `@streamlib/native-PLATFORM`. All of it is there on
 * Linux; macOS and Windows have what needs no other process, no network and no GPU, and answer `not_supported` to the
 * rest. Elsewhere core goes on without the library.
 */
export const nativePlatforms: readonly string[] = [
  "linux-x64-gnu",
  "linux-arm64-gnu",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
  "win32-x64",
];

/**
 * Name of this platform, such as `linux-x64-gnu` or `darwin-arm64`: as folders of native libraries have it, and the
 * packages of libstreamlib.
 */
export function platformName(): string {
  const base = `${process.platform}-${process.arch}`;
  return process.platform === "linux" ? `${base}-${isMusl() ? "musl" : "gnu"}` : base;
}

/** The name of the platform's package, such as `@streamlib/native-linux-x64-gnu`. */
export function platformPackage(): string {
  return `@streamlib/native-${platformName()}`;
}

function isMusl(): boolean {
  const cpu = process.arch === "x64" ? "x86_64" : process.arch === "arm64" ? "aarch64" : process.arch;
  return existsSync(`/lib/ld-musl-${cpu}.so.1`) && !existsSync("/lib64/ld-linux-x86-64.so.2") &&
    !existsSync("/lib/ld-linux-aarch64.so.1");
}

/** The file's name on a platform. */
export function libraryFileName(platform: string = platformName()): string {
  if (platform.startsWith("win32-")) return "streamlib.dll";
  return platform.startsWith("darwin-") ? "libstreamlib.dylib" : "libstreamlib.so";
}

/**
 * The path of libstreamlib: `$STREAMLIB_LIBRARY`, else the platform's package, else zig/zig-out of this checkout.
 *
 * @param moduleUrl The module from which packages and the checkout are looked for.
 * @param platform Name of the platform.
 * @throws {NativeError} `library_not_found` with everything that was looked for and what mends it, `unsupported_platform`
 * with the platforms there are. A `$STREAMLIB_LIBRARY` that names no file is an error and never passed over.
 */
export function locate(moduleUrl: string = import.meta.url, platform: string = platformName()): string {
  const named = process.env.STREAMLIB_LIBRARY;
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw notFound([`$STREAMLIB_LIBRARY = ${named}: no such file`], "unset it or set it to the library's path");
  }
  const tried: string[] = [];
  const packaged = fromPackage(moduleUrl, platform, tried);
  if (packaged !== undefined) return packaged;
  const built = fromCheckout(moduleUrl, platform, tried);
  if (built !== undefined) return built;
  if (!nativePlatforms.includes(platform)) throw unsupported(platform);
  const name = `@streamlib/native-${platform}`;
  const remedy = `install ${name} in the version of @streamlib/ffi, or in a checkout run: ${buildCommand}`;
  throw notFound(["$STREAMLIB_LIBRARY: not set", ...tried], remedy);
}

let fetched: string | undefined;
let refusal: string | undefined;

/**
 * Fetches the platform's package for modules that came over the network, as from JSR, where packages are not found by
 * their names. `locate` and `load` know it then. For modules of a file system, where a package manager has installed
 * it, for a platform without a library and with `$STREAMLIB_LIBRARY` nothing is done.
 *
 * Never rejects: why it could not be fetched is in the error of `locate`.
 *
 * @param moduleUrl A module of this package; its URL has the version that belongs to it.
 */
export async function fetchLibrary(moduleUrl: string = import.meta.url): Promise<void> {
  const [, version] = /^https?:.*\/@streamlib\/ffi\/(\d[^/]*)\//.exec(moduleUrl) ?? [];
  if (version === undefined || fetched !== undefined || process.env.STREAMLIB_LIBRARY) return;
  if (!nativePlatforms.includes(platformName())) return;
  try {
    fetched = (await import(`npm:${platformPackage()}@${version}`) as { path: string }).path;
  } catch (thrown) {
    refusal = thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function fromPackage(moduleUrl: string, platform: string, tried: string[]): string | undefined {
  if (!moduleUrl.startsWith("file:")) {
    if (fetched === undefined) tried.push(`npm:@streamlib/native-${platform}: ${refusal ?? "not fetched"}`);
    return fetched;
  }
  const specifier = `@streamlib/native-${platform}/${libraryFileName(platform)}`;
  try {
    return createRequire(moduleUrl).resolve(specifier);
  } catch {
    tried.push(`${specifier}: not installed`);
    return undefined;
  }
}

function fromCheckout(moduleUrl: string, platform: string, tried: string[]): string | undefined {
  const url = new URL(`../zig/zig-out/lib/${libraryFileName(platform)}`, moduleUrl);
  if (url.protocol !== "file:") return undefined;
  const path = fileURLToPath(url);
  if (existsSync(path)) return path;
  tried.push(`${path}: no such file`);
  return undefined;
}

function notFound(tried: readonly string[], remedy: string): NativeError {
  const list = tried.map((line) => `\n  ${line}`).join("");
  return new NativeError("library_not_found", 0, `Cannot find libstreamlib; to mend it, ${remedy}. Looked for:${list}`);
}

function unsupported(platform: string): NativeError {
  const known = nativePlatforms.join(", ");
  const message = `Cannot find libstreamlib: there is none for ${platform}, only for ${known}; ` +
    "streamlib works without it, in one process and with coarse time";
  return new NativeError("unsupported_platform", 0, message);
}
