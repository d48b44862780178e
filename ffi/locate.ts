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

/** The name of the platform's package, such as `@streamlib/native-linux-x64-gnu`. */
export function platformPackage(): string {
  const base = `@streamlib/native-${process.platform}-${process.arch}`;
  return process.platform === "linux" ? `${base}-${isMusl() ? "musl" : "gnu"}` : base;
}

function isMusl(): boolean {
  const cpu = process.arch === "x64" ? "x86_64" : process.arch === "arm64" ? "aarch64" : process.arch;
  return existsSync(`/lib/ld-musl-${cpu}.so.1`) && !existsSync("/lib64/ld-linux-x86-64.so.2") &&
    !existsSync("/lib/ld-linux-aarch64.so.1");
}

/** The file's name on this system. */
export function libraryFileName(): string {
  if (process.platform === "win32") return "streamlib.dll";
  return process.platform === "darwin" ? "libstreamlib.dylib" : "libstreamlib.so";
}

/**
 * The path of libstreamlib: `$STREAMLIB_LIBRARY`, else the platform's package, else zig/zig-out of this checkout.
 *
 * @param moduleUrl The module from which packages and the checkout are looked for.
 * @throws {NativeError} `library_not_found` with everything that was looked for and the command that mends it. A
 * `$STREAMLIB_LIBRARY` that names no file is an error and never passed over.
 */
export function locate(moduleUrl: string = import.meta.url): string {
  const named = process.env.STREAMLIB_LIBRARY;
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw notFound([`$STREAMLIB_LIBRARY = ${named}: no such file`], "unset it or set it to the library's path");
  }
  const tried: string[] = [];
  const packaged = fromPackage(moduleUrl, tried);
  if (packaged !== undefined) return packaged;
  const built = fromCheckout(moduleUrl, tried);
  if (built !== undefined) return built;
  throw notFound(["$STREAMLIB_LIBRARY: not set", ...tried], `run: ${buildCommand}`);
}

function fromPackage(moduleUrl: string, tried: string[]): string | undefined {
  const specifier = `${platformPackage()}/${libraryFileName()}`;
  try {
    return createRequire(moduleUrl).resolve(specifier);
  } catch {
    // Not installed, or this module was loaded over the network, where packages cannot be resolved.
    tried.push(`${specifier}: not installed`);
    return undefined;
  }
}

function fromCheckout(moduleUrl: string, tried: string[]): string | undefined {
  const url = new URL(`../zig/zig-out/lib/${libraryFileName()}`, moduleUrl);
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
