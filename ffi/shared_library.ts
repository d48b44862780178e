/**
 * Shared libraries of others: a plugin's own native code, called on Deno and on Bun alike.
 *
 * ```ts
 * import { findSharedLibrary, openSharedLibrary } from "@streamlib/ffi";
 *
 * const library = openSharedLibrary(findSharedLibrary(new URL("./lib/", import.meta.url), "gain"), {
 *   gain_apply: { parameters: ["buffer", "u32", "f32"], result: "void" },
 * });
 * const samples = new Float32Array(480);
 * library.functions.gain_apply(samples, samples.length, 0.5);
 * ```
 *
 * @module
 */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { NativeCall, NativeSymbol } from "./abi.gen.ts";
import { checkLibraryFile } from "./library_file.ts";
import { platformName } from "./locate.ts";
import { NativeError } from "./native_error.ts";
import { hasFfi, open } from "./open.ts";
import { badBigint, badBuffer, badNumber } from "./range.ts";

/**
 * Type of an argument. `u32`, `i32`, `f32` and `f64` are numbers, `u64` and `i64` bigints; `buffer` is a typed array or
 * a DataView, of which the function gets the address of the first byte. Give its length as an argument of its own.
 */
export type SharedType = "u32" | "i32" | "u64" | "i64" | "f32" | "f64" | "buffer";

/** Type of what a function gives back. */
export type SharedResult = Exclude<SharedType, "buffer"> | "void";

/** A function of a shared library, in the calling convention of C. */
export interface SharedSymbol {
  /** In order, at most 16. */
  readonly parameters: readonly SharedType[];
  /** What the call gives back. */
  readonly result: SharedResult;
}

/** Functions of a shared library by the names of their symbols. */
export type SharedSymbols = Readonly<Record<string, SharedSymbol>>;

/** What is given for an argument, or comes back. */
export type SharedValue<T extends SharedType | "void"> = T extends "buffer" ? ArrayBufferView
  : T extends "u64" | "i64" ? bigint
  : T extends "void" ? void
  : number;

/** The arguments of a function. */
export type SharedValues<P extends readonly SharedType[]> = { readonly [K in keyof P]: SharedValue<P[K]> };

/** The functions of a library, with checked arguments. */
export type SharedFunctions<S extends SharedSymbols> = {
  readonly [K in keyof S]: (...values: SharedValues<S[K]["parameters"]>) => SharedValue<S[K]["result"]>;
};

/** An open shared library. It stays open for the life of the process. */
export interface SharedLibrary<S extends SharedSymbols> {
  /** The file that was opened. */
  readonly path: string;
  /**
   * Its functions. A call blocks its thread. The library has a buffer until the call returns and must not keep its
   * address. Arguments are checked before the call: TypeError, or RangeError for a number out of range.
   */
  readonly functions: SharedFunctions<S>;
}

/** File name of a shared library on this system: `libgain.so`, `libgain.dylib`, `gain.dll`. */
export function sharedLibraryFileName(name: string): string {
  if (process.platform === "win32") return `${name}.dll`;
  return `lib${name}.${process.platform === "darwin" ? "dylib" : "so"}`;
}

/**
 * The path of a library that a package carries for several platforms: `FOLDER/linux-x64-gnu/libgain.so`.
 *
 * @param folder The folder with one folder for each platform.
 * @param name Name of the library.
 * @throws {NativeError} `library_not_found` if there is none for this platform, naming those there are, or if the
 * package was loaded over the network: a library must be a file.
 */
export function findSharedLibrary(folder: URL, name: string): string {
  const platform = platformName();
  if (folder.protocol !== "file:") {
    throw new NativeError(
      "library_not_found",
      0,
      `Cannot find the library ${name}: ${folder.href} is no folder of this machine; install the package from npm`,
    );
  }
  const base = fileURLToPath(folder);
  const path = join(base, platform, sharedLibraryFileName(name));
  if (existsSync(path)) return path;
  const there = existsSync(base) ? readdirSync(base).sort() : [];
  const has = there.length === 0 ? "it is not built" : `there are ${there.join(", ")}`;
  throw new NativeError("library_not_found", 0, `Cannot find the library ${name} for ${platform}: no ${path}; ${has}`);
}

/**
 * Opens a shared library. Opened again, also in another thread, it is the same library with the same state.
 *
 * @param path The file.
 * @param symbols Its functions, at least one. Nobody can check them against the library: a wrong type is undefined
 * behaviour.
 * @throws {NativeError} `no_ffi` on another runtime; `cannot_open` for a file that is no library of this platform, or
 * has none of the functions; `missing_symbol` naming every function that it lacks.
 * @throws {TypeError} If no function is named.
 */
export function openSharedLibrary<const S extends SharedSymbols>(path: string, symbols: S): SharedLibrary<S> {
  if (!hasFfi) throw new NativeError("no_ffi", 0, `Cannot open ${path}: this runtime is neither Deno nor Bun`);
  const native = openPart(path, symbols).symbols;
  const checked = Object.entries(symbols).map(([name, symbol]) => [name, checkedCall(name, symbol, native[name])]);
  return { path, functions: Object.fromEntries(checked) as SharedFunctions<S> };
}

function openPart(path: string, symbols: SharedSymbols): ReturnType<typeof open> {
  const names = Object.keys(symbols);
  if (names.length === 0) throw new TypeError(`Cannot open ${path}: name at least one of its functions`);
  try {
    checkLibraryFile(path);
    return open(path, symbols as unknown as Readonly<Record<string, NativeSymbol>>);
  } catch (cause) {
    const missing = names.length === 1 ? names : names.filter((name) => !hasSymbol(path, name, symbols[name]));
    // A file in which not one function is found may be no library at all: the runtime says what it is.
    if (missing.length === names.length) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new NativeError("cannot_open", 0, `Cannot open ${path}: ${reason}`, { cause });
    }
    const message = `Cannot use ${path}: it lacks ${missing.join(", ")}; build it again`;
    throw new NativeError("missing_symbol", 0, message, { cause });
  }
}

function hasSymbol(path: string, name: string, symbol: SharedSymbol): boolean {
  try {
    openPart(path, { [name]: symbol }).close();
    return true;
  } catch {
    return false;
  }
}

const INTEGERS: Readonly<Record<string, readonly [number, number]>> = {
  u32: [0, 0xffff_ffff],
  i32: [-0x8000_0000, 0x7fff_ffff],
};
const BIG_INTEGERS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  u64: [0n, 2n ** 64n - 1n],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
};

function checkedCall(name: string, { parameters, result }: SharedSymbol, call: NativeCall): NativeCall {
  return (...values) => {
    if (values.length !== parameters.length) {
      throw new TypeError(`Cannot call ${name}: it takes ${parameters.length} arguments, given are ${values.length}`);
    }
    for (let index = 0; index < values.length; index++) check(name, index, parameters[index], values[index]);
    const answer = call(...values);
    // Of 64-bit integers both runtimes may give small ones as a number.
    return result === "u64" || result === "i64" ? BigInt(answer) : answer;
  };
}

function check(name: string, index: number, type: SharedType, value: unknown): void {
  const argument = `argument ${index + 1}`;
  if (type === "buffer") {
    if (!ArrayBuffer.isView(value)) badBuffer(name, argument, value);
    return;
  }
  const wide = BIG_INTEGERS[type];
  if (wide) {
    if (typeof value !== "bigint" || value < wide[0] || value > wide[1]) badBigint(name, argument, value, type);
    return;
  }
  const range = INTEGERS[type];
  const isRight = range
    ? Number.isInteger(value) && value as number >= range[0] && value as number <= range[1]
    : typeof value === "number" && !Number.isNaN(value);
  if (!isRight) badNumber(name, argument, value, range ? type : "f64");
}
